/* SPDX-License-Identifier: ISC */

/*
 * Macros, RFC 7208 sections 7.1 to 7.3.
 *
 * Every octet is written by one bounded function, and no number in the record
 * is used as a size: another implementation had a buffer overflow in the
 * expansion (CVE-2023-42118).
 */

#include "spf/macro.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define DELIMITERS	".-+,/_="
#define MANY_PARTS	1000000	/* more than any value has */

struct macro {
	char		 letter;	/* in lower case */
	bool		 is_escaped;	/* the letter was in upper case */
	unsigned int	 keep;		/* parts from the right; 0: all */
	bool		 is_reversed;
	char		 delimiters[sizeof(DELIMITERS)];
};

static bool
is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_alnum(char c)
{
	return is_alpha(c) || (c >= '0' && c <= '9');
}

/*
 * Parse "{" letter, transformers, delimiters "}".  Returns its length in
 * octets, or 0 if it is not a macro.
 */
static size_t
parse_macro(const char *text, size_t len, const char *letters,
    struct macro *macro)
{
	size_t at = 0, n = 0;
	bool has_digits = false;

	memset(macro, 0, sizeof(*macro));
	if (len < 3 || text[at++] != '{' || !is_alpha(text[at]))
		return 0;
	macro->letter = text[at] | 0x20;
	macro->is_escaped = text[at] < 'a';
	at++;
	if (strchr(letters, macro->letter) == NULL)
		return 0;
	for (; at < len && text[at] >= '0' && text[at] <= '9'; at++) {
		has_digits = true;
		if (macro->keep < MANY_PARTS)
			macro->keep = macro->keep * 10 +
			    (unsigned int)(text[at] - '0');
	}
	if (has_digits && macro->keep == 0)
		return 0;
	if (at < len && (text[at] == 'r' || text[at] == 'R')) {
		macro->is_reversed = true;
		at++;
	}
	for (; at < len && text[at] != '\0' &&
	    strchr(DELIMITERS, text[at]) != NULL; at++)
		if (strchr(macro->delimiters, text[at]) == NULL)
			macro->delimiters[n++] = text[at];
	if (n == 0)
		macro->delimiters[0] = '.';
	return at < len && text[at] == '}' ? at + 1 : 0;
}

#define LETTERS		"slodiphv"
#define EXP_LETTERS	"slodiphvcrt"

static bool
is_macro_text(const char *text, size_t len, const char *letters,
    bool allows_blank, bool *ends_with_macro)
{
	struct macro macro;
	size_t i, n;

	*ends_with_macro = false;
	for (i = 0; i < len;) {
		if (text[i] != '%') {
			if (text[i] > '~' || text[i] < ' ' ||
			    (text[i] == ' ' && !allows_blank))
				return false;
			*ends_with_macro = false;
			i++;
			continue;
		}
		if (++i == len)
			return false;
		if (text[i] == '%' || text[i] == '_' || text[i] == '-') {
			*ends_with_macro = true;
			i++;
			continue;
		}
		n = parse_macro(text + i, len - i, letters, &macro);
		if (n == 0)
			return false;
		*ends_with_macro = true;
		i += n;
	}
	return true;
}

bool
spf_macro_is_string(const char *text, size_t len)
{
	bool unused;

	return is_macro_text(text, len, LETTERS, false, &unused);
}

bool
spf_macro_is_explanation(const char *text, size_t len)
{
	bool unused;

	return is_macro_text(text, len, EXP_LETTERS, true, &unused);
}

/* "." and a top label, which is not all digits; a final dot is allowed. */
static bool
ends_with_toplabel(const char *text, size_t len)
{
	bool has_letter = false;
	size_t end, i;

	if (len > 0 && text[len - 1] == '.')
		len--;
	for (end = len; end > 0 && text[end - 1] != '.'; end--)
		;
	if (end == 0 || end == len)
		return false;
	for (i = end; i < len; i++) {
		if (!is_alnum(text[i]) && text[i] != '-')
			return false;
		has_letter |= is_alpha(text[i]) || text[i] == '-';
	}
	return has_letter && text[end] != '-' && text[len - 1] != '-';
}

bool
spf_macro_is_domain_spec(const char *text, size_t len)
{
	bool ends_with_macro;

	if (len == 0 || !is_macro_text(text, len, LETTERS, false,
	    &ends_with_macro))
		return false;
	return ends_with_macro || ends_with_toplabel(text, len);
}

struct out {
	char	*buf;
	size_t	 len, size;
	bool	 overflow;
};

static void
put(struct out *out, char c)
{
	if (out->len + 1 >= out->size) {
		out->overflow = true;
		return;
	}
	out->buf[out->len++] = c;
	out->buf[out->len] = '\0';
}

/* Escape all but the unreserved characters of RFC 3986 section 2.3. */
static void
put_escaped(struct out *out, char c)
{
	static const char hex[] = "0123456789ABCDEF";
	unsigned char u = (unsigned char)c;

	if (is_alnum(c) || (c != '\0' && strchr("-._~", c) != NULL)) {
		put(out, c);
		return;
	}
	put(out, '%');
	put(out, hex[u >> 4]);
	put(out, hex[u & 15]);
}

/* The address as in %{i}: dotted octets, or dotted nibbles. */
static void
address_text(const struct spf_macro_values *v, char *buf, size_t bufsize)
{
	/* Upper case as in RFC 7208 section 7.4; DNS ignores case. */
	static const char hex[] = "0123456789ABCDEF";
	size_t i, n = 0;

	if (v->family == AF_INET) {
		(void)snprintf(buf, bufsize, "%u.%u.%u.%u", v->address[0],
		    v->address[1], v->address[2], v->address[3]);
		return;
	}
	for (i = 0; i < 16 && n + 5 <= bufsize; i++) {
		buf[n++] = hex[v->address[i] >> 4];
		buf[n++] = '.';
		buf[n++] = hex[v->address[i] & 15];
		buf[n++] = '.';
	}
	buf[n - 1] = '\0';
}

/* The value of a letter; it may be in buf. */
static const char *
value_of(const struct spf_macro_values *v, char letter, char *buf,
    size_t bufsize)
{
	const char *at = strrchr(v->sender, '@');

	switch (letter) {
	case 's':
		return v->sender;
	case 'l':
		(void)snprintf(buf, bufsize, "%.*s", at != NULL ?
		    (int)(at - v->sender) : 0, v->sender);
		return buf;
	case 'o':
		return at != NULL ? at + 1 : v->sender;
	case 'd':
		return v->domain;
	case 'i':
		address_text(v, buf, bufsize);
		return buf;
	case 'c':
		if (inet_ntop(v->family, v->address, buf,
		    (socklen_t)bufsize) == NULL)
			buf[0] = '\0';
		return buf;
	case 'p':
		return v->client_name(v->arg);
	case 'h':
		return v->helo;
	case 'r':
		return v->receiver;
	case 't':
		(void)snprintf(buf, bufsize, "%lld", (long long)v->now);
		return buf;
	case 'v':
		return v->family == AF_INET ? "in-addr" : "ip6";
	}
	return "";
}

static bool
is_delimiter(const struct macro *macro, char c)
{
	return c != '\0' && strchr(macro->delimiters, c) != NULL;
}

static void
put_part(struct out *out, const struct macro *macro, const char *part,
    size_t len)
{
	for (; len > 0; part++, len--)
		if (macro->is_escaped)
			put_escaped(out, *part);
		else
			put(out, *part);
}

/* Write the parts of value before end, the last one first. */
static void
put_reversed(struct out *out, const struct macro *macro, const char *value,
    const char *end)
{
	const char *part;

	for (;;) {
		for (part = end; part > value &&
		    !is_delimiter(macro, part[-1]); part--)
			;
		put_part(out, macro, part, (size_t)(end - part));
		if (part == value)
			return;
		put(out, '.');
		end = part - 1;
	}
}

/*
 * Section 7.3: split at the delimiters, reverse if asked to, keep the given
 * number of parts on the right, join them with dots.
 */
static void
put_macro(struct out *out, const struct spf_macro_values *values,
    const struct macro *macro)
{
	char buf[512];
	const char *value, *p;
	size_t n = 1, skip;

	value = value_of(values, macro->letter, buf, sizeof(buf));
	for (p = value; *p != '\0'; p++)
		n += is_delimiter(macro, *p);
	skip = macro->keep > 0 && macro->keep < n ? n - macro->keep : 0;
	if (macro->is_reversed) {
		/* The parts on the left after reversing are the last ones. */
		for (; skip > 0; skip--)
			while (!is_delimiter(macro, *--p))
				;
		put_reversed(out, macro, value, p);
		return;
	}
	for (; skip > 0; skip--)
		value += strcspn(value, macro->delimiters) + 1;
	for (;;) {
		n = strcspn(value, macro->delimiters);
		put_part(out, macro, value, n);
		if (value[n] == '\0')
			return;
		put(out, '.');
		value += n + 1;
	}
}

bool
spf_macro_expand(const struct spf_macro_values *values, const char *text,
    size_t len, char *buf, size_t bufsize)
{
	struct out out = { buf, 0, bufsize, bufsize == 0 };
	struct macro macro;
	size_t i, n;

	if (bufsize > 0)
		buf[0] = '\0';
	for (i = 0; i < len && !out.overflow; i++) {
		if (text[i] != '%') {
			put(&out, text[i]);
			continue;
		}
		if (++i == len)
			return false;
		if (text[i] == '%')
			put(&out, '%');
		else if (text[i] == '_')
			put(&out, ' ');
		else if (text[i] == '-') {
			put(&out, '%');
			put(&out, '2');
			put(&out, '0');
		} else {
			n = parse_macro(text + i, len - i, EXP_LETTERS,
			    &macro);
			if (n == 0)
				return false;
			put_macro(&out, values, &macro);
			i += n - 1;
		}
	}
	return !out.overflow;
}
