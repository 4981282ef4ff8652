/* SPDX-License-Identifier: ISC */

/*
 * Signing again the rows of a host that was expelled.
 *
 * They count for whoever has them, but for no host that joins later.  So each
 * is written again, with the same line and blob, under a new number and signed
 * by this host, which had taken it when it was news.
 */

#ifndef WRITING_RESIGN_H
#define WRITING_RESIGN_H

#include "mirror/mirror.h"

/*
 * Sign all rows of that host which this one keeps; it must be expelled, and
 * the mirror polled since.  What was signed before is not signed again.  *n is
 * how many were.  Returns 0, KS_E_DAMAGED if the rows of some domains cannot
 * be read, or are others in the database (the rest is signed), KS_E_EXISTS if
 * the database refuses, KS_E_SYSTEM if it is away, or another KS_E_*.
 */
int	fleet_resign(struct fleet_mirror *mirror, const char *host, size_t *n,
	    struct ks_error *error);

/*
 * Call each for every key that a host which was expelled could open, until it
 * is rotated: it is of an earlier epoch, signs or may sign, and its record is
 * not revoked.  Returns 0, what each returns if that is not 0, KS_E_DAMAGED as
 * fleet_resign(), or another KS_E_*.
 */
int	fleet_each_exposed(struct fleet_mirror *mirror,
	    int (*each)(void *context, const char *domain,
	    const char *selector), void *context, struct ks_error *error);

#endif /* WRITING_RESIGN_H */
