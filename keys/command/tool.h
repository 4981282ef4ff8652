/* SPDX-License-Identifier: ISC */

/*
 * Room keys/command: the commands of countersign-key.
 *
 * What the subcommands of countersign-key share: options, the opened store,
 * and the ways to read, lock and complain.
 */

#ifndef TOOL_H
#define TOOL_H

#include <stdbool.h>
#include <stdint.h>

#include "record/record.h"
#include "store/keystore.h"

/* Exit status: see countersign-key(8). */
enum tool_exit {
	TOOL_DONE	= 0,
	TOOL_FAILED	= 1,
	TOOL_USAGE	= 2,
	TOOL_NOT_YET	= 3
};

struct config;
struct domain_report;
struct rotation_run;

struct tool {
	struct keystore	*ks;
	struct config	*config;	/* NULL: not needed, and -k given */
	const char	*keydir;	/* for messages */
	const char	*command;	/* to be typed again: with -c or -k */
	int64_t		 now;		/* start of the command, or its lock */
	/* Seconds since 1970, for later decisions and entries. */
	int64_t		 (*clock)(void);
	unsigned int	 wait_s;	/* for the lock of a domain */
	bool		 has_wait;	/* -w was given */

	const char	*algorithm;	/* options; NULL: not given */
	const char	*at;
	const char	*output;
	const char	*selector;
	const char	*wait;		/* value of --wait, if it has one */
	bool		 all;
	bool		 dry_run;
	bool		 force;
	bool		 json;
	bool		 monitor;
	bool		 no_progress;
	bool		 strict;
	bool		 waits;		/* --wait */
};

/*
 * The subcommands; argc and argv are the operands, whose number was checked.
 * Each returns an enum tool_exit and has printed the reason.
 */
int	cmd_activate(struct tool *tool, int argc, char **argv);
int	cmd_add(struct tool *tool, int argc, char **argv);
int	cmd_check(struct tool *tool, int argc, char **argv);
int	cmd_compromise(struct tool *tool, int argc, char **argv);
int	cmd_export(struct tool *tool, int argc, char **argv);
int	cmd_generate(struct tool *tool, int argc, char **argv);
int	cmd_import(struct tool *tool, int argc, char **argv);
int	cmd_list(struct tool *tool, int argc, char **argv);
int	cmd_publish(struct tool *tool, int argc, char **argv);
int	cmd_remove(struct tool *tool, int argc, char **argv);
int	cmd_retire(struct tool *tool, int argc, char **argv);
int	cmd_revoke(struct tool *tool, int argc, char **argv);
int	cmd_rotate(struct tool *tool, int argc, char **argv);
int	cmd_show(struct tool *tool, int argc, char **argv);

/* Normalize a domain; prints an error and returns false if it is not one. */
bool	tool_domain(const char *operand, char domain[DKIMSIG_DOMAIN_SIZE]);

/* A selector in lower case; prints an error, returns false if not one. */
bool	tool_selector(const char *operand, char selector[KS_SELECTOR_SIZE]);

/*
 * The time of --at, or now; prints an error and returns false if it is not a
 * time or is in the past.
 */
bool	tool_time(const struct tool *tool, int64_t *seconds);

/*
 * ks_lock(), waiting up to tool->wait_s for another writer; NULL in a dry run,
 * which only reads.  tool->now becomes the time of the lock: the other writer
 * may have entered later times than the start of this command, and a time
 * that is entered now must not be past because of the wait.
 */
int	tool_lock(struct tool *tool, const char *domain, bool create,
	    struct ks_lock **lock, struct ks_error *error);

/* Print the error that a key is not in the state. */
void	tool_no_key(const struct tool *tool, const char *domain,
	    const char *selector);

/*
 * Create the configured key directory for its keys_user, if it does not exist;
 * prints an error and returns false if that fails.
 */
bool	tool_make_keydir(const struct tool *tool);

/*
 * Set up what the steps of a command need; prints an error and returns false
 * if that fails.  rotation_run_finish() in either case.
 */
bool	tool_run_init(const struct tool *tool, struct rotation_run *run);

/*
 * Whether records can be published by a policy: the user who runs rotation can
 * read its TSIG key and run its hook.  Prints an error and returns false if
 * not, even if there is nothing to publish today.
 */
struct rotation;
bool	tool_can_publish(struct rotation_run *run,
	    const struct rotation *rotation);

/* The same for the policies of some domains. */
bool	tool_can_publish_all(struct rotation_run *run, char *const *domains,
	    size_t ndomains);

/* Print the result of a command, as text or --json. */
void	tool_print_report(const struct tool *tool,
	    const struct domain_report *report);

#endif /* TOOL_H */
