/* SPDX-License-Identifier: ISC */

/*
 * Room keys/recovery: a fleet whose database was lost, from what its hosts
 * have; DESIGN is keys/fleet/DESIGN.
 *
 * Writing back what this host has to a database that is older.
 *
 * After a backup was restored, or a standby that was behind took over, hosts
 * take nothing from the database, because it has lost rows that they have.
 * Each of them can write these back, octets and signatures as they came:
 * versions of the member list, rows with higher numbers than those there, and
 * the keys of epochs for all hosts.  What is newer there stays.
 */

#ifndef RECOVERY_RESTORE_H
#define RECOVERY_RESTORE_H

#include "mirror/mirror.h"

struct fleet_restored {
	size_t	nlists, nrows;
	int64_t	change;		/* of the database after it */
};

/*
 * Write back.  It must be the database of this fleet, or one without a fleet.
 * Killed at any moment, the same call completes what is missing.  Returns 0,
 * KS_E_DAMAGED if all was done but for what the error is about, some domains or
 * the number of the database, KS_E_EXISTS if that is refused, KS_E_SYSTEM if
 * the database is away, or another KS_E_*.
 */
int	fleet_restore(struct fleet_mirror *mirror,
	    struct fleet_restored *restored, struct ks_error *error);

#endif /* RECOVERY_RESTORE_H */
