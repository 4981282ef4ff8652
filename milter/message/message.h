/* SPDX-License-Identifier: ISC */

/*
 * Room milter/message: a message on its way, with its facts, proofs and
 * signatures.
 *
 * One message on its way through the front: its header fields, the decision
 * about it, its body's digest, its signatures.  Knows nothing of libmilter:
 * it is fed by the callbacks, and says what is to become of the message.
 *
 * Order of calls: new, header*, decide, then, unless decide said that the
 * fate is final, body*, end; free at any time.  A failure of one step (out of
 * memory, a limit) is kept and comes out of decide or end as the fate.
 */

#ifndef MESSAGE_H
#define MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "config/action.h"
#include "config/config.h"
#include "message/answers.h"
#include "message/removals.h"
#include "message/replay.h"
#include "message/sign_service.h"
#include "policy/facts.h"
#include "policy/policy.h"

struct message;

/* Why it is not accepted: what the sender may be told. */
enum fate_cause {
	CAUSE_NONE,
	CAUSE_MISMATCH,		/* not authorized to send for its domain */
	CAUSE_UNCLEAR,		/* nobody can say whom it is from */
	CAUSE_NO_KEY,		/* its domain has no key here */
	CAUSE_DNS,		/* a factor cannot be looked up now */
	CAUSE_RATE,		/* more mail than the source may send */
	CAUSE_FRAGILE,		/* would not survive the way */
	CAUSE_FAULT,		/* not safe to sign */
	CAUSE_SIZE,		/* over a limit */
	CAUSE_SYSTEM		/* signers, memory, the MTA */
};

#define MESSAGE_REASON_SIZE	512	/* octets, NUL included */
#define MESSAGE_MAX_SIGNATURES	64

/* What becomes of the message. */
struct fate {
	enum action	 action;
	enum fate_cause	 cause;
	char		 reason[MESSAGE_REASON_SIZE];	/* for the log */
	/* All of it only shows what would be done: the message goes on. */
	bool		 observed;
};

/* A signature that was made. */
struct message_signature {
	char		 sdid[DKIMSIG_DOMAIN_SIZE];
	struct sign_key	 key;
	/* The field's value with LF folds, NUL-terminated. */
	char		*value;
};

/* What a message makes use of; all of it outlives the message. */
struct message_means {
	const struct sign_service *signers;
	struct answers_means	answers;
	struct replay	*replay;
	int64_t		(*now)(void);	/* seconds since the epoch */
};

/*
 * Begin a message.  facts holds those of the connection and of the envelope;
 * it is added to, and stays the caller's, as do config and means, which must
 * outlive the message.  NULL when out of memory.
 */
struct message *message_new(const struct config *config, struct facts *facts,
	    const struct message_means *means);
void	message_free(struct message *message);

/*
 * A header field: name before the colon, value after it with its leading
 * blank, folds as LF or CRLF.
 */
void	message_header(struct message *message, const char *name,
	    size_t namelen, const char *value, size_t valuelen);

/*
 * The header is complete: decide.  Returns whether the fate is final; if not,
 * body and end follow, and what end says counts.
 */
bool	message_decide(struct message *message, struct fate *fate);

/* Whether the body is of use; without, message_body() does nothing. */
bool	message_wants_body(const struct message *message);
void	message_body(struct message *message, const void *chunk, size_t len);

/* The message is complete: sign it. */
void	message_end(struct message *message, struct fate *fate);

/* The author's domain that the decision is about, or the first one; "" if
 * there is none. */
const char *message_author(const struct message *message);

/* How the decision came out; valid after decide, final after end. */
const struct decision *message_decision(const struct message *message);

/*
 * What message_end() did: the signatures in the order in which their fields
 * are to be inserted at the top, one after another; and the fields to be
 * taken out.
 */
size_t	message_nsignatures(const struct message *message);
const struct message_signature *message_signature(
	    const struct message *message, size_t i);
const struct removals *message_removals(const struct message *message);

/* Whether what was signed may not survive the way; known after end. */
bool	message_is_fragile(const struct message *message);

/* The body hash; NULL if the body was not read. */
const unsigned char *message_bodyhash(const struct message *message);

#endif /* MESSAGE_H */
