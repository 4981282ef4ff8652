/* SPDX-License-Identifier: ISC */

/*
 * A page of domains that come to the disk together.
 *
 * A domain alone is synced 14 times when it is new.  In a large page, new
 * domains are made in a stage (store/stage.h), and the highest numbers of all
 * domains are noted at once: so a page waits for the disk a few times, however
 * many domains it has.  When fleet_batch_end() has returned 0, all are on disk,
 * and only then may the cursor pass them.
 */

#ifndef MIRROR_BATCH_H
#define MIRROR_BATCH_H

#include "mirror/take.h"

struct fleet_batch {
	const struct fleet_taker	*taker;
	struct keystore			*stage;
	bool				 is_large;
};

/* Begin a page of nrows rows; fleet_batch_end() must follow. */
void	fleet_batch_begin(struct fleet_batch *batch,
	    const struct fleet_taker *taker, size_t nrows);

/*
 * The store in which a domain is to be taken; *store is borrowed.  Returns 0 or
 * KS_E_*.
 */
int	fleet_batch_store(struct fleet_batch *batch, const char *domain,
	    struct keystore **store, struct ks_error *error);

/*
 * Bring all to the disk.  Returns 0, or KS_E_*: then the page must be taken
 * again.
 */
int	fleet_batch_end(struct fleet_batch *batch, struct ks_error *error);

#endif /* MIRROR_BATCH_H */
