/* SPDX-License-Identifier: ISC */

/*
 * Room doctor/setup: the way to the first signed mail: what has to change on
 * this host is planned, shown, and, with a yes, carried out.
 *
 * A run goes through these files:
 *
 *	request.c	what is wanted, from options
 *	ask.c		... and from answers, on a terminal
 *	conf.c		plans the files of the configuration
 *	conf_text.c	... and their texts
 *	keys.c		plans and makes keys; waits until they are active
 *	units.c		plans and starts the services
 *	dropin.c	... with the folder of a socket elsewhere
 *	mta.c		finds out whether Postfix or Sendmail is used
 *	postfix.c	plans what main.cf gets, or says why it is left alone
 *	managed.c	... because something else writes the file
 *	setting.c	... and the value of smtpd_milters
 *	sendmail.c	says what sendmail.mc must have, and checks sendmail.cf
 *	plan.c		the plan
 *	plan_print.c	... as a person reads it
 *	diff.c		... with the difference of files
 *	apply.c		carries it out, change by change
 *	state.c		... what is there now, and putting something else there
 *	file.c		... in files
 *	ledger.c	... recorded before it is done
 *	attach.c	Postfix reloads, and is tested; else it goes back
 *	enforce.c	takes "mode = observe" out again
 *	undo.c		takes back what is still ours
 *
 * It is the only part of countersign-doctor that changes anything, and it does
 * so as root.  Mail, log lines and answers from DNS are read by other programs.
 */

#ifndef SETUP_H
#define SETUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SETUP_MAX_WORDS	100	/* of one option */

/* What an option that can be repeated was given. */
struct setup_words {
	const char	*list[SETUP_MAX_WORDS];
	size_t		 n;
};

enum setup_mta {
	SETUP_MTA_ANY,		/* the one that is installed */
	SETUP_MTA_POSTFIX,
	SETUP_MTA_SENDMAIL,
	SETUP_MTA_NONE
};

/* What is wanted; NULL and 0: not given. */
struct setup_request {
	const char	*config;	/* file */
	const char	*ledger;
	const char	*programs;	/* directory of our other programs */
	const char	*postfix_dir;	/* of the instance */
	enum setup_mta	 mta;

	/* A new source. */
	const char	*platform;	/* name of its preset */
	const char	*name;		/* of the source and its file */
	struct setup_words tenants, logins, daemons, domains, selectors;
	const char	*secret_header;	/* name of the field */

	/* How records are published. */
	const char	*publish;	/* manual, update[:SERVER], hook:FILE */
	const char	*tsig_key;	/* file */
	struct setup_words check_resolvers;

	bool		 apply, enforce, undo, wait;
	int64_t		 wait_seconds;
	bool		 colours;
};

/* Returns an exit status of countersign-doctor. */
int	setup_run(struct setup_request *request);

#endif /* SETUP_H */
