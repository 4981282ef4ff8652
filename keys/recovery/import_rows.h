/* SPDX-License-Identifier: ISC */

/*
 * Taking rows from an export of another mirror, in place of the database.
 *
 * They are believed no more than rows of the database: each must be signed by
 * a host of this host's member list, and be news for it.
 */

#ifndef RECOVERY_IMPORT_ROWS_H
#define RECOVERY_IMPORT_ROWS_H

#include "mirror/mirror.h"

/*
 * Take the rows of a domain in this text, which is that of its file
 * (kept/rows.h).  Rows that are older than those here are left out; what is not
 * believed is an alarm.  *change is the highest number of the domain that is
 * here now, or 0.  Returns 0, KS_E_DAMAGED, or another KS_E_*.
 */
int	fleet_import(struct fleet_mirror *mirror, const char *domain,
	    const char *text, size_t len, int64_t *change,
	    struct ks_error *error);

#endif /* RECOVERY_IMPORT_ROWS_H */
