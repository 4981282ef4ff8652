/* SPDX-License-Identifier: ISC */

/*
 * What the commands for one domain share: opening and closing the work,
 * choosing keys by their selectors, and printing the result.
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
	bool			 cannot_publish;	/* that has been said */
};

/*
 * Lock and open the domain of an operand, which is not created if its records
 * cannot be published; tool->now becomes the time of the lock.  Returns an
 * enum tool_exit, and prints an error if that is not TOOL_DONE;
 * command_work_close() in any case.
 */
int	command_work_open(struct command_work *command, struct tool *tool,
	    const char *operand, bool create);

/*
 * The indexes of the keys with those selectors; prints an error for unknown
 * ones.  chosen has room for nselectors.
 */
bool	command_work_choose(struct command_work *command, int nselectors,
	    char **selectors, size_t *chosen);

/* Carry out a step on a key.  Returns 0, or -1 after printing an error. */
int	command_work_step(struct command_work *command,
	    enum lifecycle_step step, size_t key, int64_t at,
	    const char *why);

/*
 * Look up a key in DNS, and record whether it is seen, and whether it is
 * verified.  Returns 0, or -1 after printing an error.
 */
int	command_work_examine(struct command_work *command, size_t key);

/*
 * Before records are published: record that the names of new keys are unused,
 * if DNS shows that.  Returns 0, or -1 after printing an error.
 */
int	command_work_note_unused(struct command_work *command);

/*
 * Print the report, and release everything.  Returns status, or TOOL_FAILED if
 * the report has a failure, or TOOL_NOT_YET if something needs action.
 */
int	command_work_close(struct command_work *command, int status);

#endif /* COMMAND_WORK_H */
