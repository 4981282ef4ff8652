/* SPDX-License-Identifier: ISC */

/*
 * Expelling a host.
 *
 * The next version of the member list says up to which number its rows count,
 * and begins an epoch, whose key the host does not get.  What it had, it keeps:
 * the private keys of all earlier epochs, until they are rotated.
 */

#ifndef MEMBERSHIP_EXPEL_H
#define MEMBERSHIP_EXPEL_H

#include "mirror/mirror.h"

/*
 * Expel a host, begin an epoch, and give its key to all others.  The mirror has
 * been polled just now, with result 0.  Rows up to the newest number count,
 * since this host took them: fleet_resign() signs them again.  Killed at any
 * moment, the same call completes what is missing.
 *
 * Returns 0, KS_E_EXISTS if that is refused, KS_E_SYSTEM if the database is
 * away, KS_E_LOCKED as fleet_list_change(), or another KS_E_*.  If the host is
 * expelled in the list then, what the error names is left to be done: for one,
 * other hosts whose keys the database does not have.
 */
int	fleet_expel(struct fleet_mirror *mirror, const char *name,
	    struct ks_error *error);

#endif /* MEMBERSHIP_EXPEL_H */
