/* SPDX-License-Identifier: ISC */

/*
 * There is one function per kind of change; each writes the values that a field
 * may have had before it.  A value is all text after the colon, with folds.
 *
 * If a change can be made at several places in a value, k counts the places.
 */

#include "diagnose/header_vary.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "text/text.h"

static void
put(FILE *out, const char *text, size_t len)
{
	(void)fwrite(text, 1, len, out);
}

/* Find the k-th run of blanks and folds: *n octets at offset *at. */
static bool
find_run(const char *v, size_t len, size_t k, size_t *at, size_t *n)
{
	size_t i, j;

	for (i = 0; i < len; i = j) {
		for (j = i; j < len && text_is_blank(v[j]); j++)
			;
		if (j > i && k-- == 0) {
			*at = i;
			*n = j - i;
			return true;
		}
		if (j == i)
			j++;
	}
	return false;
}

/* -- Inserted text */

static bool
without_begin(const char *v, size_t len, size_t k, FILE *out)
{
	size_t at, n;

	/* Skip blanks after the colon. */
	if (!find_run(v, len, k + (len > 0 && text_is_blank(v[0])), &at, &n))
		return false;
	put(out, v + at, len - at);
	return true;
}

/* Cut the value at a blank or a semicolon, beginning with the last one. */
static bool
without_end(const char *v, size_t len, size_t k, FILE *out)
{
	size_t i;

	for (i = len; i > 1; i--)
		if ((text_is_blank(v[i - 1]) || v[i - 1] == ';') &&
		    !text_is_blank(v[i - 2]) && k-- == 0) {
			put(out, v, i - 1);
			return true;
		}
	return false;
}

/* "Re: [list] text": remove the k-th brackets and the blanks after them. */
static bool
without_bracket(const char *v, size_t len, size_t k, FILE *out)
{
	const char *open, *close, *end = v + len, *p = v;

	for (; (open = memchr(p, '[', (size_t)(end - p))) != NULL;
	    p = close + 1) {
		if ((close = memchr(open, ']', (size_t)(end - open))) == NULL)
			return false;
		if (k-- > 0)
			continue;
		put(out, v, (size_t)(open - v));
		for (close++; close < end && text_is_blank(*close); close++)
			;
		put(out, close, (size_t)(end - close));
		return true;
	}
	return false;
}

/* -- Blanks that matter in relaxed canonicalization, too */

static bool
without_blank(const char *v, size_t len, size_t k, FILE *out)
{
	size_t at, n;

	if (!find_run(v, len, k, &at, &n))
		return false;
	put(out, v, at);
	put(out, v + at + n, len - at - n);
	return true;
}

/* Insert or remove blanks after each comma or semicolon. */
static bool
separators(const char *v, size_t len, size_t k, FILE *out)
{
	static const char *const marks[] = { ",", ";", ",;" };
	const char *mark;
	size_t i;

	if (k >= 6)
		return false;
	mark = marks[k / 2];
	for (i = 0; i < len; i++) {
		(void)putc(v[i], out);
		if (v[i] == '\0' || strchr(mark, v[i]) == NULL)
			continue;
		while (i + 1 < len && text_is_blank(v[i + 1]))
			i++;
		if (k % 2 == 0)
			(void)putc(' ', out);
	}
	return true;
}

/* -- Addresses and parameters */

static bool
without_octet(const char *v, size_t len, char octet, FILE *out)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (v[i] != octet)
			(void)putc(v[i], out);
	return true;
}

/* Quote the display name before each "<". */
static void
quote_names(const char *v, size_t len, FILE *out)
{
	size_t i, j, angle, end;

	for (i = 0; i < len; i = end) {
		for (j = i; j < len && (text_is_blank(v[j]) || v[j] == ',');
		    j++)
			(void)putc(v[j], out);
		for (angle = j; angle < len && v[angle] != '<' &&
		    v[angle] != ','; angle++)
			;
		for (end = angle; end < len && v[end] != ','; end++)
			;
		if (angle == end || angle == j || v[j] == '"')
			put(out, v + j, end - j);
		else {
			for (i = angle; i > j && text_is_blank(v[i - 1]); i--)
				;
			(void)putc('"', out);
			put(out, v + j, i - j);
			(void)putc('"', out);
			put(out, v + i, end - i);
		}
	}
}

static bool
name_quotes(const char *v, size_t len, size_t k, FILE *out)
{
	if (k == 0)
		return without_octet(v, len, '"', out);
	if (k == 1)
		quote_names(v, len, out);
	return k == 1;
}

/* An address without "<>": add them, or make its comment the name. */
static bool
bare_address(const char *p, size_t len, size_t k, FILE *out)
{
	const char *open = memchr(p, '(', len);
	size_t n;

	if (k == 0)
		(void)fprintf(out, " <%.*s>", (int)len, p);
	if (k != 1 || open == NULL || p[len - 1] != ')')
		return k == 0;
	n = (size_t)(open - p);
	len -= n + 2;
	p = text_trim(p, &n);
	(void)fprintf(out, " %.*s <%.*s>", (int)len, open + 1, (int)n, p);
	return true;
}

/* Convert between "<a@b>", "a@b", "Name <a@b>" and "a@b (Name)". */
static bool
address_form(const char *v, size_t len, size_t k, FILE *out)
{
	const char *p, *open, *name;
	size_t n, namelen;

	p = text_trim(v, &len);
	if (len == 0 || (open = memchr(p, '<', len)) == NULL)
		return len > 0 && bare_address(p, len, k, out);
	if (p[len - 1] != '>')
		return false;
	n = len - (size_t)(open - p);
	namelen = (size_t)(open - p);
	name = text_trim(p, &namelen);
	if (k == 0)
		(void)fprintf(out, " %.*s", (int)(n - 2), open + 1);
	else if (k == 1)
		(void)fprintf(out, " %.*s", (int)n, open);
	else if (k == 2)
		(void)fprintf(out, " %.*s (%.*s)", (int)(n - 2), open + 1,
		    (int)namelen, name);
	return k < 3;
}

/* The end of the domain that begins at at. */
static size_t
domain_end(const char *v, size_t len, size_t at)
{
	while (at < len && (isalnum((unsigned char)v[at]) || v[at] == '-' ||
	    v[at] == '.'))
		at++;
	return at;
}

/*
 * An MTA may append its own domain to an address that has none: remove the
 * domain of the k-th address, counted from 1, or all domains for k = 0.
 */
static bool
without_domain(const char *v, size_t len, size_t k, FILE *out)
{
	size_t i, n = 0;
	bool any = false;

	for (i = 0; i < len; i++) {
		if (v[i] == '@' && (k == 0 || ++n == k)) {
			i = domain_end(v, len, i + 1) - 1;
			any = true;
		} else
			(void)putc(v[i], out);
	}
	return any;
}

/* Remove or add quotes around parameter values, RFC 2045 section 5.1. */
static bool
parameter_quotes(const char *v, size_t len, size_t k, FILE *out)
{
	size_t i;
	bool open = false;

	if (k == 0)
		return without_octet(v, len, '"', out);
	for (i = 0; k == 1 && i < len; i++) {
		if (open && (v[i] == ';' || text_is_blank(v[i]))) {
			(void)putc('"', out);
			open = false;
		}
		(void)putc(v[i], out);
		if (v[i] == '=' && !open && i + 1 < len && v[i + 1] != '"') {
			(void)putc('"', out);
			open = true;
		}
	}
	if (open)
		(void)putc('"', out);
	return k == 1;
}

/* -- Fields with few possible values */

static bool
encodings(const char *v, size_t len, size_t k, FILE *out)
{
	static const char *const values[] = {
		" 8bit", " 7bit", " quoted-printable", " base64", " binary",
		" 8BIT", " 7BIT", " 8Bit", " 7Bit", " Quoted-Printable",
		" QUOTED-PRINTABLE", " BASE64", " Base64",
	};
	const size_t n = sizeof(values) / sizeof(values[0]);

	(void)v;
	(void)len;
	if (k < n)
		(void)fputs(values[k], out);
	return k < n;
}

/* Write the value with the first occurrence of from replaced by to. */
static bool
exchange(const char *v, size_t len, const char *from, const char *to,
    FILE *out)
{
	const char *p;
	size_t n = strlen(from);

	for (p = v; n <= len && p <= v + len - n; p++)
		if (strncasecmp(p, from, n) == 0) {
			put(out, v, (size_t)(p - v));
			(void)fputs(to, out);
			put(out, p + n, len - n - (size_t)(p - v));
			return true;
		}
	return true;
}

static bool
charsets(const char *v, size_t len, size_t k, FILE *out)
{
	static const char *const pairs[][2] = {
		{ "us-ascii", "utf-8" }, { "utf-8", "us-ascii" },
		{ "utf-8", "UTF-8" }, { "utf-8", "utf-8" },
		{ "us-ascii", "US-ASCII" }, { "us-ascii", "us-ascii" },
		{ "utf-8", "iso-8859-1" }, { "iso-8859-1", "utf-8" },
	};

	return k < sizeof(pairs) / sizeof(pairs[0]) &&
	    exchange(v, len, pairs[k][0], pairs[k][1], out);
}

static bool
dates(const char *v, size_t len, size_t k, FILE *out)
{
	static const char *const pairs[][2] = {
		{ " +0000", " GMT" }, { " +0000", " -0000" },
		{ " +0000", " UT" }, { " +0000", " UTC" },
		{ " +0000", " +0000 (UTC)" }, { " +0000", " +0000 (GMT)" },
		{ " GMT", " +0000" }, { " UTC", " +0000" },
		{ " -0000", " +0000" }, { " +0000 (UTC)", " GMT" },
		/* The day of the month with and without a leading zero. */
		{ ", 0", ", " }, { ", 1 ", ", 01 " }, { ", 2 ", ", 02 " },
		{ ", 3 ", ", 03 " }, { ", 4 ", ", 04 " },
		{ ", 5 ", ", 05 " }, { ", 6 ", ", 06 " },
		{ ", 7 ", ", 07 " }, { ", 8 ", ", 08 " },
		{ ", 9 ", ", 09 " },
	};

	return k < sizeof(pairs) / sizeof(pairs[0]) &&
	    exchange(v, len, pairs[k][0], pairs[k][1], out);
}

#define ADDRESSES	"from,to,cc,bcc,sender,reply-to,resent-from," \
	"resent-to,resent-cc,resent-sender"

const struct header_vary header_varies[] = {
	{ "blanks", "its blanks were changed", NULL, true, header_vary_blanks },
	{ "folding", "it was refolded", NULL, true, header_vary_folds },
	{ "text-prepended", "text was prepended to it", NULL, false,
	    without_begin },
	{ "tag-added", "a tag in brackets was added", "subject", false,
	    without_bracket },
	{ "text-appended", "text was appended to it", NULL, false,
	    without_end },
	{ "encoding", "its value was changed: the message was reencoded",
	    "content-transfer-encoding", false, encodings },
	{ "quotes", "quotes around names were added or removed", ADDRESSES,
	    false, name_quotes },
	{ "address", "the form of its address was changed", ADDRESSES
	    ",message-id,return-path,list-id", false, address_form },
	{ "domain", "a domain was appended to an address that had none",
	    ADDRESSES, false, without_domain },
	{ "parameter-quotes", "quotes around parameter values were added or "
	    "removed", "content-type,content-disposition,mime-version",
	    false, parameter_quotes },
	{ "charset", "its charset parameter was changed", "content-type",
	    false, charsets },
	{ "date", "the form of the date was changed", "date,resent-date",
	    false, dates },
	{ "encoded-words", "its encoded words (RFC 2047) were decoded or "
	    "reencoded", NULL, false, header_vary_words },
	{ "blank-inserted", "a blank was inserted, as by folding where there "
	    "was none", NULL, false, without_blank },
	{ "separators", "blanks after commas or semicolons were changed",
	    NULL, false, separators },
};
const size_t header_nvaries = sizeof(header_varies) /
    sizeof(header_varies[0]);
