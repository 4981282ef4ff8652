/* SPDX-License-Identifier: ISC */

/*
 * The keys of a domain as numbers: see key_counts.h.
 *
 * All is derived from the times in the state and the policy; DNS and files are
 * not looked at.  Pure functions; nothing can fail.
 */

#include "rotate/key_counts.h"

#include <string.h>

void
key_counts_init(struct key_counts *counts)
{
	memset(counts, 0, sizeof(*counts));
	counts->signing_since = counts->next_end = KS_NEVER;
}

static void
take_earlier(int64_t *time, int64_t other)
{
	if (other != KS_NEVER && (*time == KS_NEVER || other < *time))
		*time = other;
}

void
key_counts_take(struct key_counts *counts, const struct ks_state *state,
    const struct lifecycle_policy *policy, int64_t now)
{
	const struct ks_key *key;
	enum key_phase phase;
	size_t i;

	key_counts_init(counts);
	for (i = 0; i < state->nkeys; i++) {
		key = &state->keys[i];
		phase = key_phase(key, now);
		if (key->compromised && phase < KEY_REVOKED)
			counts->ncompromised++;
		else
			counts->phases[phase]++;
		if (phase != KEY_ACTIVE)
			continue;
		take_earlier(&counts->signing_since, key->active_from);
		take_earlier(&counts->next_end,
		    lifecycle_end_time(key, policy));
	}
}

void
key_counts_add(struct key_counts *counts, const struct key_counts *others)
{
	unsigned int i;

	for (i = 0; i < KEY_PHASES; i++)
		counts->phases[i] += others->phases[i];
	counts->ncompromised += others->ncompromised;
	take_earlier(&counts->signing_since, others->signing_since);
	take_earlier(&counts->next_end, others->next_end);
}
