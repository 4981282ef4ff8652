/* SPDX-License-Identifier: ISC */

/*
 * A folder of its own for a test.
 */

#ifndef SCRATCH_H
#define SCRATCH_H

#include <stddef.h>

#define SCRATCH_SIZE	64	/* octets of its path */

/* Make a folder, with name in its own.  Returns 0, or -1. */
int	scratch_make(char folder[SCRATCH_SIZE], const char *name);

/* How many files it has whose names do not begin with a dot. */
size_t	scratch_count(const char *folder);

#endif /* SCRATCH_H */
