/* SPDX-License-Identifier: ISC */

/*
 * Room doctor/machine: what programs, files and accounts of this machine say:
 * Postfix, Sendmail, the socket of the milter.  Nothing here changes anything.
 *
 * This header runs a program, as this user or as another one, and keeps its
 * output.
 */

#ifndef RUN_H
#define RUN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/program.h"

/* Most octets of output that are kept; postconf(1) writes 40 KB. */
#define MACHINE_MAX_OUTPUT	4194304
#define MACHINE_WHY_SIZE	512
#define MACHINE_MAX_WORDS	63	/* of a command */

struct machine_output {
	enum program_end end;
	int	 code;		/* exit status, signal or errno */
	char	*text;		/* standard output, ends with NUL; not NULL */
	size_t	 len;
	bool	 cut;		/* there was more than is kept */
	/* The last line of standard error, or why the program did not run. */
	char	 complaint[PROGRAM_COMPLAINT_SIZE];
};

/*
 * Find a program: a path as it is, a name as a shell finds it in PATH, without
 * relative folders in it, and then where programs of the system are.  Returns
 * whether there is one that can be executed.
 */
bool	machine_find(const char *name, char *path, size_t size);

/*
 * Run a program to its end.
 *
 * user       NULL: as this process is; else with the ids and groups of that
 *            user, for which this process must be root or be that user;
 *            "USER:GROUP" as for become_user()
 * argv       argv[0] as for machine_find(); ends with NULL, after
 *            MACHINE_MAX_WORDS at most
 * limit_ms   after which the program is killed
 * out        for machine_output_finish(), whatever is returned
 *
 * The program gets PATH, LC_ALL=C and, if they are set, MAIL_CONFIG and
 * MAIL_LOGTAG, which name an instance of Postfix.  Returns 0 if it exited with
 * status 0, else -1.
 */
int	machine_run(const char *user, const char *const argv[],
	    unsigned int limit_ms, struct machine_output *out);

/* The same, with the program's standard input from a file; -1: none. */
int	machine_run_input(const char *user, int input,
	    const char *const argv[], unsigned int limit_ms,
	    struct machine_output *out);

/* Whether it exited with status 0. */
bool	machine_is_done(const struct machine_output *out);

void	machine_output_finish(struct machine_output *out);

/* Why it failed: "NAME: exit status 1: COMPLAINT".  Returns buf. */
const char *machine_why(const char *name, const struct machine_output *out,
	    char *buf, size_t size);

#endif /* RUN_H */
