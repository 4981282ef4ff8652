/* SPDX-License-Identifier: ISC */

/*
 * Entering a fleet.
 *
 * A database without a fleet gets one: the member list with this host alone,
 * whose digest is its name, and the first epoch.  The fleet of others is
 * entered by the digest of a member list, which a person read at one of its
 * hosts: a list that does not contain that version is not taken, however well
 * signed it is.  Then the fleet is mirrored; whether this host is admitted is
 * for a member to say.
 */

#ifndef MEMBERSHIP_JOIN_H
#define MEMBERSHIP_JOIN_H

#include "database/connection.h"
#include "store/keystore.h"

/*
 * Also for a host that has entered: its keys are entered in the database, which
 * may have lost them, or got a role for its name, and anchor and least must fit
 * what it has.
 *
 * anchor may be NULL.  least is a change number that a person read on another
 * host, or 0: from now on, a database with a lower one is an older one.  What
 * was done is not done again.  Returns 0, KS_E_EXISTS
 * if the database or a person has to decide otherwise, KS_E_SYSTEM if the
 * database is away, or another KS_E_*.
 */
int	fleet_join(struct keystore *ks, struct fleet_db *db, const char *name,
	    const char *anchor, int64_t least, struct ks_error *error);

#endif /* MEMBERSHIP_JOIN_H */
