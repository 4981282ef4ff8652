/* SPDX-License-Identifier: ISC */

/*
 * Room keys/command: the commands of countersign-key.
 *
 * What the subcommands share: the options, the opened key store, and functions
 * that read operands, take locks and print errors.
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

#define MAX_WITHOUT	16	/* hosts that are not waited for */

struct config;
struct domain_report;
struct lease;
struct rotation_run;
struct seal;

struct tool {
	struct keystore	*ks;
	struct seal	*seal;		/* opens sealed keys of ks */
	struct lease	*lease;		/* of a fleet; NULL: in none */
	struct config	*config;	/* NULL: -k given, and not needed */
	const char	*keydir;	/* for messages */
	const char	*command;	/* for hints: name, -c and -k */
	int64_t		 now;		/* start of the command, or its lock */
	/* Seconds since 1970; read again after anything that takes time. */
	int64_t		 (*clock)(void);
	unsigned int	 wait_s;	/* for the lock of a domain */
	int		 answer_s;	/* of countersign-fleet, at most */
	bool		 has_wait;	/* -w was given */

	/* Why configuration or key store cannot be used. */
	char		 fault[1024];

	const char	*algorithm;	/* options; NULL: not given */
	const char	*at;
	const char	*change;	/* number of a fleet */
	const char	*format;
	const char	*members;	/* digest of a member list */
	const char	*new_kek;
	const char	*output;
	const char	*selector;
	const char	*stream;	/* "": "default", the default keys */
	const char	*wait;		/* value of --wait, if it has one */
	const char	*without[MAX_WITHOUT];	/* hosts of the fleet */
	size_t		 nwithout;
	bool		 all;
	bool		 dry_run;
	bool		 fleet;
	bool		 force;
	bool		 json;
	bool		 keep;
	bool		 monitor;
	bool		 no_progress;
	bool		 problems;
	bool		 removed;
	bool		 status;
	bool		 strict;
	bool		 test;
	bool		 waits;		/* --wait */
	bool		 skips_hosts;	/* what others of the fleet have */
	bool		 yes;
};

/*
 * The subcommands.  argc and argv are the operands; their number has been
 * checked.  Each returns an enum tool_exit, and has printed why if that is not
 * TOOL_DONE.
 */
int	cmd_activate(struct tool *tool, int argc, char **argv);
int	cmd_add(struct tool *tool, int argc, char **argv);
int	cmd_adopt(struct tool *tool, int argc, char **argv);
int	cmd_check(struct tool *tool, int argc, char **argv);
int	cmd_compromise(struct tool *tool, int argc, char **argv);
int	cmd_domain(struct tool *tool, int argc, char **argv);
int	cmd_export(struct tool *tool, int argc, char **argv);
int	cmd_fleet(struct tool *tool, int argc, char **argv);
int	cmd_generate(struct tool *tool, int argc, char **argv);
int	cmd_import(struct tool *tool, int argc, char **argv);
int	cmd_list(struct tool *tool, int argc, char **argv);
int	cmd_notify(struct tool *tool, int argc, char **argv);
int	cmd_publish(struct tool *tool, int argc, char **argv);
int	cmd_receive(struct tool *tool, int argc, char **argv);
int	cmd_remove(struct tool *tool, int argc, char **argv);
int	cmd_retire(struct tool *tool, int argc, char **argv);
int	cmd_revoke(struct tool *tool, int argc, char **argv);
int	cmd_rotate(struct tool *tool, int argc, char **argv);
int	cmd_seal(struct tool *tool, int argc, char **argv);
int	cmd_show(struct tool *tool, int argc, char **argv);
int	cmd_sync(struct tool *tool, int argc, char **argv);
int	cmd_take_over(struct tool *tool, int argc, char **argv);
int	cmd_todo(struct tool *tool, int argc, char **argv);
int	cmd_unseal(struct tool *tool, int argc, char **argv);

/*
 * Tell people, by notify_hook, that nothing can be rotated: because the
 * configuration (NULL then) or the key store (NULL then) cannot be used; or, if
 * this host is not meant to follow, because it is not the one that rotates.
 * The first returns an enum tool_exit.
 */
int	notify_fault(const struct tool *tool, const char *text);
void	notify_refusal(const struct tool *tool);

/* Normalize a domain; prints an error and returns false if it is not one. */
bool	tool_domain(const char *operand, char domain[DKIMSIG_DOMAIN_SIZE]);

/*
 * Convert a selector to lower case; prints an error and returns false if it is
 * not one.
 */
bool	tool_selector(const char *operand, char selector[KS_SELECTOR_SIZE]);

/*
 * The time given by --at, or now; prints an error and returns false if it is
 * not a time or is in the past.
 */
bool	tool_time(const struct tool *tool, int64_t *seconds);

/*
 * ks_lock(), waiting up to tool->wait_s for another writer.  In a dry run,
 * nothing is locked and *lock is NULL.  tool->now is set to the time at which
 * the lock was taken: the other writer may have recorded times after the start
 * of this command, and the times that this command records must not lie in the
 * past because it waited.
 */
int	tool_lock(struct tool *tool, const char *domain, bool create,
	    struct ks_lock **lock, struct ks_error *error);

/* Print the error that the state has no such key. */
void	tool_no_key(const struct tool *tool, const char *domain,
	    const char *selector);

/* Whether the key directory is the configured one, not that of -k. */
bool	tool_keydir_is_configured(const struct tool *tool);

/* Whether it is that one, and somebody else provides it: keydir_mounted. */
bool	tool_keydir_is_mounted(const struct tool *tool);

/*
 * Create the key directory, owned by keys_user, if it does not exist and is
 * not mounted; prints an error and returns false if that fails.
 */
bool	tool_make_keydir(const struct tool *tool);

/*
 * Set up the run that the steps of a command share; prints an error and
 * returns false if that fails.  Call rotation_run_finish() in either case.
 */
bool	tool_run_init(const struct tool *tool, struct rotation_run *run);

/*
 * Check that records can be published under a policy, even if none is due: the
 * user who runs rotation can read its TSIG key and run its hook.  Prints an
 * error and returns false if not.
 */
struct rotation;
bool	tool_check_publish(struct rotation_run *run,
	    const struct rotation *rotation);

/* The same for the policies of several domains. */
bool	tool_check_publish_all(struct rotation_run *run, char *const *domains,
	    size_t ndomains);

/*
 * Warn about key files that the state of a domain does not have, because it may
 * have been lost.
 */
void	tool_warn_strays(const struct tool *tool,
	    const struct ks_state *state);

/* Print the result of a command, as text or --json. */
void	tool_print_report(const struct tool *tool,
	    const struct domain_report *report);

#endif /* TOOL_H */
