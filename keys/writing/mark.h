/* SPDX-License-Identifier: ISC */

/*
 * Marking keys as compromised, without the lease and without the database, if
 * it has to be (DESIGN, section 10).
 *
 * A mark is on disk first (kept/pending.h), then this host ends the key, and
 * then the database gets it, which may be later.  Every host then does the
 * same; whoever holds the lease next does the rest.  It can never be taken
 * back.
 */

#ifndef WRITING_MARK_H
#define WRITING_MARK_H

#include "mirror/mirror.h"

/*
 * Mark a key here.  Nobody else may hold the lock of the domain.  Returns 0,
 * KS_E_NOKEY if there is no such key, KS_E_LOCKED if the mark is kept, but the
 * state is to be changed by the next one who locks the domain, since it is
 * locked, or has rows that cannot be read; or another KS_E_*: nothing is
 * marked.
 */
int	fleet_mark(struct fleet_mirror *mirror, const char *domain,
	    const char *selector, struct ks_error *error);

/*
 * What DNS shows of keys, in three steps, so that the file is written once for
 * many of them.  First, in memory alone, any number of times: this host ends a
 * key, since DNS shows that it is revoked; or that is taken back, but no mark.
 * *is_changed says whether there is anything to do; if there is, *ended is the
 * time from which the key had ended.  Returns as fleet_mark().
 */
int	fleet_sight_revoked(struct fleet_mirror *mirror, const char *domain,
	    const char *selector, struct ks_error *error);
void	fleet_sight_shown(struct fleet_mirror *mirror, const char *domain,
	    const char *selector, int64_t *ended, bool *is_changed);

/* The key could not be taken back after all.  Returns 0 or KS_E_*. */
int	fleet_sight_keep_ended(struct fleet_mirror *mirror,
	    const char *domain, const char *selector, int64_t ended,
	    struct ks_error *error);

/* Then, once: keep it on disk.  Returns 0 or KS_E_*. */
int	fleet_sights_keep(struct fleet_mirror *mirror,
	    struct ks_error *error);

/*
 * Then, for each key: change the state of its domain.  A lock of that is not
 * waited for, as many may be locked; what has ended is tried again by
 * fleet_marks_apply().  Returns 0 or KS_E_*.
 */
int	fleet_sights_take(struct fleet_mirror *mirror, const char *domain,
	    struct ks_error *error);

/*
 * After a poll that returned 0: forget what rows say by now, and write the
 * marks that the database does not have.  *nwritten is their number; the next
 * poll takes them.  Returns 0, or KS_E_*: they are tried again, as they are if
 * another session has the lock of the fleet (mirror->is_held_up).
 */
int	fleet_marks_push(struct fleet_mirror *mirror, size_t *nwritten,
	    struct ks_error *error);

/*
 * See that this host has ended all keys that are pending, also if it was
 * killed before.  What fails is an alarm, and tried again by the next call.
 */
void	fleet_marks_apply(struct fleet_mirror *mirror);

#endif /* WRITING_MARK_H */
