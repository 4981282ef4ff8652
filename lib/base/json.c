/* SPDX-License-Identifier: ISC */

/*
 * JSON values, RFC 8259.  The output is ASCII, so that it is safe on a terminal
 * and in a log.
 *
 * A character outside printable ASCII is escaped (section 7).  Octets that
 * are not UTF-8 (RFC 3629 section 4) are written as the code point of the same
 * number, so that the output is valid JSON for any input.  Nothing here fails.
 */

#include "base/json.h"

#include <string.h>

#include "base/rfc3339.h"

/*
 * The length of the UTF-8 character at p, which has len octets; 0 if it is not
 * UTF-8.  Overlong forms, surrogates and code points over U+10FFFF are refused.
 */
static size_t
utf8_char(const unsigned char *p, size_t len, uint32_t *point)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n, i;

	if (p[0] < 0x80)
		n = 1;
	else if (p[0] >= 0xc2 && p[0] <= 0xdf)
		n = 2;
	else if ((p[0] & 0xf0) == 0xe0)
		n = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		n = 4;
	else
		return 0;
	if (n > len)
		return 0;
	*point = n == 1 ? p[0] : p[0] & (0xffu >> (n + 1));
	for (i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*point = *point << 6 | (p[i] & 0x3fu);
	}
	if (*point < least[n] || *point > 0x10ffff ||
	    (*point >= 0xd800 && *point <= 0xdfff))
		return 0;
	return n;
}

bool
json_is_our_format(const char *value)
{
	char format[16];

	(void)snprintf(format, sizeof(format), "%d", JSON_FORMAT);
	return value == NULL || strcmp(value, format) == 0;
}

size_t
json_escape(const char *text, size_t len, char escaped[JSON_ESCAPE_SIZE])
{
	const unsigned char *p = (const unsigned char *)text;
	uint32_t point;
	size_t n;

	if (*p >= ' ' && *p <= '~') {
		(void)snprintf(escaped, JSON_ESCAPE_SIZE, "%s%c",
		    *p == '"' || *p == '\\' ? "\\" : "", *p);
		return 1;
	}
	if ((n = utf8_char(p, len, &point)) == 0) {
		point = *p;
		n = 1;
	}
	if (point < 0x10000)
		(void)snprintf(escaped, JSON_ESCAPE_SIZE, "\\u%04x",
		    (unsigned int)point & 0xffff);
	else
		(void)snprintf(escaped, JSON_ESCAPE_SIZE, "\\u%04x\\u%04x",
		    0xd800u | ((point - 0x10000) >> 10 & 0x3ff),
		    0xdc00u | (point & 0x3ff));
	return n;
}

void
json_print_string(FILE *fp, const char *text, size_t len)
{
	char escaped[JSON_ESCAPE_SIZE];
	size_t i = 0;

	(void)putc('"', fp);
	while (i < len) {
		i += json_escape(text + i, len - i, escaped);
		(void)fputs(escaped, fp);
	}
	(void)putc('"', fp);
}

void
json_print_text(FILE *fp, const char *text)
{
	if (text == NULL || text[0] == '\0')
		(void)fputs("null", fp);
	else
		json_print_string(fp, text, strlen(text));
}

void
json_print_word(FILE *fp, const char *words)
{
	const char *p;

	if (words == NULL || words[0] == '\0') {
		(void)fputs("null", fp);
		return;
	}
	(void)putc('"', fp);
	for (p = words; *p != '\0'; p++)
		(void)putc(*p == ' ' ? '-' : *p >= 'A' && *p <= 'Z' ?
		    *p | 0x20 : *p, fp);
	(void)putc('"', fp);
}

void
json_print_time(FILE *fp, int64_t seconds)
{
	char buf[RFC3339_SIZE];

	if (!rfc3339_print(seconds, buf))
		(void)fputs("null", fp);
	else
		json_print_string(fp, buf, strlen(buf));
}
