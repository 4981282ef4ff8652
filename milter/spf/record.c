/* SPDX-License-Identifier: ISC */

/*
 * SPF records, RFC 7208 sections 4.5, 4.6.1, 5, 6 and 12.
 *
 * A record is parsed term by term, in place; nothing is allocated.  The syntax
 * of the whole record is checked before any term is evaluated, as section 4.6
 * demands, so a syntax error anywhere is a permerror.
 */

#include "spf/record.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "spf/macro.h"

static const char version[] = "v=spf1";

bool
spf_record_is(const char *txt, size_t len)
{
	size_t n = strlen(version);

	return len >= n && strncasecmp(txt, version, n) == 0 &&
	    (len == n || txt[n] == ' ');
}

void
spf_cursor_init(struct spf_cursor *cursor, const char *txt, size_t len)
{
	cursor->rest = txt + strlen(version);
	cursor->len = len - strlen(version);
}

static bool
is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A prefix length without leading zeros, at most most; -1 on error. */
static int
parse_length(const char *text, size_t len, int most)
{
	int n = 0;
	size_t i;

	if (len == 0 || len > 3 || (len > 1 && text[0] == '0'))
		return -1;
	for (i = 0; i < len; i++) {
		if (!is_digit(text[i]))
			return -1;
		n = n * 10 + (text[i] - '0');
	}
	return n <= most ? n : -1;
}

/*
 * Take "/24", "//64" or "/24//64" off the end of a text.  A domain-spec may
 * contain a slash too, so anything else is left there.
 */
static bool
take_lengths(const char *text, size_t *len, struct spf_term *term)
{
	size_t at = *len;
	int n;

	term->prefix4 = 32;
	term->prefix6 = 128;
	while (at > 0 && is_digit(text[at - 1]))
		at--;
	if (at < 1 || text[at - 1] != '/')
		return true;
	if (at >= 2 && text[at - 2] == '/') {
		if ((n = parse_length(text + at, *len - at, 128)) == -1)
			return false;
		term->prefix6 = (unsigned int)n;
		*len = at - 2;
		for (at = *len; at > 0 && is_digit(text[at - 1]); at--)
			;
		if (at < 1 || text[at - 1] != '/' || at == *len)
			return true;
	}
	if ((n = parse_length(text + at, *len - at, 32)) == -1)
		return false;
	term->prefix4 = (unsigned int)n;
	*len = at - 1;
	return true;
}

/* ":" and a domain-spec, or nothing. */
static bool
take_spec(const char *text, size_t len, bool is_required,
    struct spf_term *term)
{
	if (len == 0)
		return !is_required;
	if (text[0] != ':')
		return false;
	term->spec = text + 1;
	term->speclen = len - 1;
	return spf_macro_is_domain_spec(term->spec, term->speclen);
}

/* ip4 and ip6. */
static bool
take_network(const char *text, size_t len, int family, struct spf_term *term)
{
	char address[INET6_ADDRSTRLEN];
	unsigned int *prefix = family == AF_INET ? &term->prefix4 :
	    &term->prefix6;
	const char *slash;
	int n = family == AF_INET ? 32 : 128;

	if (len == 0 || text[0] != ':')
		return false;
	text++;
	len--;
	if ((slash = memchr(text, '/', len)) != NULL) {
		n = parse_length(slash + 1,
		    len - (size_t)(slash + 1 - text), n);
		if (n == -1)
			return false;
		len = (size_t)(slash - text);
	}
	if (len == 0 || len >= sizeof(address))
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	*prefix = (unsigned int)n;
	return inet_pton(family, address, term->address) == 1;
}

/* name "=" macro-string; see RFC 7208 section 12 for the name. */
static bool
take_modifier(const char *text, size_t namelen, size_t len,
    struct spf_term *term)
{
	const char *value = text + namelen + 1;
	size_t valuelen = len - namelen - 1, i;

	if (!is_alpha(text[0]))
		return false;
	for (i = 1; i < namelen; i++)
		if (!is_alpha(text[i]) && !is_digit(text[i]) &&
		    strchr("-_.", text[i]) == NULL)
			return false;
	term->kind = SPF_UNKNOWN_MODIFIER;
	if (namelen == 8 && strncasecmp(text, "redirect", 8) == 0)
		term->kind = SPF_REDIRECT;
	else if (namelen == 3 && strncasecmp(text, "exp", 3) == 0)
		term->kind = SPF_EXP;
	term->spec = value;
	term->speclen = valuelen;
	if (term->kind == SPF_UNKNOWN_MODIFIER)
		return spf_macro_is_string(value, valuelen);
	return spf_macro_is_domain_spec(value, valuelen);
}

static bool
take_mechanism(const char *text, size_t len, struct spf_term *term)
{
	static const struct {
		const char *name;
		enum spf_kind kind;
	} mechanisms[] = {
		{ "all",	SPF_ALL },
		{ "include",	SPF_INCLUDE },
		{ "a",		SPF_A },
		{ "mx",		SPF_MX },
		{ "ptr",	SPF_PTR },
		{ "ip4",	SPF_IP4 },
		{ "ip6",	SPF_IP6 },
		{ "exists",	SPF_EXISTS },
	};
	size_t namelen = 0, i, n = sizeof(mechanisms) / sizeof(mechanisms[0]);

	while (namelen < len && text[namelen] != ':' && text[namelen] != '/')
		namelen++;
	for (i = 0; i < n; i++)
		if (strlen(mechanisms[i].name) == namelen &&
		    strncasecmp(text, mechanisms[i].name, namelen) == 0)
			break;
	if (i == n)
		return false;
	term->kind = mechanisms[i].kind;
	text += namelen;
	len -= namelen;
	switch (term->kind) {
	case SPF_ALL:
		return len == 0;
	case SPF_INCLUDE:
	case SPF_EXISTS:
		return take_spec(text, len, true, term);
	case SPF_PTR:
		return take_spec(text, len, false, term);
	case SPF_A:
	case SPF_MX:
		return take_lengths(text, &len, term) &&
		    take_spec(text, len, false, term);
	case SPF_IP4:
		return take_network(text, len, AF_INET, term);
	case SPF_IP6:
		return take_network(text, len, AF_INET6, term);
	default:
		return false;
	}
}

static bool
take_qualifier(const char **text, size_t *len, struct spf_term *term)
{
	static const struct {
		char c;
		enum spf_result result;
	} qualifiers[] = {
		{ '+', SPF_PASS }, { '-', SPF_FAIL }, { '~', SPF_SOFTFAIL },
		{ '?', SPF_NEUTRAL },
	};
	size_t i;

	term->qualifier = SPF_PASS;
	for (i = 0; i < sizeof(qualifiers) / sizeof(qualifiers[0]); i++)
		if (*len > 0 && **text == qualifiers[i].c) {
			term->qualifier = qualifiers[i].result;
			++*text;
			--*len;
			return true;
		}
	return false;
}

/* The position of a modifier's "=", before any ":", "/" or "%"; or len. */
static size_t
find_equals(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len && strchr(":/%", text[i]) == NULL; i++)
		if (text[i] == '=')
			return i;
	return len;
}

static bool
parse_term(const char *text, size_t len, struct spf_term *term)
{
	size_t equals, i;

	for (i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	if (!take_qualifier(&text, &len, term) &&
	    (equals = find_equals(text, len)) < len)
		return take_modifier(text, equals, len, term);
	return take_mechanism(text, len, term);
}

int
spf_cursor_next(struct spf_cursor *cursor, struct spf_term *term)
{
	const char *text;
	size_t len = 0;

	while (cursor->len > 0 && cursor->rest[0] == ' ') {
		cursor->rest++;
		cursor->len--;
	}
	if (cursor->len == 0)
		return 0;
	text = cursor->rest;
	while (len < cursor->len && text[len] != ' ')
		len++;
	cursor->rest += len;
	cursor->len -= len;
	memset(term, 0, sizeof(*term));
	term->text = text;
	term->textlen = len;
	return parse_term(text, len, term) ? 1 : -1;
}

bool
spf_record_is_valid(const char *txt, size_t len, struct spf_term *fault)
{
	struct spf_cursor cursor;
	unsigned int redirects = 0, explanations = 0;
	int r;

	spf_cursor_init(&cursor, txt, len);
	while ((r = spf_cursor_next(&cursor, fault)) == 1) {
		redirects += fault->kind == SPF_REDIRECT;
		explanations += fault->kind == SPF_EXP;
		if (redirects > 1 || explanations > 1)
			return false;
	}
	return r == 0;
}
