/* SPDX-License-Identifier: ISC */

/*
 * Where decisions are logged, and reading them there: the audit file, systemd's
 * journal, and the log files of syslog, each with its rotated files.
 *
 * Order of calls: open, which needs the rights to open log files; drop, which
 * gives up root; read or search; close.  No more than one line is in memory.
 */

#ifndef JOURNAL_LOGS_H
#define JOURNAL_LOGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "journal/decision.h"

#define LOGS_MAX_FILES	256	/* of one kind; the newest are read */
#define LOGS_LOG_FOLDER	"/var/log"

/* The kinds of place, in the order in which they are searched. */
enum logs_kind {
	LOGS_AUDIT,		/* audit_file, and what logrotate made of it */
	LOGS_SYSTEMD,	/* journalctl */
	LOGS_SYSLOG,		/* mail.log or a file like it, likewise */
	LOGS_GIVEN		/* files that the caller names */
};
#define LOGS_NKINDS	(LOGS_GIVEN + 1)

struct logs_options {
	const char	*audit_file;	/* NULL: there is none */
	const char	*log_folder;	/* NULL: LOGS_LOG_FOLDER */
	const char	*journalctl;	/* NULL: the usual paths; "": none */
	/* If there are any, only these are read. */
	const char	*const *given;
	size_t		 ngiven;
	const char	*user;		/* whom drop changes to */
	int64_t		 since, until;	/* decisions of this time, inclusive */
	int64_t		 now;
};

enum logs_state {
	LOGS_READABLE,
	LOGS_MISSING,	/* no such file; no journalctl */
	LOGS_FAILED		/* cannot be opened or read: see error */
};

/* A file, or the journal. */
struct logs_place {
	enum logs_kind kind;
	enum logs_state state;
	char		*name;		/* a path; "journalctl" */
	char		 error[320];	/* also a note, if readable */
	unsigned long	 nlines;
	unsigned long	 ndecisions;	/* of the time that was asked for */
	unsigned long	 nskipped;	/* lines that were too long */
	int		 fd;
	int64_t		 changed;	/* when it was last written */
	const char	*const *unpack;	/* program that decompresses it */
};

struct logs {
	struct logs_options	 options;
	struct logs_place	*places;	/* of a kind, oldest first */
	size_t			 nplaces;
	size_t			 nleft_out;	/* over LOGS_MAX_FILES */
};

/*
 * Open all places.  A place that cannot be opened is noted, and is no error.
 * options is copied, but not what it points to.  NULL when out of memory.
 */
struct logs *logs_open(const struct logs_options *options);
void	logs_close(struct logs *logs);

/*
 * Give up root for good, but keep the right to read systemd's journal.  Does
 * nothing if the process is not root.  Returns 0, or -1 with the reason logged:
 * in that case, do not read.
 */
int	logs_drop(const struct logs *logs);

/* Gets each decision of the time that was asked for; returns whether it was
 * looked for.  d is valid during the call. */
typedef bool logs_take_fn(void *arg, const struct logged_decision *d);

/*
 * Read the places in order, but none of a further kind once a decision was
 * found that was looked for: the same decision is usually logged in several
 * places. Returns the number of decisions that were looked for.
 */
unsigned long logs_search(struct logs *logs, logs_take_fn *take,
	    void *arg);

/* "audit_file", "systemd's journal", ... */
const char *logs_kind_name(enum logs_kind kind);
/* "read", "missing" or "failed". */
const char *logs_state_name(enum logs_state state);

#endif /* JOURNAL_LOGS_H */
