/* SPDX-License-Identifier: ISC */

/*
 * Derives the policy that lifecycle.c works with from countersign.conf(5) and
 * from the queue lifetime of Postfix.
 *
 * "auto" is resolved here.  Pure functions of their arguments; nothing can
 * fail.
 */

#include "life/rotation_policy.h"

#include <stddef.h>

#include "config/config.h"
#include "life/lifecycle.h"

bool
rotation_needs_queue_lifetime(const struct config *config)
{
	size_t i;

	for (i = 0; i < config->nrotations; i++)
		if (config->rotations[i].queue_lifetime == ROTATION_AUTO)
			return true;
	return false;
}

/* How much earlier than others the domain changes keys. */
static int64_t
spread(const char *domain, int64_t every)
{
	int64_t longest = every / ROTATION_SPREAD_PART;
	uint64_t hash = UINT64_C(14695981039346656037);

	if (longest > ROTATION_SPREAD)
		longest = ROTATION_SPREAD;
	if (longest == 0)
		return 0;
	/* FNV-1a; its low bits are mixed less well than the others. */
	for (; *domain != '\0'; domain++)
		hash = (hash ^ (unsigned char)*domain) *
		    UINT64_C(1099511628211);
	return (int64_t)((hash ^ hash >> 32) % (uint64_t)longest);
}

void
rotation_policy(const struct config *config, const char *domain,
    int64_t queue_lifetime, struct lifecycle_policy *policy)
{
	const struct rotation *rotation = config_rotation(config, domain);

	*policy = (struct lifecycle_policy){
		.wants_ed25519 = rotation->wants_ed25519,
		.by_hand = rotation->publish == ROTATION_MANUAL,
		.asks_outside = rotation->check_resolvers.n > 0,
		.every = rotation->every - spread(domain, rotation->every),
		.retain = rotation->retain,
		.revoke_for = rotation->revoke_for,
		.ttl = rotation->ttl,
		.signature_lifetime = config->signature_lifetime,
		.queue_lifetime = queue_lifetime,
	};
	policy->nstreams = config_streams(config, domain, policy->streams,
	    LIFECYCLE_MAX_STREAMS);
	/* "auto" is 0: lifecycle.c waits for caches in any case. */
	if (rotation->publish_lead != ROTATION_AUTO)
		policy->publish_lead = rotation->publish_lead;
	if (rotation->signature_lifetime != ROTATION_AUTO)
		policy->signature_lifetime = rotation->signature_lifetime;
	if (rotation->queue_lifetime != ROTATION_AUTO)
		policy->queue_lifetime = rotation->queue_lifetime;
}
