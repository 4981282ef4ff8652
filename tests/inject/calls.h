/* SPDX-License-Identifier: ISC */

/*
 * The kinds of calls that failat counts and fails.
 *
 * A kind has the system calls that do the same for a program.  Some are made
 * first and then reported as failed: a descriptor is closed, a lock taken.
 */

#ifndef CALLS_H
#define CALLS_H

#include <stdbool.h>
#include <stddef.h>

#define CALLS_MAX	8	/* system calls of a kind, and the end */
#define CALLS_KINDS	48	/* no more kinds than that */

struct calls {
	const char	*name;
	int		 numbers[CALLS_MAX];	/* ends with -1 */
	bool		 are_made;
	int		 short_arg;	/* which argument counts octets, from 0;
					   -1: there is no short result */
};

/* The system call by which failmalloc reports; the kernel has none such. */
#define CALLS_REPORT	7777

const struct calls	*calls_table(size_t *n);

/* NULL if there is no such kind. */
const struct calls	*calls_find(const char *name);
bool			 calls_include(const struct calls *calls, long number);

/* The number of an error by its name; 0 if unknown. */
int	calls_error(const char *name);

#endif /* CALLS_H */
