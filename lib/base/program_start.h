/* SPDX-License-Identifier: ISC */

/*
 * Starting another program: what program.c needs.
 */

#ifndef PROGRAM_START_H
#define PROGRAM_START_H

#include <sys/types.h>

#include <stdint.h>

struct program_begin {
	/* Its standard descriptors; input -1: nothing to read. */
	int		input, output, complaint;
	unsigned int	limit_s;	/* then comes alarm(2) */
	/* Of monotonic_ms(): from then on it is not started; 0: no limit. */
	int64_t		latest_ms;
};

/*
 * Run argv[0] in a process group of its own, with default signals and only
 * these descriptors.  Returns 0 or errno, which is ETIME after latest_ms.
 */
int	program_start(const char *const argv[],
	    const char *const environment[], const struct program_begin *begin,
	    pid_t *pid);

#endif /* PROGRAM_START_H */
