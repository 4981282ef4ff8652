/* SPDX-License-Identifier: ISC */

/*
 * Room milter/policy: facts about a message in, the decision out.
 *
 * Whose mail is this?  A pure function of facts and configuration: no I/O, no
 * clock, no state.
 *
 * If the author domain is certain, the candidates are the sources whose
 * domains allow it.  They are tried in order; the first one whose factors all
 * hold signs.  If none does, the domain was claimed without proof, and the
 * message gets the strictest on_mismatch of the candidates (reject,
 * quarantine, tempfail, pass).  If a candidate could not be judged because DNS
 * did not answer, the message is tempfailed instead.
 *
 * A message with several author domains, or with an uncertain one, is never
 * signed.  If one of these domains belongs to a source, the on_mismatch of
 * that source applies; if there are more authors than are read, that of every
 * source.  It also applies to a domain that no source allows, if the message
 * would pass DMARC by our SPF record.  If the author is unclear and no source
 * is concerned, on_unclear_author of the sources applies by whose route the
 * message came; see claim.c.  Everything else passes unsigned, with the
 * reason.
 *
 * Facts that cost time are only asked for if the decision depends on them.
 * The action is then ACTION_UNDECIDED and the decision names a question; the
 * caller adds the answer to the facts and calls again.  This ends, because
 * facts that are known do not change.
 *
 * A source with mode = observe changes no decision.  If no other source is
 * concerned, its outcome is reported, marked as observed.
 *
 * A message without an address in From passes unsigned: it claims no domain
 * that a verifier would align.  If a source would sign a message whose faults
 * forbid a signature, the source's on_fault applies.
 */

#ifndef POLICY_H
#define POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "config/action.h"
#include "config/config.h"
#include "policy/asked.h"
#include "policy/facts.h"

enum policy_reason {
	REASON_MATCH,		/* all factors of the source hold */
	REASON_NO_AUTHOR,	/* no reader finds a domain in From */
	REASON_FAULT,		/* proven, but not safe to sign */
	REASON_NO_SOURCE,	/* no source is concerned */
	REASON_MISMATCH,	/* in each candidate, a factor fails */
	REASON_UNKNOWN,		/* ... or cannot be judged now */
	REASON_UNCERTAIN,	/* a source's domain is not the only author */
	REASON_ALIGNED,		/* would pass DMARC by our SPF record */
	REASON_UNCLEAR		/* unclear author, by a source's route */
};

/* The kinds of factor, in the order in which they are judged. */
enum factor {
	FACTOR_NETWORKS,
	FACTOR_PTR,
	FACTOR_HELO,
	FACTOR_TLS,
	FACTOR_CERT_CN,
	FACTOR_CERT_ISSUER,
	FACTOR_LOGIN,
	FACTOR_DAEMON,
	FACTOR_ENVELOPE,
	FACTOR_AUTHORS,
	FACTOR_BOUNCE,
	FACTOR_HEADER,
	FACTOR_SECRET_HEADER,
	FACTOR_SPF,
	FACTOR_DKIM
};

enum outcome {
	OUTCOME_HOLDS,
	OUTCOME_WARNING,	/* optional and absent: holds, with a note */
	OUTCOME_UNKNOWN,	/* not asked for yet */
	OUTCOME_TEMPFAIL,	/* DNS does not answer now */
	OUTCOME_NO_SIGNER,	/* the signers do not answer now */
	OUTCOME_ABSENT,		/* no login, no such field, no client address */
	OUTCOME_DIFFERS,	/* not a value that the source names */
	OUTCOME_REPEATED,	/* a field that may appear once appears twice */
	OUTCOME_UNCLEAN,	/* characters that the value cannot contain */
	OUTCOME_FORBIDDEN,	/* a field, or login, that must not be there */
	/* For signatures only, in the order in which they are checked. */
	OUTCOME_INVALID,	/* does not verify */
	OUTCOME_OWN,		/* made with a key that is or was ours */
	OUTCOME_TOO_OLD,	/* older than max_age, or undated */
	OUTCOME_INCOMPLETE,	/* does not cover a required field */
	OUTCOME_REPLAYED	/* already used max_uses times */
};

/* Most factors of one source. */
#define POLICY_MAX_FACTORS	(FACTOR_DKIM + 1 + CONFIG_MAX_HEADER_RULES + \
				CONFIG_MAX_SECRET_RULES + CONFIG_MAX_DKIM_RULES)

/* One factor of a source, and its outcome. */
struct factor_result {
	enum factor	 factor;
	enum outcome	 outcome;
	/* The field of a header or secret_header rule, or the field that a
	 * signature does not cover; else NULL. */
	const char	*name;
	/* FACTOR_DKIM: the rule, and if it holds, which signature. */
	const struct dkim_rule *dkim;
	size_t		 signature;
};

enum question {
	QUESTION_NONE,
	QUESTION_SPF,		/* call facts_set_spf() for spf_domain */
	QUESTION_DKIM		/* set facts.signatures and dkim_known */
};

struct decision {
	enum action	 action;
	enum policy_reason	reason;
	const struct source	*source;	/* signs, or failed first */
	const char	*author;	/* the domain concerned; or NULL */
	bool		 observed;	/* the source only observes */
	bool		 by_way;	/* REASON_UNKNOWN: about the route */

	/*
	 * Every factor of source, in order, and the index of the first one
	 * that failed.  Empty if the source could not prove anything.
	 */
	struct factor_result	results[POLICY_MAX_FACTORS];
	size_t		 nresults;
	size_t		 failed;	/* nresults: none failed */

	/* With ACTION_UNDECIDED. */
	enum question	 question;
	const char	*spf_domain;
};

/*
 * Decide about a message.
 *
 * The pointers in decision point into facts and config and are valid as long
 * as these are.
 */
void	policy_decide(const struct facts *facts, const struct config *config,
	    struct decision *decision);

/*
 * Judge each factor of one source, also those behind one that fails; for
 * explanations.  results has room for POLICY_MAX_FACTORS.  Returns the number
 * of results.
 */
size_t	policy_examine(const struct facts *facts, const struct source *source,
	    struct factor_result *results);

/*
 * Whether the message is known to have come by the route of a source: all
 * factors hold that do not depend on the message itself, and at least one of
 * them is login, daemon, networks, spf, ptr or cert_cn.
 */
bool	policy_came_by(const struct facts *facts, const struct source *source);

/* The first address that the authors of a source refuse; NULL if they refuse
 * none that is certain. */
const struct fact_address *policy_refused_address(const struct facts *facts,
	    const struct source *source);

/* Whether a factor with this outcome holds. */
bool	policy_outcome_is_good(enum outcome outcome);

/* Whether a later try may give another outcome. */
bool	policy_outcome_is_late(enum outcome outcome);

/*
 * Whether a rule of a source that allows an author domain could accept a
 * signature with this d= and s=: other signatures are not worth a lookup.
 */
enum asked policy_asks_signature(const struct facts *facts,
	    const struct config *config, const char *sdid,
	    const char *selector);

/* The name of the factor's option ("cert_cn"). */
const char *policy_factor_name(enum factor factor);

/* What follows that name and a colon ("client did not log in"). */
const char *policy_outcome_text(enum factor factor, enum outcome outcome);

/* One word for the log ("repeated"). */
const char *policy_outcome_name(enum outcome outcome);

/*
 * One line for the log, without the values expected or found:
 * "source \"salesforce\": header X-SFDC-LK: appears more than once".
 */
void	policy_explain(const struct decision *decision,
	    const struct facts *facts, char *buf, size_t bufsize);

#endif /* POLICY_H */
