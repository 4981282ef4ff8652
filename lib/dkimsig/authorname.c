/* SPDX-License-Identifier: ISC */

/*
 * The domain name that a mail program sees after an "@".
 *
 * domain.c decides what a valid domain name is.  This file finds out what a
 * receiver may take for one, and which organization it would belong to.  Names
 * are mapped by UTS 46, as mail programs and browsers do.  Transitional and
 * nontransitional processing differ in four characters, so one name may be two
 * domains.
 *
 * A receiver looks up whatever it has read, and finds the policy of the
 * organizational domain.  So a label that is impossible in DNS becomes "?",
 * which equals no domain, and the labels to its right are kept: a+b.d.example
 * becomes ?.d.example.  Labels that make the name too long are replaced in the
 * same way.
 *
 * Fails only if memory runs out.
 */

#include <stdint.h>
#include <string.h>

#include <idn2.h>

#include "dkimsig/authorname.h"
#include "dkimsig/domain.h"
#include "dkimsig/utf8.h"

#define LABEL_MAX	63	/* octets, RFC 1034 section 3.1 */
#define RAW_LABEL_MAX	(LABEL_MAX * 8)	/* marks may vanish in mapping */

static const int processing[AUTHORNAME_FORMS] = {
	IDN2_NONTRANSITIONAL, IDN2_TRANSITIONAL
};

/* The length of the dot at the start of v: ".", U+3002, U+FF0E or U+FF61. */
static size_t
dot_length(struct view v)
{
	static const char *const dots[] = {
		".", "\xe3\x80\x82", "\xef\xbc\x8e", "\xef\xbd\xa1"
	};
	size_t i;

	for (i = 0; i < sizeof(dots) / sizeof(dots[0]); i++)
		if (v.len >= strlen(dots[i]) &&
		    memcmp(v.ptr, dots[i], strlen(dots[i])) == 0)
			return strlen(dots[i]);
	return 0;
}

/* Take the last label and the dot before it off the end of a name. */
static struct view
last_label(struct view *name, bool *more)
{
	struct view label;
	size_t start = name->len, dotlen;

	/* No octet inside a UTF-8 character can begin a dot. */
	for (; start > 0; start--) {
		dotlen = dot_length(view_of(name->ptr + start - 1,
		    name->len - (start - 1)));
		if (dotlen > 0) {
			label = view_of(name->ptr + start - 1 + dotlen,
			    name->len - (start - 1) - dotlen);
			name->len = start - 1;
			*more = true;
			return label;
		}
	}
	label = *name;
	name->len = 0;
	*more = false;
	return label;
}

static bool
is_plain_utf8(struct view v)
{
	size_t n;

	while (v.len > 0) {
		n = utf8_length(v.ptr, v.len);
		if (n == 0 || *v.ptr == '\0')
			return false;
		v.ptr += n;
		v.len -= n;
	}
	return true;
}

/* Letters, digits, hyphens, underscores, and dots, which mapping can create. */
static bool
is_dns_text(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((lower(s[i]) < 'a' || lower(s[i]) > 'z') &&
		    (s[i] < '0' || s[i] > '9') && s[i] != '-' &&
		    s[i] != '_' && s[i] != '.')
			return false;
	return len > 0;
}

/* A label as it would be looked up in DNS; "?" if it cannot be. */
static int
map_label(struct view label, int flags, char out[LABEL_MAX + 1])
{
	char text[RAW_LABEL_MAX + 1];
	uint8_t *mapped = NULL;
	size_t i;
	int error;

	(void)memcpy(out, "?", 2);
	if (label.len <= LABEL_MAX && is_dns_text(label.ptr, label.len)) {
		for (i = 0; i < label.len; i++)
			out[i] = lower(label.ptr[i]);
		out[i] = '\0';
		return 0;
	}
	if (label.len > RAW_LABEL_MAX || !is_plain_utf8(label))
		return 0;
	memcpy(text, label.ptr, label.len);
	text[label.len] = '\0';
	error = idn2_lookup_u8((const uint8_t *)text, &mapped,
	    IDN2_NFC_INPUT | flags);
	if (error != IDN2_OK)
		return error == IDN2_MALLOC ? DKIMSIG_E_NOMEM : 0;
	i = strlen((const char *)mapped);
	if (i <= LABEL_MAX && is_dns_text((const char *)mapped, i))
		memcpy(out, mapped, i + 1);
	idn2_free(mapped);
	return 0;
}

/*
 * Put a label in front of the name, which is at the end of text from *start on.
 * If no more labels fit, put "?" instead and return false.
 */
static bool
prepend(char text[DKIMSIG_DOMAIN_SIZE], size_t *start, const char *label)
{
	size_t len = strlen(label);
	bool fits = len + 1 + strlen("?.") <= *start;

	if (!fits) {
		label = "?";
		len = 1;
	}
	if (text[*start] != '\0')
		text[--*start] = '.';
	*start -= len;
	memcpy(text + *start, label, len);
	return fits;
}

/* A top-level domain is alphabetic (RFC 1123 section 2.1). */
static bool
can_be_last(const char *label)
{
	return strspn(label, "0123456789?") < strlen(label);
}

/* Set *is_valid, or return DKIMSIG_E_NOMEM. */
static int
validate(const char *name, bool *is_valid)
{
	char again[DKIMSIG_DOMAIN_SIZE];
	int r;

	r = domain_normalize(name, strlen(name), DOMAIN_UNDERSCORE, again,
	    sizeof(again));
	*is_valid = r == 0 && strcmp(again, name) == 0;
	return r == DKIMSIG_E_NOMEM ? r : 0;
}

/* Whether there are two labels to the right of the last "?". */
static bool
is_known(const char *name)
{
	const char *unknown = strrchr(name, '?');

	if (unknown != NULL)
		name = unknown + strlen("?.");
	return strchr(name, '.') != NULL;
}

/* One form of a name; "" if it has no domain. */
static int
map_name(struct view rest, int flags, char out[DKIMSIG_DOMAIN_SIZE])
{
	char text[DKIMSIG_DOMAIN_SIZE], label[LABEL_MAX + 1];
	size_t start = sizeof(text) - 1;
	bool more = true;
	struct view view;
	int r;

	out[0] = '\0';
	text[start] = '\0';
	while (more) {
		view = last_label(&rest, &more);
		/* Skip dots at the end. */
		if (view.len == 0 && text[start] == '\0')
			continue;
		if ((r = map_label(view, flags, label)) != 0)
			return r;
		if (text[start] == '\0' && !can_be_last(label))
			return 0;
		if (!prepend(text, &start, label))
			break;
	}
	if (is_known(text + start))
		memcpy(out, text + start, sizeof(text) - start);
	return 0;
}

int
authorname_read(struct view raw, struct authorname *name)
{
	bool is_valid;
	size_t i;
	int r;

	name->is_certain = true;
	for (i = 0; i < AUTHORNAME_FORMS; i++) {
		if ((r = map_name(raw, processing[i], name->text[i])) != 0 ||
		    (r = validate(name->text[i], &is_valid)) != 0)
			return r;
		if (!is_valid)
			name->is_certain = false;
	}
	if (strcmp(name->text[0], name->text[1]) == 0)
		name->text[1][0] = '\0';
	return 0;
}
