/* SPDX-License-Identifier: ISC */

/*
 * What the commands that work on one domain share: opening and closing it,
 * choosing keys by selector, carrying out steps, and printing the result.
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
	bool			 cannot_publish;	/* error printed */
	bool			 names_keys;	/* selectors were given */
	/* What was asked for is done: other failures only need a person. */
	bool			 is_done;
	bool			 is_alone;	/* without the lease */
	bool			 is_hindered;	/* it cannot be written */
	size_t			 nmarked;	/* keys, without the lease */
	char			**left;	/* selectors, if hindered; or NULL */
	/* For JSON: the records that a person enters, see records_due.h. */
	size_t			*due;		/* keys, by index; or NULL */
	size_t			 ndue;
	bool			 due_is_empty;	/* with an empty p= */
	bool			 due_has_aliases;
	/* Prints more members of the report in JSON, or NULL. */
	void	(*print_members)(const struct command_work *command);
};

/*
 * Lock and open the domain named by an operand.  With create, the domain may be
 * new, and it is an error if its records cannot be published.  tool->now is set
 * to the time at which the lock was taken.  Returns an enum tool_exit, after
 * printing an error if that is not TOOL_DONE; call command_work_close() in any
 * case.
 */
int	command_work_open(struct command_work *command, struct tool *tool,
	    const char *operand, bool create);

/*
 * Find the keys with these selectors, and put their indexes into chosen, which
 * has room for nselectors.  Prints an error and returns false if a selector is
 * invalid or unknown.
 */
bool	command_work_choose(struct command_work *command, int nselectors,
	    char **selectors, size_t *chosen);

/* Carry out a step on a key.  Returns 0, or -1 after printing an error. */
int	command_work_step(struct command_work *command,
	    enum lifecycle_step step, size_t key, int64_t at,
	    const char *why);

/*
 * Look up the record of a key in DNS, and record in the state if it is seen
 * and if it is verified.  Returns 0, or -1 after printing an error.
 */
int	command_work_examine(struct command_work *command, size_t key);

/*
 * Record for each new key that its name is unused, if DNS shows that; to be
 * called before records are published.  Returns 0, or -1 after printing an
 * error.
 */
int	command_work_note_unused(struct command_work *command);

/*
 * Print the report, and release everything.  Returns status; but instead of
 * TOOL_DONE, TOOL_FAILED if the report has a failure, or TOOL_NOT_YET if it
 * says that somebody must do something.
 */
int	command_work_close(struct command_work *command, int status);

#endif /* COMMAND_WORK_H */
