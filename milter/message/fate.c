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
message_set_fate(struct message *m, enum fate_kind kind,
    enum fate_cause cause, const char *reason)
{
	m->fate.kind = kind;
	m->fate.cause = cause;
	strlcpy(m->fate.reason, reason, sizeof(m->fate.reason));
}

/* What the limits and the memory say about mail that is to be signed. */
bool
message_fails(struct message *m)
{
	char reason[MESSAGE_REASON_SIZE];

	switch (m->failure) {
	case 0:
		return false;
	case DKIMSIG_E_TOOBIG:
		(void)snprintf(reason, sizeof(reason), "the header is over a "
		    "limit: %zu octets, %zu fields, %d signed fields",
		    m->config->max_header, m->config->max_fields,
		    DKIMSIG_MAX_HNAMES);
		message_set_fate(m, FATE_REFUSE, CAUSE_SIZE, reason);
		return true;
	default:
		message_set_fate(m, FATE_DEFER, CAUSE_SYSTEM,
		    dkimsig_strerror(m->failure));
		return true;
	}
}
