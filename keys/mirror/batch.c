/* SPDX-License-Identifier: ISC */

/*
 * A page of domains that come to the disk together: see batch.h.
 *
 * Numbers are noted before the domains appear.  Whoever is killed between has
 * numbers of domains that are not there yet: the same rows are taken again, as
 * the cursor is behind them, and older ones are refused.
 */

#include "mirror/batch.h"

#include "store/stage.h"

#define LARGE	16	/* rows */
#define WAIT_S	10	/* for the lock of the key directory */

void
fleet_batch_begin(struct fleet_batch *batch, const struct fleet_taker *taker,
    size_t nrows)
{
	batch->taker = taker;
	batch->stage = NULL;
	batch->is_large = nrows >= LARGE;
	if (batch->is_large)
		fleet_seen_hold(taker->seen);
}

int
fleet_batch_store(struct fleet_batch *batch, const char *domain,
    struct keystore **store, struct ks_error *error)
{
	struct keystore *ks = batch->taker->ks;
	int r = 0;

	*store = ks;
	if (!batch->is_large || domain == NULL || !ks_stage_takes(ks, domain))
		return 0;
	if (batch->stage == NULL)
		r = ks_stage_open(ks, &batch->stage, error);
	if (r == 0)
		*store = batch->stage;
	return r;
}

int
fleet_batch_end(struct fleet_batch *batch, struct ks_error *error)
{
	const struct fleet_taker *taker = batch->taker;
	int r;

	r = fleet_seen_flush(taker->seen, error);
	if (r == 0 && batch->stage != NULL)
		r = ks_stage_commit(taker->ks, batch->stage, WAIT_S, error);
	ks_close(batch->stage);
	batch->stage = NULL;
	return r;
}
