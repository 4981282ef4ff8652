/* SPDX-License-Identifier: ISC */

/*
 * One message on its way through the front: its header fields, the decision
 * about it, its body's digest, its signatures.  Knows nothing of libmilter:
 * it is fed by the callbacks, and says what is to become of the message.
 *
 * Order of calls: new, header*, decide, then, where decide said
 * CONTINUE, body*, end; free at any time.  A failure of one step (out of
 * memory, a limit) is kept and comes out of decide or end as the fate.
 */

#ifndef MESSAGE_H
#define MESSAGE_H

#include <stddef.h>

#include "config.h"
#include "facts.h"
#include "signpool.h"

struct message;

/* What becomes of the message. */
enum fate_kind {
	FATE_CONTINUE,	/* more of it is needed */
	FATE_ACCEPT,		/* goes on; with fields where end() gave them */
	FATE_DEFER,		/* 451 4.7.1 */
	FATE_REFUSE,		/* 550 5.7.1 */
	FATE_REFUSE_SIZE,	/* 552 5.3.4 */
	FATE_HOLD		/* quarantine */
};

#define MESSAGE_REASON_SIZE	512	/* octets, NUL included */

struct fate {
	enum fate_kind	 kind;
	/* For the log, and for the reply where there is one; no secrets. */
	char		 reason[MESSAGE_REASON_SIZE];
};

/*
 * Begin a message.  facts holds those of the connection and of the envelope;
 * it is added to, and stays the caller's, as do config and pool, which must
 * outlive the message.  NULL when out of memory.
 */
struct message *message_new(const struct config *config, struct facts *facts,
	    struct signpool *pool);
void	message_free(struct message *message);

/*
 * A header field: name before the colon, value after it with its leading
 * blank, folds as LF or CRLF.
 */
void	message_header(struct message *message, const char *name,
	    size_t namelen, const char *value, size_t valuelen);

/* The header is complete: decide. */
void	message_decide(struct message *message, struct fate *fate);

void	message_body(struct message *message, const void *chunk, size_t len);

/* The message is complete: sign it. */
void	message_end(struct message *message, struct fate *fate);

/*
 * The signature fields made by message_end(): number, and the value of each
 * as dkimsig_signer_field() gives it but with LF folds, NUL-terminated.  In
 * the order in which they are to be inserted at the top, one after another.
 */
size_t	message_nsignatures(const struct message *message);
const char *message_signature(const struct message *message, size_t i);

/*
 * The message's log line, without queue id and time, as logfmt:
 * "action=signed d=... s=...".  fate is the final one: the MTA may have
 * refused what message_end() wanted.
 */
void	message_log(const struct message *message, const struct fate *fate,
	    char *buf, size_t bufsize);

#endif /* MESSAGE_H */
