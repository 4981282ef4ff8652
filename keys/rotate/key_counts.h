/* SPDX-License-Identifier: ISC */

/*
 * The keys of a domain as numbers: how many are in which phase, since when they
 * sign, and when the next one takes over.
 */

#ifndef KEY_COUNTS_H
#define KEY_COUNTS_H

#include <stddef.h>
#include <stdint.h>

#include "life/key_phase.h"
#include "life/lifecycle.h"
#include "store/keystore.h"

struct key_counts {
	size_t	 phases[KEY_PHASES];
	/* Those not revoked yet, which are counted in no phase. */
	size_t	 ncompromised;
	/* Of keys that sign: since when the first does; or KS_NEVER. */
	int64_t	 signing_since;
	/* When the first of them is due to be replaced, or was; or KS_NEVER. */
	int64_t	 next_end;
};

/* No keys. */
void	key_counts_init(struct key_counts *counts);

void	key_counts_take(struct key_counts *counts,
	    const struct ks_state *state,
	    const struct lifecycle_policy *policy, int64_t now);

/* Add other counts to these: sums, and the earlier times. */
void	key_counts_add(struct key_counts *counts,
	    const struct key_counts *others);

#endif /* KEY_COUNTS_H */
