/* SPDX-License-Identifier: ISC */

/*
 * Running another program, without a shell and for a limited time.
 */

#ifndef PROGRAM_H
#define PROGRAM_H

#include <stddef.h>

#define PROGRAM_OUTPUT_SIZE	512
#define PROGRAM_COMPLAINT_SIZE	256

/* The environment of programs has no more than this and what a caller adds. */
#define PROGRAM_PATH	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:" \
			"/usr/bin:/sbin:/bin"

enum program_end {
	PROGRAM_EXITED,		/* code: its exit status */
	PROGRAM_KILLED,		/* code: the signal */
	PROGRAM_LATE,		/* it was killed after the time that it had */
	PROGRAM_NOT_RUN		/* code: errno */
};

struct program_result {
	enum program_end end;
	int	 code;
	/* The first octets of what it wrote; the rest is thrown away. */
	char	 output[PROGRAM_OUTPUT_SIZE];
	/* Its last line to stderr that is not empty, "?" for what cannot be
	 * printed. */
	char	 complaint[PROGRAM_COMPLAINT_SIZE];
};

/*
 * Run argv[0], which is a path, with these arguments and nothing but this
 * environment; both end with NULL.  It reads nothing, inherits no file, and
 * begins a process group, all of which is killed after limit_ms.  What it
 * leaves running when it ends in time is let be.  Safe in threads.  The
 * caller's own files 0 to 2 must be open, and SIGCHLD not be ignored.
 */
void	program_run(const char *const argv[], const char *const environment[],
	    unsigned int limit_ms, struct program_result *result);

#endif /* PROGRAM_H */
