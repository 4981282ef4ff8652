/* SPDX-License-Identifier: ISC */

/*
 * SPF mechanisms, RFC 7208 section 5, and the names that their macros expand
 * to.
 *
 * Each mechanism that asks DNS counts towards SPF_MAX_LOOKUPS.  "include" calls
 * spf_evaluate() recursively.  The outcome is a match, no match, or an error
 * that ends the check; the reason of an error is already set.
 */

#include "spf/private.h"

#include <sys/socket.h>

#include <string.h>

#include "spf/macro.h"

/* %{p}; which name is preferred depends on the domain, so keep it for one. */
static const char *
client_name(void *arg)
{
	struct spf_check *check = arg;

	if (check->client_name[0] == '\0' && !spf_find_client_name(check,
	    check->client_name_for, true, check->client_name))
		(void)strlcpy(check->client_name, "unknown",
		    sizeof(check->client_name));
	return check->client_name;
}

bool
spf_expand(struct spf_check *check, const char *domain, const char *text,
    size_t len, char *buf, size_t bufsize)
{
	const struct spf_query *q = check->query;
	struct spf_macro_values values = {
		.sender = check->sender,
		.domain = domain,
		.family = check->family,
		.address = check->address,
		.helo = q->helo != NULL ? q->helo : "unknown",
		.receiver = q->receiver != NULL ? q->receiver : "unknown",
		.now = q->now,
		.client_name = client_name,
		.arg = check,
	};

	if (strcmp(check->client_name_for, domain) != 0) {
		check->client_name[0] = '\0';
		(void)strlcpy(check->client_name_for, domain,
		    sizeof(check->client_name_for));
	}
	return spf_macro_expand(&values, text, len, buf, bufsize);
}

/* A name that is too long loses labels on the left, section 7.3. */
static const char *
shorten(const char *name, size_t len)
{
	const char *end = name + len;

	while ((size_t)(end - name) > SPF_MAX_NAME)
		name = memchr(name, '.', (size_t)(end - name)) != NULL ?
		    strchr(name, '.') + 1 : end;
	return name;
}

/* Also true for "%%{h", which is not a macro: that only prevents caching. */
static bool
has_helo(const char *spec, size_t len)
{
	size_t i;

	for (i = 0; i + 2 < len; i++)
		if (spec[i] == '%' && spec[i + 1] == '{' &&
		    (spec[i + 2] == 'h' || spec[i + 2] == 'H'))
			return true;
	return false;
}

bool
spf_target_name(struct spf_check *check, const char *domain,
    const struct spf_term *term, char name[SPF_NAME_SIZE])
{
	char expanded[SPF_MACRO_SIZE];
	size_t len;

	if (term->spec == NULL) {
		(void)strlcpy(name, domain, SPF_NAME_SIZE);
		return true;
	}
	check->answer->uses_helo |= has_helo(term->spec, term->speclen);
	if (!spf_expand(check, domain, term->spec, term->speclen, expanded,
	    sizeof(expanded))) {
		spf_say(check, "%.*s: over %d octets when expanded",
		    (int)term->textlen, term->text, SPF_MACRO_SIZE - 1);
		return false;
	}
	len = strlen(expanded);
	if (len > 0 && expanded[len - 1] == '.')
		expanded[--len] = '\0';
	(void)strlcpy(name, shorten(expanded, len), SPF_NAME_SIZE);
	return true;
}

static bool
asks_dns(enum spf_kind kind)
{
	return kind == SPF_INCLUDE || kind == SPF_A || kind == SPF_MX ||
	    kind == SPF_PTR || kind == SPF_EXISTS || kind == SPF_REDIRECT;
}

bool
spf_count_term(struct spf_check *check, const struct spf_term *term)
{
	if (!asks_dns(term->kind) ||
	    ++check->answer->lookups <= SPF_MAX_LOOKUPS)
		return true;
	spf_say(check, "%.*s: more than %d terms need DNS lookups",
	    (int)term->textlen, term->text, SPF_MAX_LOOKUPS);
	return false;
}

static enum spf_outcome
match_mx(struct spf_check *check, const char *name,
    const struct spf_term *term)
{
	struct dns_answer answer;
	enum spf_outcome outcome;
	size_t i;

	outcome = spf_look_up(check, name, DNS_MX, true, &answer);
	if (outcome == SPF_MATCH && answer.n > SPF_MAX_MX) {
		spf_say(check, "%s: more than %d MX records", name,
		    SPF_MAX_MX);
		outcome = SPF_PERMANENT;
	} else if (outcome == SPF_MATCH) {
		outcome = SPF_NO_MATCH;
		for (i = 0; outcome == SPF_NO_MATCH && i < answer.n; i++)
			outcome = spf_match_addresses(check,
			    (const char *)answer.records[i].data, term, true);
	}
	dns_answer_free(&answer);
	return outcome;
}

/* A DNS error is no match, but a timeout is temperror. */
static enum spf_outcome
match_ptr(struct spf_check *check, const char *name)
{
	char found[SPF_NAME_SIZE];

	if (spf_find_client_name(check, name, false, found))
		return SPF_MATCH;
	if (!spf_is_late(check))
		return SPF_NO_MATCH;
	spf_say(check, "ptr: timed out");
	return SPF_TEMPORARY;
}

static enum spf_outcome
match_include(struct spf_check *check, const char *name)
{
	enum spf_result result;

	check->includes++;
	result = spf_evaluate(check, name);
	check->includes--;
	switch (result) {
	case SPF_PASS:
		return SPF_MATCH;
	case SPF_FAIL:
	case SPF_SOFTFAIL:
	case SPF_NEUTRAL:
		return SPF_NO_MATCH;
	case SPF_TEMPERROR:
		return SPF_TEMPORARY;
	case SPF_NONE:
		spf_say(check, "include:%s: no SPF record", name);
		break;
	case SPF_PERMERROR:
		break;
	}
	return SPF_PERMANENT;
}

static enum spf_outcome
match_exists(struct spf_check *check, const char *name)
{
	struct dns_answer answer;
	enum spf_outcome outcome;

	outcome = spf_look_up(check, name, DNS_A, true, &answer);
	dns_answer_free(&answer);
	return outcome;
}

enum spf_outcome
spf_match(struct spf_check *check, const char *domain,
    const struct spf_term *term)
{
	bool is_ipv4 = check->family == AF_INET;
	char name[SPF_NAME_SIZE];

	if (!spf_count_term(check, term) ||
	    !spf_target_name(check, domain, term, name))
		return SPF_PERMANENT;
	switch (term->kind) {
	case SPF_ALL:
		return SPF_MATCH;
	case SPF_IP4:
		return is_ipv4 && spf_is_client_in(check, term->address,
		    term->prefix4) ? SPF_MATCH : SPF_NO_MATCH;
	case SPF_IP6:
		return !is_ipv4 && spf_is_client_in(check, term->address,
		    term->prefix6) ? SPF_MATCH : SPF_NO_MATCH;
	case SPF_INCLUDE:
		return match_include(check, name);
	case SPF_A:
		return spf_match_addresses(check, name, term, true);
	case SPF_MX:
		return match_mx(check, name, term);
	case SPF_PTR:
		return match_ptr(check, name);
	case SPF_EXISTS:
		return match_exists(check, name);
	default:
		return SPF_NO_MATCH;
	}
}
