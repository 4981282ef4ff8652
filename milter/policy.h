/* SPDX-License-Identifier: ISC */

/*
 * Whose mail is this?  A pure function: facts and configuration in, decision
 * out.  No I/O, no clock, no state.
 *
 * The author domain picks the candidates: the sources whose domains allow
 * it.  None: nobody's source, the message passes unsigned.  Candidates are
 * tried in order; the first of which all factors hold signs.  If none does,
 * the domain was claimed without proof, and the strictest on_mismatch of the
 * candidates (reject, quarantine, tempfail, pass) is what the message gets.
 *
 * A message without an author domain passes unsigned with the reason: it
 * claims no domain that a verifier would align.  So does one that a source
 * would sign, but that has a fault that forbids a signature.
 */

#ifndef POLICY_H
#define POLICY_H

#include <stddef.h>

#include "config.h"
#include "facts.h"

enum verdict {
	VERDICT_SIGN,
	VERDICT_PASS,		/* unsigned, unchanged */
	VERDICT_TEMPFAIL,
	VERDICT_QUARANTINE,
	VERDICT_REJECT
};

enum policy_reason {
	REASON_MATCH,		/* all factors of the source hold */
	REASON_NO_AUTHOR,	/* facts->author_error says why */
	REASON_FAULT,		/* facts->faults forbid a signature */
	REASON_NO_SOURCE,	/* no source allows the author domain */
	REASON_MISMATCH		/* sources do, but a factor fails in each */
};

/* One factor of a source, and how it came out. */
enum factor {
	FACTOR_NETWORKS,
	FACTOR_LOGIN,
	FACTOR_HEADER
};

enum outcome {
	OUTCOME_HOLDS,
	OUTCOME_ABSENT,		/* no login, no such field, no client address */
	OUTCOME_DIFFERS,	/* another value than the source names */
	OUTCOME_REPEATED,	/* a field that must be there once, twice */
	OUTCOME_UNCLEAN,	/* octets that no such value has */
	OUTCOME_FORBIDDEN,	/* a field that must not be there */
	OUTCOME_WARNING		/* optional and absent: holds, worth a note */
};

struct decision {
	enum verdict	 verdict;
	enum policy_reason	reason;
	const struct source	*source;	/* that signs, or was failed first */
	/*
	 * With REASON_MISMATCH: the first factor of source that failed.
	 * With REASON_MATCH: OUTCOME_HOLDS, or OUTCOME_WARNING and the header
	 * that is not there but should be.
	 */
	enum factor	 factor;
	enum outcome	 outcome;
	const struct header_rule *header;	/* with FACTOR_HEADER */
};

/* The candidates live in config; the decision is valid as long as it. */
void	policy_decide(const struct facts *facts, const struct config *config,
	    struct decision *decision);

/* Whether the domains of a source allow a normalized domain. */
bool	policy_source_allows(const struct source *source, const char *domain);

const char *policy_verdict_name(enum verdict verdict);
const char *policy_factor_name(enum factor factor);
const char *policy_outcome_text(enum outcome outcome);

/*
 * One line for the log and for the reply, without the values expected or
 * found: "source \"salesforce\": header X-SFDC-LK: is there twice".
 */
void	policy_explain(const struct decision *decision,
	    const struct facts *facts, char *buf, size_t bufsize);

#endif /* POLICY_H */
