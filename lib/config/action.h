/* SPDX-License-Identifier: ISC */

/*
 * What becomes of a message: the one list of it, and of its words.
 *
 * The configuration names an action for mail that may not or cannot be signed;
 * the policy decides on one, the message carries one to its end, and the front
 * answers the MTA by it.  The log, the audit file and countersign-doctor write
 * the words that stand here.
 */

#ifndef ACTION_H
#define ACTION_H

#include <stdbool.h>

/*
 * PASS to REJECT are what a configuration can ask for, from mild to strict:
 * of two that count, the greater one is taken.
 */
enum action {
	ACTION_UNDECIDED,	/* something has to be known first */
	ACTION_PASS,		/* goes on, unsigned */
	ACTION_TEMPFAIL,	/* SMTP 4xx */
	ACTION_QUARANTINE,
	ACTION_REJECT,		/* SMTP 5xx */
	ACTION_SIGN		/* goes on, signed */
};

/* "reject": what is to be done, as in the configuration. */
const char *action_name(enum action action);

/* "rejected": what was done, as in the log. */
const char *action_done(enum action action);

/* Whether the message goes on to its recipients. */
bool	action_delivers(enum action action);

#endif /* ACTION_H */
