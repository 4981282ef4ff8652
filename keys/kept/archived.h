/* SPDX-License-Identifier: ISC */

/*
 * The rows of domains that are gone: in the archive of the key store, each
 * folder has the rows that were taken last.
 */

#ifndef KEPT_ARCHIVED_H
#define KEPT_ARCHIVED_H

#include "kept/rows.h"

/*
 * Call each for every archived folder that has rows; it may change them.  A
 * domain that was archived twice comes twice.  A file that is damaged does not
 * hinder the others.  Returns 0, what each returns if that is not 0, or KS_E_*
 * with the first error.
 */
int	fleet_each_archived(struct keystore *ks,
	    int (*each)(void *context, const char *domain,
	    struct fleet_kept *kept), void *context, struct ks_error *error);

#endif /* KEPT_ARCHIVED_H */
