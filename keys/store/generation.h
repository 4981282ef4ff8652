/* SPDX-License-Identifier: ISC */

/*
 * Which push of a store to other hosts was the last one: two numbers and a
 * newline in the file
 *
 *	keydir/generation
 *
 * The first, the term, is the time at which this host began to push, or took
 * over; the second counts its pushes.  A host that receives notes the numbers
 * of each push before it takes anything from it, and refuses every push that
 * is not later: one that was delayed, one of a store that was restored from a
 * backup, and one of a host that another host took over from.
 *
 * If the file is lost on the host that rotates, the next push begins a new
 * term.  If it is lost on a host that receives, that takes any push.
 */

#ifndef GENERATION_H
#define GENERATION_H

#include "store/keystore.h"

#define KS_MAX_PUSHES	999999999	/* in one term */

struct ks_generation {
	int64_t	term;		/* seconds since 1970 */
	int64_t	push;		/* from 0 */
};

/* *generation is zero if there is none.  Returns 0 or KS_E_*. */
int	ks_generation_read(struct keystore *ks,
	    struct ks_generation *generation, struct ks_error *error);

/* Number a new push, and note that.  Waits for the lock.  0 or KS_E_*. */
int	ks_generation_next(struct keystore *ks, int64_t now,
	    unsigned int wait_s, struct ks_generation *generation,
	    struct ks_error *error);

/*
 * Note a push that is received.  Returns 0, KS_E_EXISTS if it is not later
 * than the last one, or another KS_E_*; then nothing was changed.
 */
int	ks_generation_accept(struct keystore *ks,
	    const struct ks_generation *generation, unsigned int wait_s,
	    struct ks_error *error);

#endif /* GENERATION_H */
