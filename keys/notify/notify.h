/* SPDX-License-Identifier: ISC */

/*
 * Telling people of troubles by notify_hook, at the end of a run of rotation,
 * or after one that failed.
 *
 * The program gets a notice on standard input, one contact at a time.  What it
 * was told is written to the store after each success: if this process is
 * killed in between, one notice is repeated.  If the program fails, the next
 * run tries again.  Each start is limited, and so are the failures and the time
 * of a run, because rotation must not hang on a program.
 *
 * If what was told cannot be read or written, for example because the disk is
 * full, then everything would be told again in each run; so it is told only in
 * runs in one hour of the day.
 */

#ifndef NOTIFY_H
#define NOTIFY_H

#include "config/user_file.h"
#include "notify/plan.h"

#define NOTIFY_LIMIT_MS		60000	/* for the program */
#define NOTIFY_RUN_MS		600000	/* for all of them in a run */
#define NOTIFY_MAX_FAILURES	3	/* in a run */
#define NOTIFY_HOUR		8	/* UTC; see above */

struct notify_result {
	size_t	ntold;		/* contacts */
	size_t	nfailed;
	size_t	nlater;		/* left for the next run */
};

/* What a run needs; all is borrowed. */
struct notify_run {
	struct keystore		*ks;		/* NULL: cannot be opened */
	const char		*hook;		/* program */
	const struct file_user	*user;		/* who runs it */
	struct notify_facts	 facts;
	struct ks_notified	*notified;	/* as read, or empty */
	/* It could not be read, or cannot be written. */
	bool			 is_forgetful;
	/* Print what would be told, run and write nothing. */
	bool			 dry_run;
	/* Called with a line for each notice (in a dry run) or failure. */
	void			(*say)(bool is_failure, const char *text);
};

/*
 * Tell everybody for whom it is time.  The caller holds the lock of the run.
 * Returns 0, also if the program failed, or KS_E_* if memory is short or the
 * file cannot be written: then the rest is left for the next run.
 */
int	notify_people(struct notify_run *run, struct notify_result *result,
	    struct ks_error *error);

/* Run the program to try it.  Returns whether it succeeded. */
bool	notify_test(const struct notify_run *run, const char *contact,
	    struct ks_error *error);

#endif /* NOTIFY_H */
