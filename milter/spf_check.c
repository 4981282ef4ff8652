/* SPDX-License-Identifier: ISC */

/*
 * check_host(), RFC 7208 sections 4 and 5.
 *
 * A record is checked as a whole before its first term is looked at.  Terms
 * end the evaluation by a match, or by an error, which goes up through all
 * includes.  The number of lookups bounds the depth of recursion.
 */

#include "spf.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "spf_macro.h"
#include "spf_record.h"

#define MAX_NAME	253	/* octets */
#define MAX_LABEL	63

struct check {
	const struct spf_query	*query;
	struct spf_answer	*answer;
	int		 family;	/* IPv4 in IPv6 form is IPv4 */
	unsigned char	 address[16];
	char		 sender[512];
	int64_t		 deadline;	/* monotonic, in milliseconds */
	/* %{p}, and for what domain it was found. */
	char		 client_name[MAX_NAME + 1];
	const char	*name_domain;
};

/* What a term comes to. */
enum outcome {
	NO_MATCH,
	MATCH,
	TEMPERROR,
	PERMERROR
};

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

static void	say(struct check *c, const char *format, ...)
		    __attribute__((__format__(printf, 2, 3)));

/* The first reason is the one that counts: others only pass it on. */
static void
say(struct check *c, const char *format, ...)
{
	char *p;
	va_list ap;

	if (c->answer->reason[0] != '\0')
		return;
	va_start(ap, format);
	(void)vsnprintf(c->answer->reason, sizeof(c->answer->reason), format,
	    ap);
	va_end(ap);
	for (p = c->answer->reason; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
}

static int64_t
now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Whether DNS could have such a name: labels of 1 to 63 octets. */
static bool
is_name(const char *name)
{
	size_t label;

	if (strlen(name) > MAX_NAME || name[0] == '\0')
		return false;
	for (;;) {
		label = strcspn(name, ".");
		if (label == 0 || label > MAX_LABEL)
			return false;
		if (name[label] == '\0' || name[label + 1] == '\0')
			return true;
		name += label + 1;
	}
}

/* A lookup within the limits of time and of void answers. */
static enum outcome
look_up(struct check *c, const char *name, enum dns_type type,
    bool counts_void, struct dns_answer *answer)
{
	memset(answer, 0, sizeof(*answer));
	if (now_ms() >= c->deadline) {
		say(c, "%s: no time left", name);
		return TEMPERROR;
	}
	/* A name that cannot be is like one that is not. */
	if (!is_name(name))
		return NO_MATCH;
	switch (c->query->lookup(c->query->arg, name, type, answer)) {
	case DNS_OK:
		if (answer->ttl < c->answer->ttl)
			c->answer->ttl = answer->ttl;
		if (answer->n > 0)
			return MATCH;
		break;
	case DNS_TEMPFAIL:
		say(c, "%s: %s", name, answer->reason[0] != '\0' ?
		    answer->reason : "no answer");
		return TEMPERROR;
	case DNS_NODATA:
	case DNS_NXDOMAIN:
		if (answer->ttl < c->answer->ttl)
			c->answer->ttl = answer->ttl;
		break;
	}
	if (counts_void && ++c->answer->voids > SPF_MAX_VOID) {
		say(c, "%s: more than %d lookups without an answer", name,
		    SPF_MAX_VOID);
		return PERMERROR;
	}
	return NO_MATCH;
}

static bool
is_in_block(const unsigned char *a, const unsigned char *b, unsigned int bits)
{
	unsigned int octets = bits / 8, rest = bits % 8;
	unsigned char mask = (unsigned char)(0xff << (8 - rest));

	return memcmp(a, b, octets) == 0 && (rest == 0 ||
	    (a[octets] & mask) == (b[octets] & mask));
}

/* Whether the name has an address in the client's block. */
static enum outcome
match_addresses(struct check *c, const char *name,
    const struct spf_term *term, bool counts_void)
{
	bool is_ipv4 = c->family == AF_INET;
	unsigned int bits = is_ipv4 ? term->prefix4 : term->prefix6;
	struct dns_answer answer;
	enum outcome outcome;
	size_t i;

	outcome = look_up(c, name, is_ipv4 ? DNS_A : DNS_AAAA, counts_void,
	    &answer);
	if (outcome == MATCH) {
		outcome = NO_MATCH;
		for (i = 0; i < answer.n; i++)
			if (answer.records[i].len == (is_ipv4 ? 4U : 16U) &&
			    is_in_block(c->address, answer.records[i].data,
			    bits))
				outcome = MATCH;
	}
	dns_answer_free(&answer);
	return outcome;
}

static void
reverse_name(const struct check *c, char *buf, size_t bufsize)
{
	static const char hex[] = "0123456789abcdef";
	size_t i, n = 0;

	if (c->family == AF_INET) {
		(void)snprintf(buf, bufsize, "%u.%u.%u.%u.in-addr.arpa",
		    c->address[3], c->address[2], c->address[1],
		    c->address[0]);
		return;
	}
	for (i = 16; i-- > 0;) {
		buf[n++] = hex[c->address[i] & 15];
		buf[n++] = '.';
		buf[n++] = hex[c->address[i] >> 4];
		buf[n++] = '.';
	}
	(void)snprintf(buf + n, bufsize - n, "ip6.arpa");
}

static bool
ends_below(const char *name, const char *domain)
{
	size_t namelen = strlen(name), len = strlen(domain);

	if (len > 0 && domain[len - 1] == '.')
		len--;
	if (namelen < len || strncasecmp(name + namelen - len, domain,
	    len) != 0)
		return false;
	return namelen == len || name[namelen - len - 1] == '.';
}

/*
 * Find a name of the client that leads back to it, section 5.5: the domain
 * itself, else one below it, else, if any will do, another one.  Errors of DNS
 * are no match here.  false if there is none.
 */
static bool
find_client_name(struct check *c, const char *domain, bool any,
    char found[MAX_NAME + 1])
{
	static const struct spf_term whole = { .prefix4 = 32, .prefix6 = 128 };
	char reverse[128], reason[sizeof(c->answer->reason)];
	struct dns_answer answer;
	const char *name;
	bool has = false, has_below = false;
	size_t i;

	strlcpy(reason, c->answer->reason, sizeof(reason));
	reverse_name(c, reverse, sizeof(reverse));
	if (look_up(c, reverse, DNS_PTR, false, &answer) != MATCH)
		answer.n = 0;
	for (i = 0; i < answer.n && i < SPF_MAX_PTR; i++) {
		name = (const char *)answer.records[i].data;
		if ((!any && !ends_below(name, domain)) ||
		    (has_below && strcasecmp(name, domain) != 0) ||
		    (has && !ends_below(name, domain)) ||
		    match_addresses(c, name, &whole, false) != MATCH)
			continue;
		strlcpy(found, name, MAX_NAME + 1);
		has = true;
		has_below = ends_below(name, domain);
		if (strcasecmp(name, domain) == 0)
			break;
	}
	if (answer.n > 0 || answer.records != NULL)
		dns_answer_free(&answer);
	strlcpy(c->answer->reason, reason, sizeof(c->answer->reason));
	return has;
}

/* %{p}. */
static const char *
client_name(void *arg)
{
	struct check *c = arg;

	if (c->client_name[0] == '\0' && !find_client_name(c, c->name_domain,
	    true, c->client_name))
		strlcpy(c->client_name, "unknown", sizeof(c->client_name));
	return c->client_name;
}

static void
macro_values(struct check *c, const char *domain,
    struct spf_macro_values *values)
{
	const struct spf_query *q = c->query;

	*values = (struct spf_macro_values){
		.sender = c->sender,
		.domain = domain,
		.family = c->family,
		.address = c->address,
		.helo = q->helo != NULL ? q->helo : "unknown",
		.receiver = q->receiver != NULL ? q->receiver : "unknown",
		.now = q->now,
		.client_name = client_name,
		.arg = c,
	};
	/* What %{p} prefers depends on the domain. */
	if (c->name_domain != domain)
		c->client_name[0] = '\0';
	c->name_domain = domain;
}

/*
 * The target name of a term, section 4.8: its domain-spec expanded, else the
 * domain.  A name that is too long loses labels on the left (section 7.3).
 */
static void
target_name(struct check *c, const char *domain, const char *spec,
    size_t speclen, char name[MAX_NAME + 1])
{
	struct spf_macro_values values;
	char expanded[SPF_MACRO_SIZE];
	const char *from = expanded;
	size_t len;

	if (spec == NULL) {
		strlcpy(name, domain, MAX_NAME + 1);
		return;
	}
	macro_values(c, domain, &values);
	if (!spf_macro_expand(&values, spec, speclen, expanded,
	    sizeof(expanded))) {
		name[0] = '\0';
		return;
	}
	len = strlen(expanded);
	if (len > 0 && expanded[len - 1] == '.')
		expanded[--len] = '\0';
	while (strlen(from) > MAX_NAME && from != NULL) {
		if ((from = strchr(from, '.')) == NULL)
			from = expanded + len;
		else
			from++;
	}
	strlcpy(name, from, MAX_NAME + 1);
}

static enum spf_result	evaluate(struct check *c, const char *domain);

static enum outcome
match_mx(struct check *c, const char *name, const struct spf_term *term)
{
	struct dns_answer answer;
	enum outcome outcome;
	size_t i;

	outcome = look_up(c, name, DNS_MX, true, &answer);
	if (outcome == MATCH && answer.n > SPF_MAX_MX) {
		say(c, "%s: more than %d MX records", name, SPF_MAX_MX);
		outcome = PERMERROR;
	} else if (outcome == MATCH) {
		outcome = NO_MATCH;
		for (i = 0; outcome == NO_MATCH && i < answer.n; i++)
			outcome = match_addresses(c,
			    (const char *)answer.records[i].data, term, true);
	}
	dns_answer_free(&answer);
	return outcome;
}

static enum outcome
match_include(struct check *c, const char *name)
{
	switch (evaluate(c, name)) {
	case SPF_PASS:
		return MATCH;
	case SPF_FAIL:
	case SPF_SOFTFAIL:
	case SPF_NEUTRAL:
		return NO_MATCH;
	case SPF_TEMPERROR:
		return TEMPERROR;
	case SPF_NONE:
		say(c, "include:%s has no record", name);
		break;
	case SPF_PERMERROR:
		break;
	}
	return PERMERROR;
}

static bool
asks_dns(enum spf_kind kind)
{
	return kind == SPF_INCLUDE || kind == SPF_A || kind == SPF_MX ||
	    kind == SPF_PTR || kind == SPF_EXISTS || kind == SPF_REDIRECT;
}

static bool
is_over_limit(struct check *c, const struct spf_term *term)
{
	if (!asks_dns(term->kind) || ++c->answer->lookups <= SPF_MAX_LOOKUPS)
		return false;
	say(c, "%.*s: more than %d terms ask DNS", (int)term->textlen,
	    term->text, SPF_MAX_LOOKUPS);
	return true;
}

static enum outcome
match(struct check *c, const char *domain, const struct spf_term *term)
{
	char name[MAX_NAME + 1], found[MAX_NAME + 1];
	struct dns_answer answer;
	enum outcome outcome;

	if (is_over_limit(c, term))
		return PERMERROR;
	target_name(c, domain, term->spec, term->speclen, name);
	switch (term->kind) {
	case SPF_ALL:
		return MATCH;
	case SPF_IP4:
		return c->family == AF_INET && is_in_block(c->address,
		    term->address, term->prefix4) ? MATCH : NO_MATCH;
	case SPF_IP6:
		return c->family == AF_INET6 && is_in_block(c->address,
		    term->address, term->prefix6) ? MATCH : NO_MATCH;
	case SPF_INCLUDE:
		return match_include(c, name);
	case SPF_A:
		return match_addresses(c, name, term, true);
	case SPF_MX:
		return match_mx(c, name, term);
	case SPF_PTR:
		return find_client_name(c, name, false, found) ? MATCH :
		    NO_MATCH;
	case SPF_EXISTS:
		outcome = look_up(c, name, DNS_A, true, &answer);
		dns_answer_free(&answer);
		return outcome;
	default:
		return NO_MATCH;
	}
}

/*
 * The one SPF record of a domain into answer, which is to be freed; *record is
 * which of its records it is.
 */
static enum outcome
find_record(struct check *c, const char *domain, struct dns_answer *answer,
    const struct dns_record **record)
{
	enum outcome outcome;
	size_t i, n = 0;

	outcome = look_up(c, domain, DNS_TXT, false, answer);
	if (outcome != MATCH)
		return outcome;
	for (i = 0; i < answer->n; i++)
		if (spf_record_is((const char *)answer->records[i].data,
		    answer->records[i].len)) {
			*record = &answer->records[i];
			n++;
		}
	if (n == 0)
		return NO_MATCH;
	if (n > 1) {
		say(c, "%s: more than one SPF record", domain);
		return PERMERROR;
	}
	if ((*record)->len > SPF_MAX_RECORD) {
		say(c, "%s: an SPF record over %d octets", domain,
		    SPF_MAX_RECORD);
		return PERMERROR;
	}
	return MATCH;
}

/* exp=, section 6.2: a text, or nothing if anything is wrong with it. */
static void
explain(struct check *c, const char *domain, const struct spf_term *term)
{
	struct spf_macro_values values;
	struct spf_answer *a = c->answer;
	struct dns_answer answer;
	char name[MAX_NAME + 1], text[SPF_MACRO_SIZE];
	const char *txt, *p;
	uint32_t ttl = a->ttl;
	size_t n = 0, len;

	a->explanation[0] = '\0';
	if (term->spec == NULL)
		return;
	target_name(c, domain, term->spec, term->speclen, name);
	if (look_up(c, name, DNS_TXT, false, &answer) == MATCH &&
	    answer.n == 1) {
		txt = (const char *)answer.records[0].data;
		len = answer.records[0].len;
		macro_values(c, domain, &values);
		if (spf_macro_is_explanation(txt, len) && spf_macro_expand(
		    &values, txt, len, text, sizeof(text)))
			for (p = text; *p != '\0' &&
			    n + 1 < sizeof(a->explanation); p++)
				a->explanation[n++] =
				    *p < ' ' || *p > '~' ? '?' : *p;
	}
	a->explanation[n] = '\0';
	a->ttl = ttl;
	dns_answer_free(&answer);
}

static enum spf_result
follow_redirect(struct check *c, const char *domain,
    const struct spf_term *term)
{
	char name[MAX_NAME + 1];
	enum spf_result result;

	if (is_over_limit(c, term))
		return SPF_PERMERROR;
	target_name(c, domain, term->spec, term->speclen, name);
	result = evaluate(c, name);
	if (result != SPF_NONE)
		return result;
	say(c, "redirect=%s has no record", name);
	return SPF_PERMERROR;
}

/* A record that is valid, section 4.6. */
static enum spf_result
evaluate_terms(struct check *c, const char *domain,
    const struct dns_record *record)
{
	struct spf_term term, redirect = { 0 }, exp = { 0 };
	struct spf_cursor cursor;
	const char *txt = (const char *)record->data;
	enum outcome outcome = NO_MATCH;

	/* Modifiers may stand anywhere. */
	spf_cursor_init(&cursor, txt, record->len);
	while (spf_cursor_next(&cursor, &term) == 1) {
		if (term.kind == SPF_REDIRECT)
			redirect = term;
		else if (term.kind == SPF_EXP)
			exp = term;
	}
	spf_cursor_init(&cursor, txt, record->len);
	while (outcome == NO_MATCH && spf_cursor_next(&cursor, &term) == 1)
		if (term.kind < SPF_REDIRECT)
			outcome = match(c, domain, &term);
	switch (outcome) {
	case MATCH:
		if (term.qualifier == SPF_FAIL)
			explain(c, domain, &exp);
		say(c, "%s by %.*s", spf_result_name(term.qualifier),
		    (int)term.textlen, term.text);
		return term.qualifier;
	case TEMPERROR:
		return SPF_TEMPERROR;
	case PERMERROR:
		return SPF_PERMERROR;
	case NO_MATCH:
		break;
	}
	return redirect.spec != NULL ? follow_redirect(c, domain, &redirect) :
	    SPF_NEUTRAL;
}

static enum spf_result
evaluate(struct check *c, const char *domain)
{
	const struct dns_record *record;
	struct dns_answer answer;
	struct spf_term fault;
	enum spf_result result = SPF_NONE;
	const char *txt;

	if (!is_name(domain))
		return SPF_NONE;
	switch (find_record(c, domain, &answer, &record)) {
	case NO_MATCH:
		break;
	case TEMPERROR:
		result = SPF_TEMPERROR;
		break;
	case PERMERROR:
		result = SPF_PERMERROR;
		break;
	case MATCH:
		txt = (const char *)record->data;
		if (spf_record_is_valid(txt, record->len, &fault))
			result = evaluate_terms(c, domain, record);
		else {
			say(c, "%s: bad term \"%.*s\"", domain,
			    (int)fault.textlen, fault.text);
			result = SPF_PERMERROR;
		}
		break;
	}
	dns_answer_free(&answer);
	return result;
}

static void
set_client(struct check *c, const struct spf_query *query)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

	c->family = query->family;
	memcpy(c->address, query->address,
	    query->family == AF_INET ? 4 : 16);
	if (query->family == AF_INET6 &&
	    memcmp(c->address, mapped, sizeof(mapped)) == 0) {
		c->family = AF_INET;
		memmove(c->address, c->address + 12, 4);
	}
}

/* Section 4.3: a sender without a local part is a postmaster. */
static void
set_sender(struct check *c, const struct spf_query *query)
{
	const char *sender = query->sender;

	if (sender == NULL || sender[0] == '\0')
		(void)snprintf(c->sender, sizeof(c->sender), "postmaster@%s",
		    query->domain);
	else if (sender[0] == '@' || strchr(sender, '@') == NULL)
		(void)snprintf(c->sender, sizeof(c->sender), "postmaster@%s",
		    sender + (sender[0] == '@'));
	else
		strlcpy(c->sender, sender, sizeof(c->sender));
}

/* Section 4.3: what no domain name of more than one label can be. */
static bool
is_domain(const char *domain)
{
	return is_name(domain) && strchr(domain, '.') != NULL;
}

void
spf_check_host(const struct spf_query *query, struct spf_answer *answer)
{
	struct check c = { .query = query, .answer = answer };

	memset(answer, 0, sizeof(*answer));
	answer->ttl = UINT32_MAX;
	set_client(&c, query);
	set_sender(&c, query);
	c.deadline = now_ms() + (query->timeout_ms != 0 ?
	    query->timeout_ms : SPF_TIMEOUT_MS);
	answer->result = is_domain(query->domain) ?
	    evaluate(&c, query->domain) : SPF_NONE;
	if (answer->result != SPF_FAIL)
		answer->explanation[0] = '\0';
	if (answer->result == SPF_NONE)
		say(&c, "%s has no SPF record", query->domain);
	say(&c, "%s by no term", spf_result_name(answer->result));
	if (answer->ttl == UINT32_MAX)
		answer->ttl = 0;
}
