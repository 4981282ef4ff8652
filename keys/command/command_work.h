/* SPDX-License-Identifier: ISC */

/*
 * What the commands that work on one domain share: opening and closing the
 * work, choosing keys by their selectors, and printing what came of it.
 */

#ifndef COMMAND_WORK_H
#define COMMAND_WORK_H

#include "command/tool.h"
#include "rotate/work.h"

struct command_work {
	struct tool		*tool;
	struct rotation_run	 run;
	struct domain_report	 report;
	struct domain_work	 work;
	int64_t			 now;	/* when its lock was had */
	bool			 cannot_publish;	/* that has been said */
};

/*
 * Open the domain of an operand, which is not created if its records cannot
 * be published.  Returns an enum tool_exit, having
 * complained if it is not TOOL_DONE; command_work_close() in any case.
 */
int	command_work_open(struct command_work *command, struct tool *tool,
	    const char *operand, bool create);

/*
 * The keys that selectors name, as their indexes; complains of those that are
 * none.  chosen has room for as many.
 */
bool	command_work_choose(struct command_work *command, int nselectors,
	    char **selectors, size_t *chosen);

/* Carry out a step on a key.  Returns 0, or -1 having complained. */
int	command_work_step(struct command_work *command,
	    enum lifecycle_step step, size_t key, int64_t at,
	    const char *why);

/*
 * Look at a key in DNS, and enter that it is seen, or not, and verified if
 * it is.  Returns 0, or -1 having complained.
 */
int	command_work_examine(struct command_work *command, size_t key);

/*
 * Before records are published: enter of new keys that nothing is at
 * their names, if DNS shows that.  Returns 0, or -1 having complained.
 */
int	command_work_note_unused(struct command_work *command);

/*
 * Print the report, and give back what is left.  Returns status, or
 * TOOL_FAILED if the report has a failure, or TOOL_NOT_YET if it has
 * something to do.
 */
int	command_work_close(struct command_work *command, int status);

#endif /* COMMAND_WORK_H */
