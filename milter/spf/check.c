/* SPDX-License-Identifier: ISC */

/*
 * check_host(), RFC 7208 section 4, and the modifiers, section 6.
 *
 * The syntax of the whole record is checked before its first term is
 * evaluated.  A match ends the evaluation, and so does an error, which ends all
 * including records too.  The limit of lookups also bounds the recursion.
 *
 * Nothing is allocated here; each DNS answer is freed by the function that
 * asked for it.
 */

#include "spf/spf.h"

#include <sys/socket.h>

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "dkimsig/dkimsig.h"
#include "spf/macro.h"
#include "spf/private.h"

static const char *const result_names[] = {
	[SPF_NONE] = "none", [SPF_NEUTRAL] = "neutral", [SPF_PASS] = "pass",
	[SPF_FAIL] = "fail", [SPF_SOFTFAIL] = "softfail",
	[SPF_TEMPERROR] = "temperror", [SPF_PERMERROR] = "permerror",
};

const char *
spf_result_name(enum spf_result result)
{
	return (size_t)result < sizeof(result_names) /
	    sizeof(result_names[0]) ? result_names[result] : "unknown";
}

/*
 * Find the only SPF record of a domain.  The caller frees answer; *record
 * points into it.
 */
static enum spf_outcome
find_record(struct spf_check *check, const char *domain,
    struct dns_answer *answer, const struct dns_record **record)
{
	enum spf_outcome outcome;
	size_t i, n = 0;

	outcome = spf_look_up(check, domain, DNS_TXT, false, answer);
	if (outcome != SPF_MATCH)
		return outcome;
	for (i = 0; i < answer->n; i++)
		if (spf_record_is((const char *)answer->records[i].data,
		    answer->records[i].len)) {
			*record = &answer->records[i];
			n++;
		}
	if (n == 0)
		return SPF_NO_MATCH;
	if (n > 1) {
		spf_say(check, "%s: more than one SPF record", domain);
		return SPF_PERMANENT;
	}
	if ((*record)->len > SPF_MAX_RECORD) {
		spf_say(check, "%s: SPF record over %d octets", domain,
		    SPF_MAX_RECORD);
		return SPF_PERMANENT;
	}
	return SPF_MATCH;
}

/* exp=, section 6.2: the explanation is empty if anything is wrong with it. */
static void
explain(struct spf_check *check, const char *domain,
    const struct spf_term *term)
{
	struct spf_answer *a = check->answer;
	struct dns_answer answer;
	char name[SPF_NAME_SIZE], text[SPF_MACRO_SIZE];
	const char *txt, *p;
	uint32_t ttl = a->ttl;
	size_t n = 0, len;

	check->is_quiet = true;
	if (spf_target_name(check, domain, term, name)) {
		if (spf_look_up(check, name, DNS_TXT, false, &answer) ==
		    SPF_MATCH && answer.n == 1) {
			txt = (const char *)answer.records[0].data;
			len = answer.records[0].len;
			if (spf_macro_is_explanation(txt, len) &&
			    spf_expand(check, domain, txt, len, text,
			    sizeof(text)))
				for (p = text; *p != '\0' &&
				    n + 1 < sizeof(a->explanation); p++)
					a->explanation[n++] = *p < ' ' ||
					    *p > '~' ? '?' : *p;
		}
		dns_answer_free(&answer);
	}
	a->explanation[n] = '\0';
	/* The result does not depend on the explanation. */
	a->ttl = ttl;
	check->is_quiet = false;
}

static enum spf_result
follow_redirect(struct spf_check *check, const char *domain,
    const struct spf_term *term)
{
	char name[SPF_NAME_SIZE];
	enum spf_result result;

	if (!spf_count_term(check, term) ||
	    !spf_target_name(check, domain, term, name))
		return SPF_PERMERROR;
	result = spf_evaluate(check, name);
	if (result != SPF_NONE)
		return result;
	spf_say(check, "redirect=%s: no SPF record", name);
	return SPF_PERMERROR;
}

/* Remember the term that decided; if an include passes, the inner term. */
static void
remember(struct spf_check *check, const char *domain,
    const struct spf_term *term)
{
	if (term->kind == SPF_INCLUDE && term->qualifier == SPF_PASS)
		return;
	(void)snprintf(check->matched, sizeof(check->matched), "%.*s of %s",
	    (int)term->textlen, term->text, domain);
}

/* Evaluate a valid record, section 4.6. */
static enum spf_result
evaluate_terms(struct spf_check *check, const char *domain,
    const struct dns_record *record)
{
	struct spf_term term, redirect = { 0 }, exp = { 0 };
	struct spf_cursor cursor;
	const char *txt = (const char *)record->data;
	enum spf_outcome outcome = SPF_NO_MATCH;

	/* Modifiers may appear anywhere. */
	spf_cursor_init(&cursor, txt, record->len);
	while (spf_cursor_next(&cursor, &term) == 1) {
		if (term.kind == SPF_REDIRECT)
			redirect = term;
		else if (term.kind == SPF_EXP)
			exp = term;
	}
	spf_cursor_init(&cursor, txt, record->len);
	while (outcome == SPF_NO_MATCH &&
	    spf_cursor_next(&cursor, &term) == 1)
		if (term.kind < SPF_REDIRECT)
			outcome = spf_match(check, domain, &term);
	switch (outcome) {
	case SPF_MATCH:
		remember(check, domain, &term);
		/* The exp= of an included record is ignored. */
		if (term.qualifier == SPF_FAIL && check->includes == 0 &&
		    exp.spec != NULL)
			explain(check, domain, &exp);
		return term.qualifier;
	case SPF_TEMPORARY:
		return SPF_TEMPERROR;
	case SPF_PERMANENT:
		return SPF_PERMERROR;
	case SPF_NO_MATCH:
		break;
	}
	if (redirect.spec != NULL)
		return follow_redirect(check, domain, &redirect);
	(void)snprintf(check->matched, sizeof(check->matched),
	    "default: no term of %s matches", domain);
	return SPF_NEUTRAL;
}

enum spf_result
spf_evaluate(struct spf_check *check, const char *domain)
{
	const struct dns_record *record = NULL;
	struct dns_answer answer;
	struct spf_term fault;
	enum spf_result result = SPF_NONE;
	const char *txt;

	switch (find_record(check, domain, &answer, &record)) {
	case SPF_NO_MATCH:
		break;
	case SPF_TEMPORARY:
		result = SPF_TEMPERROR;
		break;
	case SPF_PERMANENT:
		result = SPF_PERMERROR;
		break;
	case SPF_MATCH:
		txt = (const char *)record->data;
		if (spf_record_is_valid(txt, record->len, &fault))
			result = evaluate_terms(check, domain, record);
		else {
			spf_say(check, "%s: bad term \"%.*s\"", domain,
			    (int)fault.textlen, fault.text);
			result = SPF_PERMERROR;
		}
		break;
	}
	dns_answer_free(&answer);
	return result;
}

static bool
set_client(struct spf_check *check)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	const struct spf_query *query = check->query;
	bool is_mapped;

	if (query->family != AF_INET && query->family != AF_INET6) {
		spf_say(check, "the client has no address");
		return false;
	}
	is_mapped = query->family == AF_INET6 &&
	    memcmp(query->address, mapped, sizeof(mapped)) == 0;
	check->family = is_mapped ? AF_INET : query->family;
	memcpy(check->address, query->address + (is_mapped ? 12 : 0),
	    check->family == AF_INET ? 4 : 16);
	return true;
}

static bool
is_ascii(const char *text)
{
	while (*text != '\0')
		if ((unsigned char)*text++ > 0x7f)
			return false;
	return true;
}

/*
 * Convert U-labels to A-labels, section 4.3.  ASCII names are not changed or
 * checked, because an underscore is valid here.
 */
static enum spf_result
to_alabels(const char *domain, char *buf, size_t bufsize)
{
	if (is_ascii(domain))
		return strlcpy(buf, domain, bufsize) < bufsize ? SPF_PASS :
		    SPF_NONE;
	switch (dkimsig_domain_normalize(domain, strlen(domain), buf,
	    bufsize)) {
	case 0:
		return SPF_PASS;
	case DKIMSIG_E_NOMEM:
		return SPF_TEMPERROR;
	default:
		return SPF_NONE;
	}
}

/* Returns SPF_PASS, or the result if there is nothing to evaluate. */
static enum spf_result
set_domain(struct spf_check *check)
{
	const char *domain = check->query->domain;
	enum spf_result result;

	result = to_alabels(domain, check->domain, sizeof(check->domain));
	if (result == SPF_TEMPERROR)
		spf_say(check, "out of memory");
	else if (result == SPF_NONE || !spf_is_name(check->domain) ||
	    strchr(check->domain, '.') == NULL) {
		spf_say(check, "%s is not a domain name", domain);
		result = SPF_NONE;
	}
	return result;
}

/*
 * Section 4.3: a sender without a local part is a postmaster.  A domain that
 * cannot be converted to A-labels is kept as it is; names made of it do not
 * exist.
 */
static enum spf_result
set_sender(struct spf_check *check)
{
	const char *sender = check->query->sender, *at, *domain;
	char alabels[SPF_MAX_SENDER + 1];
	int n, locallen;

	if (sender == NULL || sender[0] == '\0')
		sender = check->domain;
	at = strrchr(sender, '@');
	domain = at != NULL ? at + 1 : sender;
	switch (to_alabels(domain, alabels, sizeof(alabels))) {
	case SPF_PASS:
		domain = alabels;
		break;
	case SPF_TEMPERROR:
		spf_say(check, "out of memory");
		return SPF_TEMPERROR;
	default:
		break;
	}
	if (at == NULL || at == sender)
		n = snprintf(check->sender, sizeof(check->sender),
		    "postmaster@%s", domain);
	else {
		locallen = at - sender > SPF_MAX_SENDER ? SPF_MAX_SENDER :
		    (int)(at - sender);
		n = snprintf(check->sender, sizeof(check->sender), "%.*s@%s",
		    locallen, sender, domain);
	}
	if (n >= 0 && (size_t)n < sizeof(check->sender))
		return SPF_PASS;
	spf_say(check, "sender over %d octets", SPF_MAX_SENDER);
	return SPF_PERMERROR;
}

void
spf_check_host(const struct spf_query *query, struct spf_answer *answer)
{
	struct spf_check check = { .query = query, .answer = answer };

	memset(answer, 0, sizeof(*answer));
	answer->ttl = UINT32_MAX;
	check.deadline = monotonic_ms() + (query->timeout_ms != 0 ?
	    query->timeout_ms : SPF_TIMEOUT_MS);
	if (!set_client(&check))
		answer->result = SPF_NONE;
	else if ((answer->result = set_domain(&check)) == SPF_PASS &&
	    (answer->result = set_sender(&check)) == SPF_PASS)
		answer->result = spf_evaluate(&check, check.domain);
	if (answer->result == SPF_NONE)
		spf_say(&check, "%s has no SPF record", check.domain);
	spf_say(&check, "%s by %s", spf_result_name(answer->result),
	    check.matched);
	if (answer->ttl == UINT32_MAX)
		answer->ttl = 0;
}
