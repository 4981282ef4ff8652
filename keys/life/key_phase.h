/* SPDX-License-Identifier: ISC */

/*
 * Where a key is in its life, derived from the times in its state.
 *
 * This is the one place that derives it, and has the words for it that
 * people and programs read.  The signer, which knows no lifecycle, asks
 * ks_key_is_active(): that is KEY_ACTIVE here.
 */

#ifndef KEY_PHASE_H
#define KEY_PHASE_H

#include "store/keystore.h"

/* In this order: a key does not go back, unless its record gets lost. */
enum key_phase {
	KEY_GENERATED,
	KEY_PUBLISHED,		/* its record was put into DNS */
	KEY_SEEN,		/* every server shows it */
	KEY_STANDBY,		/* verified: can start signing at once */
	KEY_SCHEDULED,		/* will start signing at a set time */
	KEY_ACTIVE,		/* signs */
	KEY_RETIRED,		/* does not sign again; so it is from here on */
	KEY_REVOKED,		/* whatever the clock says, */
	KEY_REMOVED		/* and so is this */
};

enum key_phase key_phase(const struct ks_key *key, int64_t now);

/*
 * The word for it, static: that of its phase, or "compromised" for a key that
 * is, until it is revoked.
 */
const char *key_status(const struct ks_key *key, int64_t now);

/*
 * It signs, or may start to, and nothing will end that: no time to retire is
 * set, and it is not compromised.
 */
bool	key_goes_on(const struct ks_key *key, int64_t now);

#endif /* KEY_PHASE_H */
