/* SPDX-License-Identifier: ISC */

/*
 * Whose mail is this?  Facts and configuration in, decision out.
 *
 * Each factor of a source is looked at on its own and has one outcome; the
 * first that does not hold fails the source.  Nothing is ever inferred from a
 * fact that is not there, and a field that is there twice is worth no more
 * than a wrong one, be the two alike or not: the second may be what a later
 * reader believes.
 *
 * Pure: the same facts and configuration give the same decision, nothing is
 * read or kept elsewhere, and nothing fails.
 */

#include "policy.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "dkimsig.h"
#include "network.h"
#include "salesforce_id.h"

/*
 * What a verifier and a reader may see differently: which line is the header's
 * last, which of two From fields counts (RFC 5321 section 2.3.8, RFC 5322
 * section 3.6).  Long lines and 8-bit bodies are only fragile.
 */
#define FORBIDDING_FAULTS	(DKIMSIG_FAULT_BARE_CR | \
				DKIMSIG_FAULT_BARE_LF | DKIMSIG_FAULT_NUL | \
				DKIMSIG_FAULT_REPEATED)

bool
policy_source_allows(const struct source *source, const char *domain)
{
	const char *allowed;
	size_t i;

	for (i = 0; i < source->ndomains; i++) {
		allowed = source->domains[i];
		if (strncmp(allowed, "*.", 2) == 0) {
			if (dkimsig_domain_is_below(domain, allowed + 2))
				return true;
		} else if (dkimsig_domain_equal(domain, allowed))
			return true;
	}
	return false;
}

static enum outcome
check_networks(const struct facts *facts, const struct source *source)
{
	size_t i;

	if (facts->client_family == 0)
		return OUTCOME_ABSENT;
	for (i = 0; i < source->nnetworks; i++)
		if (network_contains(&source->networks[i],
		    facts->client_family, facts->client_address))
			return OUTCOME_HOLDS;
	return OUTCOME_DIFFERS;
}

static enum outcome
check_login(const struct facts *facts, const struct source *source)
{
	size_t i;

	if (facts->login == NULL || facts->login[0] == '\0')
		return OUTCOME_ABSENT;
	for (i = 0; i < source->nlogins; i++)
		if (strcmp(source->logins[i], facts->login) == 0)
			return OUTCOME_HOLDS;
	return OUTCOME_DIFFERS;
}

static bool
value_matches(const struct header_rule *rule, const char *value)
{
	size_t i;

	for (i = 0; i < rule->nvalues; i++) {
		switch (rule->compare) {
		case HEADER_EXACT:
			if (strcmp(rule->values[i], value) == 0)
				return true;
			break;
		case HEADER_NOCASE:
			if (strcasecmp(rule->values[i], value) == 0)
				return true;
			break;
		case HEADER_SALESFORCE_ID:
			if (salesforce_id_equal(rule->values[i], value,
			    strlen(value)))
				return true;
			break;
		case HEADER_ABSENT:
			break;
		}
	}
	return false;
}

static enum outcome
check_header(const struct facts *facts, const struct header_rule *rule)
{
	const struct fact_header *found = NULL;
	size_t n = 0, i;

	for (i = 0; i < facts->nheaders; i++)
		if (strcasecmp(facts->headers[i].name, rule->name) == 0) {
			found = &facts->headers[i];
			n++;
		}
	if (rule->compare == HEADER_ABSENT)
		return n == 0 ? OUTCOME_HOLDS : OUTCOME_FORBIDDEN;
	if (n == 0)
		return rule->optional ? OUTCOME_WARNING : OUTCOME_ABSENT;
	if (n > 1)
		return OUTCOME_REPEATED;
	if (!found->is_clean)
		return OUTCOME_UNCLEAN;
	return value_matches(rule, found->value) ? OUTCOME_HOLDS :
	    OUTCOME_DIFFERS;
}

/* All header rules of a source; *tolerated is one that only nearly holds. */
static bool
check_headers(const struct facts *facts, const struct source *source,
    struct decision *decision, const struct header_rule **tolerated)
{
	size_t i;

	decision->factor = FACTOR_HEADER;
	for (i = 0; i < source->nheaders; i++) {
		decision->header = &source->headers[i];
		/* Fields that were not kept could be a second instance. */
		decision->outcome = facts->headers_overflow ?
		    OUTCOME_REPEATED : check_header(facts, decision->header);
		if (decision->outcome == OUTCOME_WARNING)
			*tolerated = decision->header;
		else if (decision->outcome != OUTCOME_HOLDS)
			return false;
	}
	return true;
}

/* Whether all factors hold; the first that does not goes into decision. */
static bool
check_source(const struct facts *facts, const struct source *source,
    struct decision *decision)
{
	const struct header_rule *tolerated = NULL;

	decision->source = source;
	decision->header = NULL;
	decision->factor = FACTOR_NETWORKS;
	decision->outcome = OUTCOME_ABSENT;
	/* A source without factors is no configuration; it proves nothing. */
	if (source->nnetworks == 0 && source->nlogins == 0 &&
	    source->nheaders == 0)
		return false;
	if (source->nnetworks > 0 && (decision->outcome =
	    check_networks(facts, source)) != OUTCOME_HOLDS)
		return false;
	decision->factor = FACTOR_LOGIN;
	if (source->nlogins > 0 && (decision->outcome =
	    check_login(facts, source)) != OUTCOME_HOLDS)
		return false;
	if (!check_headers(facts, source, decision, &tolerated))
		return false;
	decision->outcome = tolerated != NULL ? OUTCOME_WARNING :
	    OUTCOME_HOLDS;
	decision->header = tolerated;
	return true;
}

/* Verdicts are ordered as actions are: pass, tempfail, quarantine, reject. */
static enum verdict
verdict_of(enum action action)
{
	switch (action) {
	case ACTION_PASS:
		return VERDICT_PASS;
	case ACTION_TEMPFAIL:
		return VERDICT_TEMPFAIL;
	case ACTION_QUARANTINE:
		return VERDICT_QUARANTINE;
	case ACTION_REJECT:
		break;
	}
	return VERDICT_REJECT;
}

static void
decide_by_sources(const struct facts *facts, const struct config *config,
    struct decision *decision)
{
	struct decision attempt = { 0 };
	const struct source *source;
	enum verdict verdict;
	size_t i;

	for (i = 0; i < config->nsources; i++) {
		source = &config->sources[i];
		if (!policy_source_allows(source, facts->author_domain))
			continue;
		if (check_source(facts, source, &attempt)) {
			*decision = attempt;
			decision->verdict = VERDICT_SIGN;
			decision->reason = REASON_MATCH;
			return;
		}
		verdict = verdict_of(source->on_mismatch);
		if (decision->reason != REASON_MISMATCH) {
			*decision = attempt;
			decision->reason = REASON_MISMATCH;
			decision->verdict = verdict;
		} else if (verdict > decision->verdict)
			decision->verdict = verdict;
	}
}

void
policy_decide(const struct facts *facts, const struct config *config,
    struct decision *decision)
{
	memset(decision, 0, sizeof(*decision));
	decision->verdict = VERDICT_PASS;
	if (facts->author_error != 0)
		decision->reason = REASON_NO_AUTHOR;
	else {
		decision->reason = REASON_NO_SOURCE;
		decide_by_sources(facts, config, decision);
	}
	/* Last, so that a fault put in on purpose gets no forgery past its
	 * on_mismatch. */
	if (decision->verdict == VERDICT_SIGN &&
	    (facts->faults & FORBIDDING_FAULTS) != 0) {
		decision->verdict = VERDICT_PASS;
		decision->reason = REASON_FAULT;
	}
}

const char *
policy_verdict_name(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_SIGN:
		return "sign";
	case VERDICT_PASS:
		return "pass";
	case VERDICT_TEMPFAIL:
		return "tempfail";
	case VERDICT_QUARANTINE:
		return "quarantine";
	case VERDICT_REJECT:
		return "reject";
	}
	return "unknown";
}

const char *
policy_factor_name(enum factor factor)
{
	switch (factor) {
	case FACTOR_NETWORKS:
		return "networks";
	case FACTOR_LOGIN:
		return "login";
	case FACTOR_HEADER:
		return "header";
	}
	return "unknown";
}

const char *
policy_outcome_text(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_HOLDS:
		return "holds";
	case OUTCOME_ABSENT:
		return "is not there";
	case OUTCOME_DIFFERS:
		return "is another one";
	case OUTCOME_REPEATED:
		return "is there more than once";
	case OUTCOME_UNCLEAN:
		return "has octets that it never has";
	case OUTCOME_FORBIDDEN:
		return "must not be there";
	case OUTCOME_WARNING:
		return "is not there, but need not be";
	}
	return "unknown";
}

/* The name of the worst fault of those that forbid a signature. */
static const char *
fault_text(unsigned int faults)
{
	if ((faults & DKIMSIG_FAULT_REPEATED) != 0)
		return "a header field that may be there once is there twice";
	if ((faults & DKIMSIG_FAULT_NUL) != 0)
		return "a NUL octet";
	if ((faults & DKIMSIG_FAULT_BARE_CR) != 0)
		return "a CR without LF";
	return "an LF without CR";
}

void
policy_explain(const struct decision *decision, const struct facts *facts,
    char *buf, size_t bufsize)
{
	switch (decision->reason) {
	case REASON_MATCH:
		if (decision->outcome == OUTCOME_WARNING)
			snprintf(buf, bufsize, "source \"%s\", though header "
			    "%s is not there", decision->source->name,
			    decision->header->name);
		else
			snprintf(buf, bufsize, "source \"%s\"",
			    decision->source->name);
		break;
	case REASON_NO_AUTHOR:
		snprintf(buf, bufsize, "no author domain: %s",
		    dkimsig_strerror(facts->author_error));
		break;
	case REASON_FAULT:
		snprintf(buf, bufsize, "not safe to sign: %s",
		    fault_text(facts->faults));
		break;
	case REASON_NO_SOURCE:
		snprintf(buf, bufsize, "no source for this author domain");
		break;
	case REASON_MISMATCH:
		if (decision->factor == FACTOR_HEADER)
			snprintf(buf, bufsize, "source \"%s\": header %s: %s",
			    decision->source->name, decision->header->name,
			    policy_outcome_text(decision->outcome));
		else
			snprintf(buf, bufsize, "source \"%s\": %s: %s",
			    decision->source->name,
			    policy_factor_name(decision->factor),
			    policy_outcome_text(decision->outcome));
		break;
	}
}
