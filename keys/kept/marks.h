/* SPDX-License-Identifier: ISC */

/*
 * How far this host has seen the fleet: the file keydir/.fleet/marks, with the
 * first line "countersign-fleet-marks 1" and then, in this order,
 *
 *	fleet FLEET		the digest of the first member list
 *	change N		the fleet's highest change number
 *	cursor N		rows up to this number were looked at
 *	token N			the highest token of a lease
 *	members V		the version of the member list
 *	epoch E
 *	system ID		the database, as its server calls it, or "-"
 *
 * A database that shows lower numbers is an older one.
 */

#ifndef KEPT_MARKS_H
#define KEPT_MARKS_H

#include "signed/lines.h"

#define FLEET_SYSTEM_SIZE	32

struct fleet_marks {
	char	fleet[FLEET_HEX_SIZE];
	int64_t	change, cursor, token, members, epoch;
	char	system[FLEET_SYSTEM_SIZE];
};

/* Follows what is to be removed: what else guards a host from old rows. */
#define FLEET_ENTER_AGAIN "and enter the fleet again with what " \
	"'countersign-key fleet list' prints on another host: " \
	"'countersign-key fleet init --members DIGEST --change NUMBER'"

/*
 * Read the file.  Returns 0, KS_E_NOKEY if this host is in no fleet,
 * KS_E_DAMAGED, or another KS_E_*.
 */
int	fleet_marks_read(struct keystore *ks, struct fleet_marks *marks,
	    struct ks_error *error);
int	fleet_marks_write(struct keystore *ks, const struct fleet_marks *marks,
	    struct ks_error *error);

#endif /* KEPT_MARKS_H */
