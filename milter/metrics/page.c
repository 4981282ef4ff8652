/* SPDX-License-Identifier: ISC */

/*
 * Text of metrics: see page.h.
 *
 * Values come from the front, which may have been taken over, so they are
 * looked at octet by octet (RFC 3629).  Memory doubles up to the limit.
 */

#include "metrics/page.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE	16384
#define LINE_SIZE	1024	/* no line is longer */
#define REPLACEMENT	"\xef\xbf\xbd"

/* Room for one more line. */
static int
grow(struct page *page)
{
	const size_t size = page->size == 0 ? FIRST_SIZE : 2 * page->size;
	char *text;

	if (page->len + LINE_SIZE > page->max)
		return EFBIG;
	if (page->size - page->len >= LINE_SIZE)
		return 0;
	if ((text = realloc(page->text, size)) == NULL)
		return ENOMEM;
	page->text = text;
	page->size = size;
	return 0;
}

void
page_printf(struct page *page, const char *format, ...)
{
	va_list ap;
	int n;

	if (page->error != 0 || (page->error = grow(page)) != 0)
		return;
	va_start(ap, format);
	n = vsnprintf(page->text + page->len, page->size - page->len, format,
	    ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= page->size - page->len)
		page->error = EFBIG;
	else
		page->len += (size_t)n;
}

/* The length of the character that begins here; 0 if none does. */
static size_t
character(const unsigned char *p)
{
	static const struct {
		unsigned char	first, last, low, high;
		size_t		len;
	} forms[] = {
		{ 0x20, 0x7e, 0,    0,    1 },
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	size_t i, n;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (p[0] >= forms[i].first && p[0] <= forms[i].last)
			break;
	if (i == sizeof(forms) / sizeof(forms[0]) || (forms[i].len > 1 &&
	    (p[1] < forms[i].low || p[1] > forms[i].high)))
		return 0;
	for (n = 2; n < forms[i].len; n++)
		if (p[n] < 0x80 || p[n] > 0xbf)
			return 0;
	return forms[i].len;
}

void
page_escape(const char *value, char *escaped, size_t size)
{
	const char *from;
	size_t len, taken;

	escaped[0] = '\0';
	while (*value != '\0') {
		from = value;
		taken = len = character((const unsigned char *)value);
		if (*value == '\n') {
			from = "\\n";
			len = 2;
			taken = 1;
		} else if (*value == '\\' || *value == '"') {
			from = *value == '"' ? "\\\"" : "\\\\";
			len = 2;
		} else if (len == 0) {
			from = REPLACEMENT;
			len = sizeof(REPLACEMENT) - 1;
			taken = 1;
		}
		if (len >= size)
			return;
		memcpy(escaped, from, len);
		escaped += len;
		*escaped = '\0';
		size -= len;
		value += taken;
	}
}
