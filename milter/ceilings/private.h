/* SPDX-License-Identifier: ISC */

/*
 * struct counts, for the files of this room only.
 */

#ifndef CEILINGS_PRIVATE_H
#define CEILINGS_PRIVATE_H

#include <pthread.h>

#include "ceilings/counts.h"
#include "ceilings/siphash.h"

struct counts {
	pthread_mutex_t	 lock;
	unsigned char	 key[SIPHASH_KEY_SIZE];
	int64_t		 day;		/* of the key; -1: none yet */
	int64_t		 latest;	/* time of a message, or -1 */
	bool		 was_reset;
	uint64_t	 changed;
	struct tally	*tallies;	/* sorted by name */
	size_t		 n;
};

/* The tally of a source, or NULL; the caller has the lock. */
struct tally *counts_find(const struct counts *counts, const char *source);

#endif /* CEILINGS_PRIVATE_H */
