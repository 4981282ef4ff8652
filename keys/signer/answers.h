/* SPDX-License-Identifier: ISC */

/*
 * Requests of the front in, answers out: see base/ipc.h for what they say.
 */

#ifndef ANSWERS_H
#define ANSWERS_H

#include <stdbool.h>

#include "base/ipc.h"
#include "base/wire.h"
#include "signer/keycache.h"
#include "signer/log_limit.h"
#include "signer/request.h"

/* What answers depend on. */
struct answerer {
	struct keycache		*cache;		/* borrowed */
	struct sign_rules	 rules;
	struct moment		 now;
	struct log_limit	 faults;	/* log lines about peers */
	struct log_limit	 limited;	/* and about domains */
	bool			 is_full_logged;	/* of rules.hourly */
};

/*
 * Answer a request.  *answer is an empty writer, and *type is set to the type
 * of the answer.  Returns 0, IPC_E_NOMEM, or IPC_E_MALFORMED: then the caller
 * sends nothing, and closes the socket.
 */
int	answer_request(struct answerer *answerer,
	    const struct ipc_message *message, enum ipc_type *type,
	    struct wire_writer *answer);

#endif /* ANSWERS_H */
