/* SPDX-License-Identifier: ISC */

/*
 * What the files about restoring a database share.
 */

#ifndef RECOVERY_RESTORE_PRIVATE_H
#define RECOVERY_RESTORE_PRIVATE_H

#include <stdio.h>

#include "recovery/restore.h"

struct restoring {
	struct fleet_mirror	*mirror;
	struct fleet_restored	*restored;
	struct ks_error		*error;
	int64_t			 version;	/* of the list there */
	bool			 has_fleet;
	/* Rows that are not sent yet, as JSON. */
	char			*text;
	size_t			 len;
	FILE			*json;
	size_t			 nrows;
	/* Domains whose rows could not be read. */
	struct fleet_faults	 faults;
	bool			 has_failed;	/* the database, or memory */
	bool			 is_no_member;	/* by the lists there */
};

/* Run a statement; the error is set if that fails.  Returns 0 or KS_E_*. */
int	restoring_run(struct restoring *restoring, const char *statement,
	    const struct fleet_value *values, size_t nvalues,
	    struct fleet_rows **rows);

/* KS_E_NOMEM, with its error. */
int	restoring_short(const struct restoring *restoring);

/* Write back all rows that this host has.  Returns 0 or KS_E_*. */
int	restoring_rows(struct restoring *restoring);

#endif /* RECOVERY_RESTORE_PRIVATE_H */
