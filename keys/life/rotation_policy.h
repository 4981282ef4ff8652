/* SPDX-License-Identifier: ISC */

/*
 * What the configuration says about a domain's keys, in terms of lifecycle.h.
 */

#ifndef ROTATION_POLICY_H
#define ROTATION_POLICY_H

#include <stdbool.h>
#include <stdint.h>

struct config;
struct lifecycle_policy;

/* Whether some domain takes its queue lifetime from the MTA. */
bool	rotation_needs_queue_lifetime(const struct config *config);

/*
 * The policy of a domain, in normalized form.
 *
 * queue_lifetime   of the MTA, in seconds, from queue_lifetime_ask()
 */
void	rotation_policy(const struct config *config, const char *domain,
	    int64_t queue_lifetime, struct lifecycle_policy *policy);

#endif /* ROTATION_POLICY_H */
