/* SPDX-License-Identifier: ISC */

/*
 * What becomes of a message: where failures are kept, and fates are set.
 *
 * Every step of a message can fail, and no callback of a header field can say
 * so to the MTA.  So the first failure is kept, whatever comes behind it, and
 * is turned into a fate once somebody has to know.
 */

#include <stdio.h>
#include <string.h>

#include "dkimsig/dkimsig.h"
#include "message/private.h"

/* The first, but for memory: what is not known decides nothing. */
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

/* What the limits and the memory say about mail that is to be signed. */
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
