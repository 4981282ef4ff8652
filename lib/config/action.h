/* SPDX-License-Identifier: ISC */

/*
 * Actions: what is done with a message, and the words for it.
 *
 * The configuration names an action for mail that must not or cannot be signed,
 * the policy decides on an action, and the front answers the MTA accordingly.
 * The log, the audit file and countersign-doctor use the words defined here.
 */

#ifndef ACTION_H
#define ACTION_H

#include <stdbool.h>

/*
 * A configuration can name PASS to REJECT, from mild to strict: if several
 * apply, the greatest one is taken.
 */
enum action {
	ACTION_UNDECIDED,	/* a fact must be asked for first */
	ACTION_PASS,		/* delivered unsigned */
	ACTION_TEMPFAIL,	/* SMTP 4xx */
	ACTION_QUARANTINE,
	ACTION_REJECT,		/* SMTP 5xx */
	ACTION_SIGN		/* delivered signed */
};

/* "reject": what to do, as in the configuration. */
const char *action_name(enum action action);

/* "rejected": what was done, as in the log. */
const char *action_done(enum action action);

/* Whether the message is delivered to its recipients. */
bool	action_delivers(enum action action);

#endif /* ACTION_H */
