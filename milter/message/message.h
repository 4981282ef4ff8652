/* SPDX-License-Identifier: ISC */

/*
 * Room milter/message: one message in the front, with its facts, proofs and
 * signatures.
 *
 * It reads the header fields and the body, decides, and signs.  It knows
 * nothing of libmilter: the callbacks call it and carry out the fate that it
 * returns.
 *
 * Order of calls: new, header*, decide; then body*, end, unless decide said
 * that the fate is final.  free may be called at any time.  If a step fails
 * (out of memory, a limit), decide or end reports that as the fate.
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
#include "message/traces.h"
#include "policy/facts.h"
#include "policy/policy.h"

struct counts;
struct message;

/* Why a message is not accepted; selects the SMTP reply. */
enum fate_cause {
	CAUSE_NONE,
	CAUSE_MISMATCH,		/* not authorized to send for its domain */
	CAUSE_UNCLEAR,		/* it is not certain who the author is */
	CAUSE_NO_KEY,		/* its domain has no key here */
	CAUSE_DNS,		/* a factor cannot be looked up now */
	CAUSE_RATE,		/* more mail than the source may send */
	CAUSE_LIMIT,		/* more signatures than its domain may get */
	CAUSE_FRAGILE,		/* the signature might not survive */
	CAUSE_FAULT,		/* not safe to sign */
	CAUSE_SIZE,		/* over a limit */
	CAUSE_SYSTEM		/* signers, memory, the MTA */
};

#define MESSAGE_REASON_SIZE	512	/* octets, NUL included */
#define MESSAGE_MAX_SIGNATURES	64
#define MESSAGE_MAX_RECIPIENTS	10000	/* counted; not those after them */

/* What happens to the message. */
struct fate {
	enum action	 action;
	enum fate_cause	 cause;
	char		 reason[MESSAGE_REASON_SIZE];	/* for the log */
	/* Only logged: the message is delivered whatever the action says. */
	bool		 observed;
};

/* A signature that was made. */
struct message_signature {
	char		 sdid[DKIMSIG_DOMAIN_SIZE];
	struct sign_key	 key;
	/* The field's value with LF folds, NUL-terminated. */
	char		*value;
};

/* What a message uses; all of it must outlive the message. */
struct message_means {
	const struct sign_service *signers;
	struct answers_means	answers;
	struct replay	*replay;
	struct counts	*counts;	/* NULL: nothing is counted */
	int64_t		(*now)(void);	/* seconds since the epoch */
};

/*
 * Begin a message.  facts has the facts about the connection and the envelope;
 * the message adds its own.  facts, config and means stay the caller's, and
 * must outlive the message.  NULL when out of memory.
 */
struct message *message_new(const struct config *config, struct facts *facts,
	    const struct message_means *means);
void	message_free(struct message *message);

/* Add a recipient, as in RCPT TO, to be counted; before message_end(). */
void	message_recipient(struct message *message, const char *address);

/*
 * Add a header field: the name before the colon, and the value after it with
 * its leading blank and with folds as LF or CRLF.
 */
void	message_header(struct message *message, const char *name,
	    size_t namelen, const char *value, size_t valuelen);

/*
 * The header is complete: decide.  Returns true if the fate is final; if not,
 * call message_body() and message_end(), which returns the final fate.
 */
bool	message_decide(struct message *message, struct fate *fate);

/* Whether the body is needed; if not, message_body() does nothing. */
bool	message_wants_body(const struct message *message);
void	message_body(struct message *message, const void *chunk, size_t len);

/* The message is complete: make the final decision, and sign. */
void	message_end(struct message *message, struct fate *fate);

/* The author domain that the decision is about, else the first one, else "". */
const char *message_author(const struct message *message);

/* The decision: valid after message_decide(), final after message_end(). */
const struct decision *message_decision(const struct message *message);

/*
 * The results of message_end(): the signatures, in the order in which their
 * fields are to be inserted at the top, and the fields to remove.
 */
size_t	message_nsignatures(const struct message *message);
const struct message_signature *message_signature(
	    const struct message *message, size_t i);
const struct removals *message_removals(const struct message *message);

/*
 * The ceilings of which an alarm is due because of this message, a set of
 * 1u << enum ceiling, whether one of them deferred it, and whether it counts:
 * not if it was not signed after all.  After end.
 */
unsigned int message_alarms(const struct message *message);
bool	message_is_over(const struct message *message);
bool	message_is_counted(const struct message *message);

/* The MTA did not take the signed message: it does not count. */
void	message_take_back(struct message *message);

/* What the header says about the message's way; complete after decide. */
const struct traces *message_traces(const struct message *message);

/* Whether the signatures may not survive the next hops; after end. */
bool	message_is_fragile(const struct message *message);

/* The body hash; NULL if the body was not read to its end. */
const unsigned char *message_bodyhash(const struct message *message);

#endif /* MESSAGE_H */
