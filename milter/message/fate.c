/* SPDX-License-Identifier: ISC */

/*
 * What happens to a message: keeps its first failure and sets its fate.
 *
 * Every step can fail, but the callback for a header field cannot report that
 * to the MTA.  So the first failure is kept, and becomes the fate when the
 * message is decided.
 */

#include <stdio.h>
#include <string.h>

#include "dkimsig/dkimsig.h"
#include "message/private.h"

/* Keep the first failure; but without memory the facts may be incomplete, so
 * that failure replaces any other. */
void
message_keep_failure(struct message *m, int error)
{
	if (m->failure == 0 || error == DKIMSIG_E_NOMEM)
		m->failure = error;
}

void
message_set_fate(struct message *m, enum action action,
    enum fate_cause cause, const char *reason)
{
	m->fate.action = action;
	m->fate.cause = cause;
	strlcpy(m->fate.reason, reason, sizeof(m->fate.reason));
}

/* Tell the sender of a limit; every other failure is temporary. */
void
message_fail(struct message *m)
{
	char reason[MESSAGE_REASON_SIZE];

	if (m->failure != DKIMSIG_E_TOOBIG) {
		message_set_fate(m, ACTION_TEMPFAIL, CAUSE_SYSTEM,
		    dkimsig_strerror(m->failure));
		return;
	}
	(void)snprintf(reason, sizeof(reason), "the header is over a limit: "
	    "%zu octets, %zu fields, %d signed fields",
	    m->config->max_header, m->config->max_fields, DKIMSIG_MAX_HNAMES);
	message_set_fate(m, ACTION_REJECT, CAUSE_SIZE, reason);
}
