/* SPDX-License-Identifier: ISC */

/*
 * Patterns of addresses: see address_pattern.h.
 *
 * A pattern is split at its last "@", as a domain has none.  Its local part may
 * be a quoted string, as in mail; there is no escape for "*".  Characters
 * beyond ASCII are normalized when the configuration is loaded and when the
 * message is read, so the comparison itself is by octets and allocates nothing.
 *
 * A domain is not matched as in lib/config/pattern.c, where "*" may stand for a
 * part of a label, but as the domains of a source are.
 */

#include "config/address_pattern.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <uninorm.h>
#include <unistr.h>

#include "config/pattern.h"

static bool
is_ascii(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((unsigned char)text[i] > 0x7f)
			return false;
	return true;
}

/* Copy a text in NFC; NULL with errno 0 if it is not UTF-8. */
static char *
normalize(const char *text, size_t len)
{
	uint8_t *normalized;
	size_t size;
	char *copy;

	if (is_ascii(text, len))
		return strndup(text, len);
	errno = 0;
	if (u8_check((const uint8_t *)text, len) != NULL)
		return NULL;
	normalized = u8_normalize(UNINORM_NFC, (const uint8_t *)text, len,
	    NULL, &size);
	if (normalized == NULL)
		return NULL;
	copy = strndup((const char *)normalized, size);
	free(normalized);
	return copy;
}

char *
address_local_copy(const char *local)
{
	return normalize(local, strlen(local));
}

/* Copy a local part without quotes; false if it is malformed. */
static bool
unquote(const char *text, size_t len, char *buf)
{
	size_t n = 0, i;
	bool is_quoted = len >= 2 && text[0] == '"' && text[len - 1] == '"';

	if (is_quoted) {
		text++;
		len -= 2;
	}
	for (i = 0; i < len; i++) {
		if (is_quoted && text[i] == '\\' && i + 1 < len)
			i++;
		else if (strchr(is_quoted ? "\"\\" : "\"\\ ", text[i]) !=
		    NULL)
			return false;
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return false;
		buf[n++] = text[i];
	}
	buf[n] = '\0';
	return true;
}

static enum address_pattern_fault
parse_local(const char *text, size_t len, char *buf, bool is_excluded)
{
	char raw[ADDRESS_MAX_LOCAL + 1], *local;
	enum address_pattern_fault fault = ADDRESS_PATTERN_OK;

	if (len == 0)
		return ADDRESS_PATTERN_NO_AT;
	if (len > ADDRESS_MAX_LOCAL)
		return ADDRESS_PATTERN_LONG_LOCAL;
	if (!unquote(text, len, raw))
		return ADDRESS_PATTERN_BAD_LOCAL;
	if ((local = address_local_copy(raw)) == NULL)
		return errno == 0 || errno == EILSEQ ?
		    ADDRESS_PATTERN_BAD_LOCAL : ADDRESS_PATTERN_NO_MEMORY;
	if (local[0] == '\0')
		fault = ADDRESS_PATTERN_BAD_LOCAL;
	else if (local[0] == '!' && !is_excluded)
		fault = ADDRESS_PATTERN_EXCLAMATION;
	else if (strlcpy(buf, local, ADDRESS_MAX_LOCAL + 1) >
	    ADDRESS_MAX_LOCAL)
		fault = ADDRESS_PATTERN_LONG_LOCAL;
	free(local);
	return fault;
}

enum address_pattern_fault
address_pattern_parse(const char *text, char *buf)
{
	const char *at = strrchr(text, '@');
	bool is_excluded = text[0] == '!';
	enum address_pattern_fault fault;
	char *domain;
	size_t prefix;
	int r;

	if (is_excluded) {
		*buf++ = '!';
		text++;
	}
	if (at == NULL || at < text)
		return ADDRESS_PATTERN_NO_AT;
	fault = parse_local(text, (size_t)(at - text), buf, is_excluded);
	if (fault != ADDRESS_PATTERN_OK)
		return fault;
	domain = buf + strlen(buf);
	*domain++ = '@';
	text = at + 1;
	prefix = strncmp(text, "*.", 2) == 0 ? 2 : 0;
	memcpy(domain, text, prefix);
	r = dkimsig_domain_normalize(text + prefix, strlen(text + prefix),
	    domain + prefix, DKIMSIG_DOMAIN_SIZE);
	if (r == DKIMSIG_E_NOMEM)
		return ADDRESS_PATTERN_NO_MEMORY;
	return r == 0 ? ADDRESS_PATTERN_OK : ADDRESS_PATTERN_BAD_DOMAIN;
}

const char *
address_pattern_domain(const char *pattern)
{
	return strrchr(pattern, '@') + 1;
}

static bool
is_excluding(const char *pattern)
{
	return pattern[0] == '!';
}

/* A pattern in two parts; the local part is a copy. */
struct parts {
	char		 local[ADDRESS_MAX_LOCAL + 1];
	size_t		 len;
	const char	*domain;
};

static void
split(const char *pattern, struct parts *parts)
{
	parts->domain = address_pattern_domain(pattern);
	pattern += is_excluding(pattern);
	parts->len = (size_t)(parts->domain - 1 - pattern);
	memcpy(parts->local, pattern, parts->len);
	parts->local[parts->len] = '\0';
}

static bool
domain_matches(const char *pattern, const char *domain)
{
	if (strncmp(pattern, "*.", 2) == 0)
		return dkimsig_domain_is_below(domain, pattern + 2);
	return dkimsig_domain_equal(domain, pattern);
}

static bool
matches(const char *pattern, const char *local, const char *domain)
{
	struct parts parts;

	if (!domain_matches(address_pattern_domain(pattern), domain))
		return false;
	split(pattern, &parts);
	return pattern_text_matches(parts.local, local, strlen(local));
}

bool
address_pattern_list_allows(const struct text_list *list, const char *local,
    const char *domain)
{
	bool is_named = false, has_names = false;
	const char *pattern;
	size_t i;

	for (i = 0; i < list->n; i++) {
		pattern = list->texts[i];
		has_names |= !is_excluding(pattern);
		if (!matches(pattern, local, domain))
			continue;
		if (is_excluding(pattern))
			return false;
		is_named = true;
	}
	return is_named || !has_names;
}

bool
address_pattern_list_is_closed(const struct text_list *list)
{
	struct parts parts;
	bool has_names = false;
	size_t i;

	for (i = 0; i < list->n; i++) {
		if (is_excluding(list->texts[i]))
			continue;
		has_names = true;
		split(list->texts[i], &parts);
		if (strchr(parts.local, '*') != NULL)
			return false;
	}
	return has_names;
}

static bool
patterns_meet(const char *a, const char *b)
{
	struct parts pa, pb;

	split(a, &pa);
	split(b, &pb);
	if (!pattern_domains_meet(pa.domain, pb.domain))
		return false;
	if (strchr(pa.local, '*') == NULL)
		return pattern_text_matches(pb.local, pa.local, pa.len);
	return strchr(pb.local, '*') != NULL ||
	    pattern_text_matches(pa.local, pb.local, pb.len);
}

bool
address_pattern_lists_meet(const struct text_list *a,
    const struct text_list *b)
{
	bool a_names = false, b_names = false;
	size_t i, j;

	for (j = 0; j < b->n; j++)
		b_names |= !is_excluding(b->texts[j]);
	for (i = 0; i < a->n; i++) {
		if (is_excluding(a->texts[i]))
			continue;
		a_names = true;
		for (j = 0; j < b->n; j++)
			if (!is_excluding(b->texts[j]) &&
			    patterns_meet(a->texts[i], b->texts[j]))
				return true;
	}
	return !a_names || !b_names;
}
