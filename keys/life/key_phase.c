/* SPDX-License-Identifier: ISC */

/*
 * The phase of a key: see key_phase.h.
 *
 * A key that was revoked or removed stays so, even if the clock has been set
 * back since; all other times count only once they have passed.
 */

#include "life/key_phase.h"

static bool
has_come(int64_t when, int64_t now)
{
	return when != KS_NEVER && when <= now;
}

enum key_phase
key_phase(const struct ks_key *key, int64_t now)
{
	if (key->removed != KS_NEVER)
		return KEY_REMOVED;
	if (key->revoked != KS_NEVER)
		return KEY_REVOKED;
	if (has_come(key->retire_at, now))
		return KEY_RETIRED;
	if (has_come(key->active_from, now))
		return KEY_ACTIVE;
	if (key->active_from != KS_NEVER)
		return KEY_SCHEDULED;
	if (has_come(key->verified, now))
		return KEY_STANDBY;
	if (has_come(key->seen, now))
		return KEY_SEEN;
	if (has_come(key->published, now))
		return KEY_PUBLISHED;
	return KEY_GENERATED;
}

const char *
key_phase_name(enum key_phase phase)
{
	static const char *const names[] = {
		[KEY_GENERATED]	= "generated",
		[KEY_PUBLISHED]	= "published",
		[KEY_SEEN]	= "seen",
		[KEY_STANDBY]	= "standby",
		[KEY_SCHEDULED]	= "scheduled",
		[KEY_ACTIVE]	= "active",
		[KEY_RETIRED]	= "retired",
		[KEY_REVOKED]	= "revoked",
		[KEY_REMOVED]	= "removed"
	};

	return names[phase];
}

const char *
key_status(const struct ks_key *key, int64_t now)
{
	const enum key_phase phase = key_phase(key, now);

	return key->compromised && phase < KEY_REVOKED ? "compromised" :
	    key_phase_name(phase);
}

bool
key_stays_in_use(const struct ks_key *key, int64_t now)
{
	return key_phase(key, now) < KEY_RETIRED &&
	    key->retire_at == KS_NEVER && !key->compromised;
}
