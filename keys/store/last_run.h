/* SPDX-License-Identifier: ISC */

/*
 * When rotation last worked on all domains: a time in RFC 3339 in the file
 *
 *	keydir/last-run
 *
 * Monitoring sees by it that the timer has stopped.  If it is lost, rotation
 * counts as never run until its next run, and nothing else is affected.
 */

#ifndef LAST_RUN_H
#define LAST_RUN_H

#include "store/keystore.h"

/*
 * Record that a run over all domains ended now.  The caller holds the lock of
 * the run.  Returns 0 or KS_E_*.
 */
int	ks_last_run_write(struct keystore *ks, int64_t now,
	    struct ks_error *error);

/*
 * When it last ended: seconds since 1970 in *when, or KS_NEVER.  Returns 0,
 * KS_E_UNSAFE, KS_E_SYSTEM, KS_E_NOMEM, or KS_E_DAMAGED if the file does not
 * contain a time; *when is KS_NEVER on failure.
 */
int	ks_last_run_read(struct keystore *ks, int64_t *when,
	    struct ks_error *error);

#endif /* LAST_RUN_H */
