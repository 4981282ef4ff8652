/* SPDX-License-Identifier: ISC */

/*
 * Room milter/policy: facts about a message in, the decision out.
 *
 * Whose mail is this?  A pure function: facts and configuration in, decision
 * out.  No I/O, no clock, no state.
 *
 * A message that is surely from one domain can be proven: the candidates are
 * the sources whose domains allow it.  They are tried in order; the first of
 * which all factors hold signs.  If none does, the domain was claimed without
 * proof, and the strictest on_mismatch of the candidates (reject, quarantine,
 * tempfail, pass) is what the message gets; but if DNS kept one from being
 * judged, the message is tempfailed.
 *
 * What cannot be proven is never signed.  If one of several authors' domains,
 * or of those that are not certain, is one of a source, its on_mismatch
 * counts, and that of all sources if there are more than can be read; and so
 * it does for a domain that no source allows, if the message
 * would pass DMARC by our SPF record.  Authors that are not certain, and of
 * nobody here, get on_unclear_author of the sources by whose way they came.
 * See claim.c.  All else passes unsigned, with the reason.
 *
 * Facts that cost something are asked for only when the decision hangs on
 * them: then it is ACTION_UNDECIDED and names a question, and once the answer
 * is in the facts the function is called again.  Facts only become known,
 * never other, so this ends.
 *
 * A source with mode = observe changes nothing: the decision is the one
 * without it, except that where no other source is concerned, its outcome is
 * reported, marked as observed.
 *
 * A message without an address in From passes unsigned: it claims no domain
 * that a verifier would align.  One that a source would sign, but that has a
 * fault that forbids a signature, gets its on_fault.
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
	REASON_NO_AUTHOR,	/* nobody reads a domain in From */
	REASON_FAULT,		/* proven, but not safe to sign */
	REASON_NO_SOURCE,	/* no source is concerned */
	REASON_MISMATCH,	/* sources are, but a factor fails in each */
	REASON_UNKNOWN,		/* ... or cannot be judged now */
	REASON_UNCERTAIN,	/* a source's domain is not the only author */
	REASON_ALIGNED,		/* would pass DMARC by our SPF record */
	REASON_UNCLEAR		/* authors not certain, by a source's way */
};

/* The kinds of factor, in the order in which they are looked at. */
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
	FACTOR_BOUNCE,
	FACTOR_HEADER,
	FACTOR_SECRET_HEADER,
	FACTOR_SPF,
	FACTOR_DKIM
};

enum outcome {
	OUTCOME_HOLDS,
	OUTCOME_WARNING,	/* optional and absent: holds, worth a note */
	OUTCOME_UNKNOWN,	/* must be asked for */
	OUTCOME_TEMPFAIL,	/* DNS does not tell now */
	OUTCOME_NO_SIGNER,	/* nor do the signers */
	OUTCOME_ABSENT,		/* no login, no such field, no client address */
	OUTCOME_DIFFERS,	/* another value than the source names */
	OUTCOME_REPEATED,	/* a field that must be there once, twice */
	OUTCOME_UNCLEAN,	/* octets that no such value has */
	OUTCOME_FORBIDDEN,	/* a field that must not be there */
	/* Of a signature, in the order in which it is looked at. */
	OUTCOME_INVALID,	/* does not verify */
	OUTCOME_OWN,		/* by a key that is or was ours */
	OUTCOME_TOO_OLD,	/* over its max_age, or undated */
	OUTCOME_INCOMPLETE,	/* leaves fields out */
	OUTCOME_REPLAYED	/* was used up before */
};

/* The most factors that one source has. */
#define POLICY_MAX_FACTORS	(FACTOR_DKIM + 1 + CONFIG_MAX_HEADER_RULES + \
				CONFIG_MAX_SECRET_RULES + CONFIG_MAX_DKIM_RULES)

/* One factor of a source, and how it came out. */
struct factor_result {
	enum factor	 factor;
	enum outcome	 outcome;
	/* The field of a header or secret header rule, or the one that a
	 * signature leaves out; else NULL. */
	const char	*name;
	/* FACTOR_DKIM that holds: which rule, and which of the signatures. */
	const struct dkim_rule *dkim;
	size_t		 signature;
};

enum question {
	QUESTION_NONE,
	QUESTION_SPF,		/* facts_set_spf() about spf_domain */
	QUESTION_DKIM		/* facts.signatures and dkim_known */
};

struct decision {
	enum action	 action;
	enum policy_reason	reason;
	const struct source	*source;	/* that signs, or was failed first */
	const char	*author;	/* whose domain it is about; or NULL */
	bool		 observed;	/* of a source that only observes */
	bool		 by_way;	/* REASON_UNKNOWN: of the way */

	/*
	 * Every factor of source, in order; where in it the first failed.
	 * None where the source could not prove anything.
	 */
	struct factor_result	results[POLICY_MAX_FACTORS];
	size_t		 nresults;
	size_t		 failed;	/* nresults: none */

	/* With ACTION_UNDECIDED. */
	enum question	 question;
	const char	*spf_domain;
};

/*
 * Pointers of the decision are into facts and config, and as good as long as
 * these.
 */
void	policy_decide(const struct facts *facts, const struct config *config,
	    struct decision *decision);

/*
 * Each factor of one source, whatever the others say; for explanations.
 * results has room for POLICY_MAX_FACTORS; their number is returned.
 */
size_t	policy_examine(const struct facts *facts, const struct source *source,
	    struct factor_result *results);

/*
 * Whether the message is known to have come by the way of a source: all
 * factors of it hold that the message itself does not tell, and one of login,
 * daemon, networks, spf, ptr and cert_cn is among them.
 */
bool	policy_came_by(const struct facts *facts, const struct source *source);

/* Whether the outcome lets a source hold. */
bool	policy_outcome_is_good(enum outcome outcome);

/* Whether it may come out otherwise later. */
bool	policy_outcome_is_late(enum outcome outcome);

/*
 * Whether a rule of some source that allows a domain of the authors could
 * accept a signature of that d= and s=: others are not worth a lookup.
 */
enum asked policy_asks_signature(const struct facts *facts,
	    const struct config *config, const char *sdid,
	    const char *selector);

/* Whether the domains of a source allow a normalized domain. */
bool	policy_source_allows(const struct source *source, const char *domain);

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
