/* SPDX-License-Identifier: ISC */

/*
 * Running another program, without a shell and for a limited time.
 */

#ifndef PROGRAM_H
#define PROGRAM_H

#include <stddef.h>
#include <stdint.h>

#define PROGRAM_OUTPUT_SIZE	512
#define PROGRAM_COMPLAINT_SIZE	256
#define PROGRAM_INPUT_END	((size_t)-1)

/* The environment of a program: only this, and what the caller adds. */
#define PROGRAM_PATH	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:" \
			"/usr/bin:/sbin:/bin"

enum program_end {
	PROGRAM_EXITED,		/* code: its exit status */
	PROGRAM_KILLED,		/* code: the signal */
	PROGRAM_LATE,		/* killed after limit_ms */
	PROGRAM_NOT_RUN		/* code: errno; ETIME: after latest_ms */
};

struct program_result {
	enum program_end end;
	int	 code;
	/* The beginning of its standard output; the rest is discarded. */
	char	 output[PROGRAM_OUTPUT_SIZE];
	/* Its last non-empty line on stderr, with "?" for each octet that is
	 * not printable. */
	char	 complaint[PROGRAM_COMPLAINT_SIZE];
};

/* What a program is given, and how long it may take. */
struct program_talk {
	int		 input;		/* its standard input; -1: nothing */
	unsigned int	 limit_ms;
	unsigned int	 silence_ms;	/* without output; 0: no such limit */
	/* Of monotonic_ms(): from then on it is not started; 0: no limit. */
	int64_t		 latest_ms;
	/*
	 * Gives what it reads instead of input, or NULL: the number of octets
	 * in *chunk, which stay there until the next call; 0: none before it
	 * writes more; PROGRAM_INPUT_END: none at all.
	 */
	size_t		(*give_input)(void *context, const char **chunk);
	/* Takes what it writes, cut anywhere; NULL: the result keeps it. */
	void		(*take_output)(void *context, const char *chunk,
			    size_t len);
	void		*context;
};

/*
 * Run argv[0], a path, with these arguments and only this environment; both
 * arrays end with NULL.  The program reads from /dev/null, inherits no other
 * descriptor and leads a process group of its own.  After limit_ms the whole
 * group is killed; if the program exits in time, the processes that it left
 * behind keep running.  If this process cannot do that, SIGALRM ends the
 * program two seconds later.  If this process ends before the program has
 * started, it does not start.  Thread-safe.
 *
 * The caller's own descriptors 0 to 2 must be open, and it must not ignore
 * SIGCHLD; with give_input, it must ignore SIGPIPE.
 */
void	program_run(const char *const argv[], const char *const environment[],
	    unsigned int limit_ms, struct program_result *result);

/* The same, but as talk says; PROGRAM_LATE is for either limit. */
void	program_talk(const char *const argv[], const char *const environment[],
	    const struct program_talk *talk, struct program_result *result);

#endif /* PROGRAM_H */
