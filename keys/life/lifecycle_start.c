/* SPDX-License-Identifier: ISC */

/*
 * When signing of a domain's mail starts: with its first RSA key, because an
 * Ed25519 key signs only together with one.  Keys of streams do not count: they
 * sign only the mail of some sources; nor do those of a domain that is to be
 * removed, unless their start has been scheduled.
 *
 * This is the earliest time over all keys, assuming that records in DNS stay
 * as they are and that missing ones are published now.  A pure function of its
 * arguments; nothing can fail.
 */

#include "life/private.h"

#include "life/key_phase.h"

/* How long to wait for caches; before they are known, at least the TTL. */
static int64_t
wait_of(const struct ks_key *key, const struct lifecycle_fact *fact,
    const struct lifecycle_policy *policy)
{
	struct lifecycle_fact known = *fact;

	known.cache_wait = lifecycle_later(known.cache_wait, policy->ttl);
	return lifecycle_verify_wait(key, &known, policy);
}

/* When a key may start signing, as far as is known. */
static enum lifecycle_start
start_of(const struct ks_key *key, const struct lifecycle_fact *fact,
    const struct lifecycle_policy *policy, int64_t now, int64_t *when)
{
	const bool is_seen = key->seen != KS_NEVER &&
	    fact->view == LIFECYCLE_RIGHT;

	*when = KS_NEVER;
	if (key_stays_in_use(key, now) &&
	    key_phase(key, now) == KEY_SCHEDULED) {
		*when = key->active_from;
		return LIFECYCLE_SIGNS_AT;
	}
	if (policy->is_leaving || !lifecycle_is_candidate(key, now) ||
	    !fact->has_file || fact->is_unusable ||
	    fact->outside == LIFECYCLE_OUTSIDE_UNSEEABLE ||
	    fact->outside == LIFECYCLE_OUTSIDE_CONTRADICTS)
		return LIFECYCLE_SIGNS_NOT;
	if (lifecycle_is_past(key->verified, now))
		*when = now;
	else if (is_seen)
		*when = lifecycle_later(now, lifecycle_verify_time(key, fact,
		    policy));
	else
		*when = now + wait_of(key, fact, policy);
	return is_seen || *when == now ? LIFECYCLE_SIGNS_AT :
	    LIFECYCLE_SIGNS_IF;
}

enum lifecycle_start
lifecycle_start(const struct ks_state *state,
    const struct lifecycle_fact *facts, const struct lifecycle_policy *policy,
    int64_t now, int64_t *when)
{
	enum lifecycle_start best = LIFECYCLE_SIGNS_NOT, start;
	const struct ks_key *key;
	int64_t at;
	size_t i;

	*when = KS_NEVER;
	for (i = 0; i < state->nkeys; i++) {
		key = &state->keys[i];
		if (key->stream != NULL)
			continue;
		if (ks_key_is_active(key, now)) {
			*when = KS_NEVER;
			return LIFECYCLE_SIGNS;
		}
		if (key->algorithm != DKIMSIG_RSA_SHA256)
			continue;
		start = start_of(key, &facts[i], policy, now, &at);
		if (start < best || (start == best && at < *when)) {
			best = start;
			*when = at;
		}
	}
	return best;
}
