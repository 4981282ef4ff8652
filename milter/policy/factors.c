/* SPDX-License-Identifier: ISC */

/*
 * The factors: see factors.h.
 *
 * A fact that is missing proves nothing.  A field that appears twice is as bad
 * as a wrong one, even if both values are equal: a later reader may believe
 * the second.
 */

#include "policy/factors.h"

#include <string.h>
#include <strings.h>

#include "config/address_pattern.h"
#include "config/login.h"
#include "config/network.h"
#include "config/pattern.h"
#include "config/relation.h"
#include "config/salesforce_id.h"
#include "policy/salesforce_bounce.h"
#include "text/text.h"

enum outcome
factor_networks(const struct facts *facts, const struct source *source)
{
	bool is_in = false, is_asked = false;
	size_t i;

	if (facts->client_family == 0)
		return OUTCOME_ABSENT;
	for (i = 0; i < source->nnetworks; i++) {
		if (!source->networks[i].excluded)
			is_asked = true;
		if (!network_contains(&source->networks[i],
		    facts->client_family, facts->client_address))
			continue;
		if (source->networks[i].excluded)
			return OUTCOME_DIFFERS;
		is_in = true;
	}
	return is_in || !is_asked ? OUTCOME_HOLDS : OUTCOME_DIFFERS;
}

enum outcome
factor_domain(const char *fact, const struct text_list *list)
{
	size_t i;

	if (fact == NULL || fact[0] == '\0')
		return OUTCOME_ABSENT;
	for (i = 0; i < list->n; i++)
		if (pattern_domain_matches(list->texts[i], fact))
			return OUTCOME_HOLDS;
	return OUTCOME_DIFFERS;
}

enum outcome
factor_text(const char *fact, const struct text_list *list)
{
	size_t i;

	if (fact == NULL || fact[0] == '\0')
		return OUTCOME_ABSENT;
	for (i = 0; i < list->n; i++)
		if (pattern_text_matches(list->texts[i], fact,
		    strlen(fact)))
			return OUTCOME_HOLDS;
	return OUTCOME_DIFFERS;
}

enum outcome
factor_tls(const struct facts *facts, const struct source *source)
{
	if (facts->tls == TLS_NONE)
		return OUTCOME_ABSENT;
	return facts->tls >= source->tls ? OUTCOME_HOLDS : OUTCOME_DIFFERS;
}

enum outcome
factor_login(const struct facts *facts, const struct source *source)
{
	if (facts->login == NULL || facts->login[0] == '\0')
		return OUTCOME_ABSENT;
	/* A platform's login is not one of our own people. */
	if (source->any_login)
		return login_is_named(&source->platform_logins,
		    facts->login) ? OUTCOME_FORBIDDEN : OUTCOME_HOLDS;
	return text_list_has(&source->login, facts->login) ? OUTCOME_HOLDS :
	    OUTCOME_DIFFERS;
}

enum outcome
factor_daemon(const struct facts *facts, const struct source *source)
{
	const char *name = facts->daemon_name, *port = facts->daemon_port;
	const char *text;
	size_t i;

	if ((name == NULL || name[0] == '\0') &&
	    (port == NULL || port[0] == '\0'))
		return OUTCOME_ABSENT;
	for (i = 0; i < source->daemon.n; i++) {
		text = source->daemon.texts[i];
		/* A number is a port; any other text is a service name. */
		if (text[strspn(text, "0123456789")] == '\0') {
			if (port != NULL && strcmp(text, port) == 0)
				return OUTCOME_HOLDS;
		} else if (name != NULL && strcmp(text, name) == 0)
			return OUTCOME_HOLDS;
	}
	return OUTCOME_DIFFERS;
}

enum outcome
factor_envelope(const struct facts *facts, const struct source *source)
{
	if (facts->envelope == NULL)
		return OUTCOME_ABSENT;
	if (facts->envelope[0] == '\0')
		return text_list_has(&source->envelope, "<>") ? OUTCOME_HOLDS :
		    OUTCOME_ABSENT;
	return factor_text(facts->envelope, &source->envelope);
}

const struct fact_address *
factor_refused_author(const struct facts *facts, const struct source *source)
{
	const struct fact_address *address;
	size_t i;

	for (i = 0; i < facts->naddresses; i++) {
		address = &facts->addresses[i];
		if (address->local != NULL &&
		    source_allows(source, address->domain) &&
		    !address_pattern_list_allows(&source->authors,
		    address->local, address->domain))
			return address;
	}
	return NULL;
}

enum outcome
factor_authors(const struct facts *facts, const struct source *source)
{
	bool is_any = false;
	size_t i;

	if (factor_refused_author(facts, source) != NULL)
		return OUTCOME_DIFFERS;
	if (facts->more_addresses)
		return OUTCOME_UNCLEAN;
	for (i = 0; i < facts->naddresses; i++) {
		if (!source_allows(source, facts->addresses[i].domain))
			continue;
		if (facts->addresses[i].local == NULL)
			return OUTCOME_UNCLEAN;
		is_any = true;
	}
	return is_any ? OUTCOME_HOLDS : OUTCOME_ABSENT;
}

enum outcome
factor_bounce(const struct facts *facts, const struct source *source)
{
	size_t i;

	if (facts->envelope == NULL || !salesforce_bounce_is(facts->envelope))
		return source->bounce == BOUNCE_REQUIRED ? OUTCOME_ABSENT :
		    OUTCOME_HOLDS;
	for (i = 0; i < source->bounce_ids.n; i++)
		if (salesforce_bounce_names(facts->envelope,
		    source->bounce_ids.texts[i]))
			return OUTCOME_HOLDS;
	return OUTCOME_DIFFERS;
}

/* Count the fields of a name; *found is the last one. */
static size_t
find_header(const struct facts *facts, const char *name,
    const struct fact_header **found)
{
	size_t n = 0, i;

	*found = NULL;
	/* One of the fields that were not kept may have this name too. */
	if (facts->headers_overflow)
		return 2;
	for (i = 0; i < facts->nheaders; i++)
		if (strcasecmp(facts->headers[i].name, name) == 0) {
			*found = &facts->headers[i];
			n++;
		}
	return n;
}

static bool
value_matches(const struct header_rule *rule, const char *value)
{
	const char *text;
	size_t i;

	for (i = 0; i < rule->values.n; i++) {
		text = rule->values.texts[i];
		switch (rule->compare) {
		case HEADER_EXACT:
			if (strcmp(text, value) == 0)
				return true;
			break;
		case HEADER_NOCASE:
			if (strcasecmp(text, value) == 0)
				return true;
			break;
		case HEADER_SALESFORCE_ID:
			if (salesforce_id_equal(text, value, strlen(value)))
				return true;
			break;
		case HEADER_ABSENT:
			break;
		}
	}
	return false;
}

enum outcome
factor_header(const struct facts *facts, const struct header_rule *rule)
{
	const struct fact_header *found;
	size_t n = find_header(facts, rule->name, &found);

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

/*
 * Constant time: the time depends only on the length of found, not on the
 * secret or on where the two differ.
 */
static bool
secret_equals(const char *secret, const char *found)
{
	size_t secretlen = strlen(secret), len = strlen(found), i;
	volatile unsigned char difference = secretlen != len;

	for (i = 0; i < len; i++)
		difference |= (unsigned char)(found[i] ^
		    secret[secretlen == 0 ? 0 : i % secretlen]);
	return difference == 0;
}

enum outcome
factor_secret(const struct facts *facts, const struct secret_rule *rule)
{
	const struct fact_header *found;
	size_t n = find_header(facts, rule->name, &found), i;
	bool is_equal = false;

	if (n != 1)
		return n == 0 ? OUTCOME_ABSENT : OUTCOME_REPEATED;
	if (!found->is_clean)
		return OUTCOME_UNCLEAN;
	for (i = 0; i < rule->values.n; i++)
		is_equal |= secret_equals(rule->values.texts[i], found->value);
	return is_equal ? OUTCOME_HOLDS : OUTCOME_DIFFERS;
}

enum outcome
factor_spf(const struct facts *facts, const struct source *source)
{
	const struct fact_spf *fact;
	bool is_unknown = false, is_late = false;
	size_t i;

	if (facts->client_family == 0)
		return OUTCOME_ABSENT;
	for (i = 0; i < source->spf.n; i++) {
		fact = facts_spf(facts, source->spf.texts[i]);
		if (fact == NULL || fact->covers == FACT_UNKNOWN)
			is_unknown = true;
		else if (fact->covers == FACT_YES)
			return OUTCOME_HOLDS;
		else if (fact->covers == FACT_TEMPFAIL)
			is_late = true;
	}
	if (is_unknown)
		return OUTCOME_UNKNOWN;
	return is_late ? OUTCOME_TEMPFAIL : OUTCOME_DIFFERS;
}

/*
 * Find a field that the signature does not cover although it must: the rule
 * names it, or the message has it and we would sign it.  NULL: none.
 */
static const char *
find_uncovered(const struct dkim_rule *rule,
    const struct fact_signature *signature)
{
	size_t i;

	for (i = 0; i < rule->fields.n; i++)
		if (!text_is_listed(signature->fields, signature->nfields,
		    rule->fields.texts[i]))
			return rule->fields.texts[i];
	for (i = 0; i < signature->nleft_out; i++)
		if (text_is_listed(rule->must_cover.texts, rule->must_cover.n,
		    signature->left_out[i]))
			return signature->left_out[i];
	return NULL;
}

static bool
is_named(const char *name, const struct text_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (pattern_is_name(list->texts[i]) &&
		    pattern_domain_matches(list->texts[i], name))
			return true;
	return false;
}

enum asked
factor_dkim_asks(const struct dkim_rule *rule, const char *sdid,
    const char *selector)
{
	if (factor_domain(sdid, &rule->sdids) != OUTCOME_HOLDS ||
	    (rule->selectors.n > 0 && factor_domain(selector,
	    &rule->selectors) != OUTCOME_HOLDS))
		return ASKED_BY_NOBODY;
	return is_named(sdid, &rule->sdids) && is_named(selector,
	    &rule->selectors) ? ASKED_BY_NAME : ASKED_BY_PATTERN;
}

static enum outcome
judge_signature(const struct facts *facts, const struct dkim_rule *rule,
    const struct fact_signature *signature)
{
	if (factor_dkim_asks(rule, signature->sdid, signature->selector) ==
	    ASKED_BY_NOBODY)
		return OUTCOME_ABSENT;
	if (signature->valid == FACT_TEMPFAIL)
		return OUTCOME_TEMPFAIL;
	if (signature->valid != FACT_YES)
		return OUTCOME_INVALID;
	if (signature->own == FACT_YES)
		return OUTCOME_OWN;
	if (signature->timestamp < 0 ||
	    signature->timestamp < facts->now - rule->max_age ||
	    signature->timestamp > facts->now + FACTORS_CLOCK_SKEW)
		return OUTCOME_TOO_OLD;
	if (find_uncovered(rule, signature) != NULL)
		return OUTCOME_INCOMPLETE;
	if (signature->own != FACT_NO)
		return OUTCOME_NO_SIGNER;
	return signature->used_up ? OUTCOME_REPLAYED : OUTCOME_HOLDS;
}

/* If no signature holds, the outcome is that of the one that got furthest. */
enum outcome
factor_dkim(const struct facts *facts, const struct dkim_rule *rule,
    size_t *signature, const char **field)
{
	enum outcome outcome, nearest = OUTCOME_ABSENT;
	enum outcome late = OUTCOME_HOLDS;
	size_t i;

	*field = NULL;
	if (!facts->dkim_known)
		return OUTCOME_UNKNOWN;
	for (i = 0; i < facts->nsignatures; i++) {
		outcome = judge_signature(facts, rule, &facts->signatures[i]);
		if (outcome == OUTCOME_HOLDS) {
			*signature = i;
			*field = NULL;
			return OUTCOME_HOLDS;
		}
		if (policy_outcome_is_late(outcome)) {
			late = outcome;
			*signature = i;
		} else if (outcome > nearest) {
			nearest = outcome;
			*field = outcome == OUTCOME_INCOMPLETE ?
			    find_uncovered(rule, &facts->signatures[i]) :
			    NULL;
		}
	}
	if (late == OUTCOME_HOLDS)
		return nearest;
	*field = NULL;
	return late;
}
