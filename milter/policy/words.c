/* SPDX-License-Identifier: ISC */

/*
 * Decisions in words.
 *
 * No text quotes the values that a factor expects, which may be secrets, or
 * those in the message, which any sender can choose.  All texts but that of
 * policy_explain() are static; a text that is too long for its buffer is cut
 * off.
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
	case FACTOR_AUTHORS:
		return "authors";
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

/*
 * Each outcome: its name in the log, and a text that suits any factor.  The
 * last ones occur with signatures only.
 */
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

/* What a factor says instead of the text above. */
static const char *const factor_texts[][NOUTCOMES] = {
	[FACTOR_NETWORKS] = {
		[OUTCOME_ABSENT] = "client address is unknown",
		[OUTCOME_DIFFERS] = "client address is not in the source's "
		    "networks",
	},
	[FACTOR_PTR] = {
		[OUTCOME_ABSENT] = "client has no verified host name",
		[OUTCOME_DIFFERS] = "client host name does not match the "
		    "source",
	},
	[FACTOR_HELO] = {
		[OUTCOME_ABSENT] = "client sent no HELO name",
		[OUTCOME_DIFFERS] = "HELO name does not match the source",
	},
	[FACTOR_TLS] = {
		[OUTCOME_ABSENT] = "client did not use TLS",
		[OUTCOME_DIFFERS] = "TLS version is older than the source "
		    "requires",
	},
	[FACTOR_CERT_CN] = {
		[OUTCOME_ABSENT] = "client sent no trusted certificate with "
		    "a common name",
		[OUTCOME_DIFFERS] = "common name of the client certificate "
		    "does not match the source",
	},
	[FACTOR_CERT_ISSUER] = {
		[OUTCOME_ABSENT] = "client sent no trusted certificate with "
		    "an issuer",
		[OUTCOME_DIFFERS] = "issuer of the client certificate does "
		    "not match the source",
	},
	[FACTOR_LOGIN] = {
		[OUTCOME_ABSENT] = "client did not log in",
		[OUTCOME_DIFFERS] = "login name is not one of the source's",
		[OUTCOME_FORBIDDEN] = "login belongs to another source",
	},
	[FACTOR_DAEMON] = {
		[OUTCOME_ABSENT] = "MTA did not name the service that "
		    "received the message",
		[OUTCOME_DIFFERS] = "service that received the message is "
		    "not one of the source's",
	},
	[FACTOR_ENVELOPE] = {
		[OUTCOME_ABSENT] = "envelope sender is empty",
		[OUTCOME_DIFFERS] = "envelope sender does not match the "
		    "source",
	},
	[FACTOR_AUTHORS] = {
		[OUTCOME_ABSENT] = "From has no address of the source's "
		    "domains",
		[OUTCOME_DIFFERS] = "an address in From is not one of the "
		    "source's",
		[OUTCOME_UNCLEAN] = "readers may find different addresses in "
		    "From",
	},
	[FACTOR_BOUNCE] = {
		[OUTCOME_ABSENT] = "envelope sender is not a Salesforce "
		    "bounce address",
		[OUTCOME_DIFFERS] = "bounce address does not name the "
		    "source's organization",
	},
	[FACTOR_HEADER] = {
		[OUTCOME_DIFFERS] = "value does not match the source",
	},
	[FACTOR_SECRET_HEADER] = {
		[OUTCOME_DIFFERS] = "value is not the source's secret",
	},
	[FACTOR_SPF] = {
		[OUTCOME_TEMPFAIL] = "SPF record cannot be looked up now",
		[OUTCOME_ABSENT] = "client address is unknown",
		[OUTCOME_DIFFERS] = "client address is not in the source's "
		    "SPF records",
	},
	[FACTOR_DKIM] = {
		[OUTCOME_TEMPFAIL] = "public key cannot be looked up now",
		[OUTCOME_NO_SIGNER] = "signature cannot be compared with our "
		    "own keys now",
		[OUTCOME_ABSENT] = "no signature has a domain and selector "
		    "that the source accepts",
	},
};

#define NFACTORS	(sizeof(factor_texts) / sizeof(factor_texts[0]))

const char *
policy_outcome_text(enum factor factor, enum outcome outcome)
{
	if ((size_t)outcome >= NOUTCOMES)
		return "unknown";
	if ((size_t)factor < NFACTORS &&
	    factor_texts[factor][outcome] != NULL)
		return factor_texts[factor][outcome];
	return outcomes[outcome].text;
}

const char *
policy_outcome_name(enum outcome outcome)
{
	return (size_t)outcome < NOUTCOMES ? outcomes[outcome].name :
	    "unknown";
}

/* The worst fault that forbids a signature. */
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

/* Why a lookup failed: the resolver's text, or "". */
static const char *
dns_error(const struct facts *facts, const struct source *source,
    const struct factor_result *result)
{
	const struct fact_spf *spf;
	const char *text;
	size_t i;

	if (result->outcome != OUTCOME_TEMPFAIL)
		return "";
	if (result->factor == FACTOR_DKIM) {
		text = facts->signatures[result->signature].dns_error;
		return text != NULL ? text : "";
	}
	for (i = 0; i < source->spf.n; i++) {
		spf = facts_spf(facts, source->spf.texts[i]);
		if (spf != NULL && spf->covers == FACT_TEMPFAIL)
			return spf->text;
	}
	return "";
}

static void
explain_result(const struct decision *decision, const struct facts *facts,
    size_t i, char *buf, size_t bufsize)
{
	const struct factor_result *result = &decision->results[i];
	const char *error = dns_error(facts, decision->source, result);

	(void)snprintf(buf, bufsize, "source \"%s\": %s%s%s: %s%s%s",
	    decision->source->name, policy_factor_name(result->factor),
	    result->name != NULL ? " " : "",
	    result->name != NULL ? result->name : "",
	    policy_outcome_text(result->factor, result->outcome),
	    error[0] != '\0' ? ": " : "", error);
}

static void
explain_match(const struct decision *decision, char *buf, size_t bufsize)
{
	size_t i;

	for (i = 0; i < decision->nresults; i++)
		if (decision->results[i].outcome == OUTCOME_WARNING) {
			(void)snprintf(buf, bufsize,
			    "source \"%s\", although header %s is missing",
			    decision->source->name, decision->results[i].name);
			return;
		}
	(void)snprintf(buf, bufsize, "source \"%s\"", decision->source->name);
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
		(void)snprintf(buf, bufsize, "no author: %s",
		    facts->nfrom == 0 ? "no From field" :
		    "no address in From");
		break;
	case REASON_FAULT:
		(void)snprintf(buf, bufsize, "not safe to sign: %s",
		    fault_text(facts));
		break;
	case REASON_NO_SOURCE:
		(void)snprintf(buf, bufsize,
		    "no source for this author domain");
		break;
	case REASON_UNCERTAIN:
		(void)snprintf(buf, bufsize, "source \"%s\": claimed, but %s",
		    decision->source->name, doubt_text(facts));
		break;
	case REASON_ALIGNED:
		(void)snprintf(buf, bufsize,
		    "source \"%s\": no source names the author domain, "
		    "but the message would pass DMARC by our SPF record",
		    decision->source->name);
		break;
	case REASON_UNCLEAR:
		(void)snprintf(buf, bufsize,
		    "source \"%s\": unclear author: %s",
		    decision->source->name, doubt_text(facts));
		break;
	case REASON_MISMATCH:
	case REASON_UNKNOWN:
		if (decision->failed < decision->nresults)
			explain_result(decision, facts, decision->failed, buf,
			    bufsize);
		else
			(void)snprintf(buf, bufsize,
			    "source \"%s\" has no factor",
			    decision->source->name);
		break;
	}
}
