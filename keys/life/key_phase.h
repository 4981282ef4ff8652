/* SPDX-License-Identifier: ISC */

/*
 * The phase of its life that a key is in, derived from the times in its state.
 *
 * Only this file derives it, and has the names of phases that people and
 * programs read.  The signer knows nothing of the lifecycle: it calls
 * ks_key_is_active(), which is true in phase KEY_ACTIVE only.
 */

#ifndef KEY_PHASE_H
#define KEY_PHASE_H

#include "store/keystore.h"

/* In this order: a key never goes back, unless its record is lost. */
enum key_phase {
	KEY_GENERATED,
	KEY_PUBLISHED,		/* its record was put into DNS */
	KEY_SEEN,		/* every server shows it */
	KEY_STANDBY,		/* verified: can start signing at once */
	KEY_SCHEDULED,		/* will start signing at a set time */
	KEY_ACTIVE,		/* signs */
	KEY_RETIRED,		/* has stopped signing for good */
	KEY_REVOKED,		/* its record has an empty p= */
	KEY_REMOVED,		/* its record was removed from DNS */
	KEY_PHASES
};

enum key_phase key_phase(const struct ks_key *key, int64_t now);

/* The name of a phase; static. */
const char *key_phase_name(enum key_phase phase);

/*
 * The name of its phase, or "compromised" for a compromised key until it is
 * revoked; static.
 */
const char *key_status(const struct ks_key *key, int64_t now);

/*
 * Whether the key signs or may start to, and nothing will end that: no time to
 * retire is set, and it is not compromised.
 */
bool	key_stays_in_use(const struct ks_key *key, int64_t now);

#endif /* KEY_PHASE_H */
