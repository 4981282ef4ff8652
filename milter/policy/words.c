/* SPDX-License-Identifier: ISC */

/*
 * Decisions in words.  Neither the values that a factor expects nor those
 * that it found are ever named: the first may be secrets, the second are
 * whatever a sender wrote.
 */

#include "policy/policy.h"

#include <stdio.h>

#include "dkimsig/dkimsig.h"

const char *
policy_factor_name(enum factor factor)
{
	switch (factor) {
	case FACTOR_NETWORKS:
		return "networks";
	case FACTOR_PTR:
		return "ptr";
	case FACTOR_HELO:
		return "helo";
	case FACTOR_TLS:
		return "tls";
	case FACTOR_CERT_CN:
		return "cert_cn";
	case FACTOR_CERT_ISSUER:
		return "cert_issuer";
	case FACTOR_LOGIN:
		return "login";
	case FACTOR_DAEMON:
		return "daemon";
	case FACTOR_ENVELOPE:
		return "envelope";
	case FACTOR_BOUNCE:
		return "salesforce_bounce";
	case FACTOR_HEADER:
		return "header";
	case FACTOR_SECRET_HEADER:
		return "secret_header";
	case FACTOR_SPF:
		return "spf";
	case FACTOR_DKIM:
		return "dkim";
	}
	return "unknown";
}

static const struct {
	const char	*name, *text;
} outcomes[] = {
	[OUTCOME_HOLDS]		= { "holds",	"holds" },
	[OUTCOME_WARNING]	= { "absent-optional",
	    "is missing, but optional" },
	[OUTCOME_UNKNOWN]	= { "unknown",	"was not checked" },
	[OUTCOME_TEMPFAIL]	= { "tempfail",	"cannot be looked up now" },
	[OUTCOME_NO_SIGNER]	= { "no-signer", "cannot be compared with our "
	    "keys now" },
	[OUTCOME_ABSENT]	= { "absent",	"is missing" },
	[OUTCOME_DIFFERS]	= { "differs",	"does not match the source" },
	[OUTCOME_REPEATED]	= { "repeated",	"appears more than once" },
	[OUTCOME_UNCLEAN]	= { "bad-characters", "contains characters "
	    "that it cannot contain" },
	[OUTCOME_FORBIDDEN]	= { "forbidden", "must not be present" },
	[OUTCOME_INVALID]	= { "invalid",	"no signature verifies" },
	[OUTCOME_OWN]		= { "own-key",	"the signature was made with "
	    "one of our own keys" },
	[OUTCOME_TOO_OLD]	= { "too-old",	"the signature has no time, or "
	    "one too far from now" },
	[OUTCOME_INCOMPLETE]	= { "incomplete", "is not covered by the "
	    "signature" },
	[OUTCOME_REPLAYED]	= { "replayed",	"the signature was used "
	    "before" },
};

#define NOUTCOMES	(sizeof(outcomes) / sizeof(outcomes[0]))

const char *
policy_outcome_text(enum outcome outcome)
{
	return (size_t)outcome < NOUTCOMES ? outcomes[outcome].text :
	    "unknown";
}

const char *
policy_outcome_name(enum outcome outcome)
{
	return (size_t)outcome < NOUTCOMES ? outcomes[outcome].name :
	    "unknown";
}

/* The name of the worst fault of those that forbid a signature. */
static const char *
fault_text(const struct facts *facts)
{
	const unsigned int faults = facts->faults;

	if (facts->malformed)
		return "a malformed header field";
	if (facts->nfrom > 1)
		return "more than one From field";
	if ((faults & DKIMSIG_FAULT_REPEATED) != 0)
		return "a header field that may appear once appears twice";
	if ((faults & DKIMSIG_FAULT_NUL) != 0)
		return "a NUL octet";
	if ((faults & DKIMSIG_FAULT_CONTROL) != 0)
		return "a control character in the header";
	if ((faults & DKIMSIG_FAULT_BARE_CR) != 0)
		return "a CR without LF";
	return "an LF without CR";
}

/* Why the author is not certain. */
static const char *
doubt_text(const struct facts *facts)
{
	if (facts->overflow)
		return "From has more addresses than are read";
	if (facts->nauthors > 1)
		return "From names several domains";
	return "From has an address whose domain is not certain";
}

static void
explain_result(const struct decision *decision, size_t i, char *buf,
    size_t bufsize)
{
	const struct factor_result *result = &decision->results[i];

	snprintf(buf, bufsize, "source \"%s\": %s%s%s: %s",
	    decision->source->name, policy_factor_name(result->factor),
	    result->name != NULL ? " " : "",
	    result->name != NULL ? result->name : "",
	    policy_outcome_text(result->outcome));
}

static void
explain_match(const struct decision *decision, char *buf, size_t bufsize)
{
	size_t i;

	for (i = 0; i < decision->nresults; i++)
		if (decision->results[i].outcome == OUTCOME_WARNING) {
			snprintf(buf, bufsize, "source \"%s\", although header "
			    "%s is missing", decision->source->name,
			    decision->results[i].name);
			return;
		}
	snprintf(buf, bufsize, "source \"%s\"", decision->source->name);
}

void
policy_explain(const struct decision *decision, const struct facts *facts,
    char *buf, size_t bufsize)
{
	switch (decision->reason) {
	case REASON_MATCH:
		explain_match(decision, buf, bufsize);
		break;
	case REASON_NO_AUTHOR:
		snprintf(buf, bufsize, "no author: %s", facts->nfrom == 0 ?
		    "no From field" : "no address in From");
		break;
	case REASON_FAULT:
		snprintf(buf, bufsize, "not safe to sign: %s",
		    fault_text(facts));
		break;
	case REASON_NO_SOURCE:
		snprintf(buf, bufsize, "no source for this author domain");
		break;
	case REASON_UNCERTAIN:
		snprintf(buf, bufsize, "source \"%s\": claimed, but %s",
		    decision->source->name, doubt_text(facts));
		break;
	case REASON_ALIGNED:
		snprintf(buf, bufsize, "source \"%s\": no source names the "
		    "author domain, but the message would pass DMARC by our "
		    "SPF record",
		    decision->source->name);
		break;
	case REASON_UNCLEAR:
		snprintf(buf, bufsize, "source \"%s\": unclear author: %s",
		    decision->source->name, doubt_text(facts));
		break;
	case REASON_MISMATCH:
	case REASON_UNKNOWN:
		if (decision->failed < decision->nresults)
			explain_result(decision, decision->failed, buf,
			    bufsize);
		else
			snprintf(buf, bufsize, "source \"%s\" has no factor",
			    decision->source->name);
		break;
	}
}
