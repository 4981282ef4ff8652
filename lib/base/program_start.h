/* SPDX-License-Identifier: ISC */

/*
 * Starting another program: what program.c needs.
 */

#ifndef PROGRAM_START_H
#define PROGRAM_START_H

#include <sys/types.h>

/* Its standard descriptors; input -1: nothing to read. */
struct program_ends {
	int	input, output, complaint;
};

/*
 * Run argv[0] in a process group of its own, with default signals, only these
 * descriptors, and an alarm(2) after limit_s seconds.  Returns 0 or errno.
 */
int	program_start(const char *const argv[],
	    const char *const environment[], const struct program_ends *ends,
	    unsigned int limit_s, pid_t *pid);

#endif /* PROGRAM_START_H */
