/* SPDX-License-Identifier: ISC */

/*
 * Lines of names and values: see logline.h.
 *
 * A value is written into a buffer of its own first, and comes into the line
 * whole or not at all.  Nothing fails.
 *
 * In JSON a character outside ASCII is escaped too: the log takes no other
 * octets.  Octets that are no UTF-8 are written as if each were the character
 * of that number: which text they were meant to be nobody knows.
 */

#include "front/logline.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

#define END_SIZE	24	/* room for ,"truncated":true} and a NUL */
#define ESCAPE_SIZE	16	/* two of \uXXXX and a NUL */

static const char cut[] = "...";

void
logline_begin(struct logline *line, bool is_json)
{
	line->is_json = is_json;
	line->is_truncated = false;
	line->len = 0;
	line->text[0] = '\0';
}

/* The pair, its value written already, if it ends before limit. */
static bool
put_pair(struct logline *line, const char *key, const char *value,
    size_t limit)
{
	const size_t room = limit - line->len;
	char *end = line->text + line->len;
	int n;

	if (line->is_json)
		n = snprintf(end, room, "%c\"%s\":%s",
		    line->len == 0 ? '{' : ',', key, value);
	else
		n = snprintf(end, room, "%s%s=%s",
		    line->len == 0 ? "" : " ", key, value);
	if (n < 0 || (size_t)n >= room) {
		*end = '\0';
		return false;
	}
	line->len += (size_t)n;
	return true;
}

static void
add(struct logline *line, const char *key, const char *value)
{
	if (!put_pair(line, key, value, sizeof(line->text) - END_SIZE))
		line->is_truncated = true;
}

/*
 * The character of UTF-8 at p, which is NUL-terminated: its number of octets,
 * 0 if it is none.  RFC 3629 section 4: the shortest form only, no surrogate,
 * nothing over U+10FFFF.
 */
static size_t
utf8_char(const unsigned char *p, uint32_t *point)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len, i;

	if (p[0] < 0x80)
		len = 1;
	else if (p[0] >= 0xc2 && p[0] <= 0xdf)
		len = 2;
	else if ((p[0] & 0xf0) == 0xe0)
		len = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		len = 4;
	else
		return 0;
	*point = len == 1 ? p[0] : p[0] & (0xffu >> (len + 1));
	for (i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*point = *point << 6 | (p[i] & 0x3fu);
	}
	if (*point < least[len] || *point > 0x10ffff ||
	    (*point >= 0xd800 && *point <= 0xdfff))
		return 0;
	return len;
}

/*
 * What is at text, as it stands within a JSON string, RFC 8259 section 7;
 * the number of octets that it was is returned.
 */
static size_t
escape(const char *text, char escaped[ESCAPE_SIZE])
{
	const unsigned char *p = (const unsigned char *)text;
	uint32_t point;
	size_t len;

	if (*p >= ' ' && *p <= '~') {
		(void)snprintf(escaped, ESCAPE_SIZE, "%s%c",
		    *p == '"' || *p == '\\' ? "\\" : "", *p);
		return 1;
	}
	if ((len = utf8_char(p, &point)) == 0) {
		point = *p;
		len = 1;
	}
	if (point < 0x10000)
		(void)snprintf(escaped, ESCAPE_SIZE, "\\u%04x",
		    (unsigned int)point & 0xffff);
	else
		(void)snprintf(escaped, ESCAPE_SIZE, "\\u%04x\\u%04x",
		    0xd800u | ((point - 0x10000) >> 10 & 0x3ff),
		    0xdc00u | (point & 0x3ff));
	return len;
}

/*
 * Write text as a JSON string of less than bufsize octets, which are 8 at
 * least; false if it had to be cut.
 */
static bool
put_string(char *buf, size_t bufsize, const char *text)
{
	const size_t room = bufsize - sizeof(cut) - 1;	/* before "..." and " */
	char escaped[ESCAPE_SIZE];
	size_t len = 0, used, need;

	buf[len++] = '"';
	while (*text != '\0') {
		used = escape(text, escaped);
		need = strlen(escaped);
		if (need > room - len) {
			memcpy(buf + len, cut, sizeof(cut) - 1);
			len += sizeof(cut) - 1;
			break;
		}
		memcpy(buf + len, escaped, need);
		len += need;
		text += used;
	}
	buf[len++] = '"';
	buf[len] = '\0';
	return *text == '\0';
}

void
logline_text(struct logline *line, const char *key, const char *value)
{
	char written[LOGLINE_VALUE_SIZE];

	if (line->is_json)
		(void)put_string(written, sizeof(written), value);
	else
		(void)log_value(written, sizeof(written), value,
		    strlen(value));
	add(line, key, written);
}

void
logline_number(struct logline *line, const char *key, long long value)
{
	char written[24];

	(void)snprintf(written, sizeof(written), "%lld", value);
	add(line, key, written);
}

void
logline_bool(struct logline *line, const char *key, bool value)
{
	add(line, key, value ? "true" : "false");
}

static void
put_array(char *buf, size_t bufsize, const char *const *texts, size_t n)
{
	static const char rest[] = ",\"...\"]";
	const size_t room = bufsize - sizeof(rest);	/* before it */
	size_t len = 0, i;

	buf[len++] = '[';
	for (i = 0; i < n; i++) {
		/* Quotes, a cut, a comma and a NUL. */
		if (room - len < 9 || !put_string(buf + len + (i > 0),
		    room - len - (i > 0), texts[i])) {
			(void)strlcpy(buf + len, i > 0 ? rest : rest + 1,
			    bufsize - len);
			return;
		}
		if (i > 0)
			buf[len] = ',';
		len += strlen(buf + len);
	}
	buf[len++] = ']';
	buf[len] = '\0';
}

static void
put_commas(char *buf, size_t bufsize, const char *const *texts, size_t n)
{
	const size_t room = bufsize - sizeof(cut) - 1;	/* before ",..." */
	size_t len = 0, need, i;

	buf[0] = '\0';
	for (i = 0; i < n; i++) {
		need = strlen(texts[i]) + (i > 0);
		if (need > room - len) {
			(void)snprintf(buf + len, bufsize - len, "%s%s",
			    i > 0 ? "," : "", cut);
			return;
		}
		(void)snprintf(buf + len, bufsize - len, "%s%s",
		    i > 0 ? "," : "", texts[i]);
		len += need;
	}
}

void
logline_list(struct logline *line, const char *key, const char *const *texts,
    size_t n)
{
	char written[LOGLINE_VALUE_SIZE], joined[LOGLINE_VALUE_SIZE - 4];

	if (line->is_json)
		put_array(written, sizeof(written), texts, n);
	else {
		put_commas(joined, sizeof(joined), texts, n);
		(void)log_value(written, sizeof(written), joined,
		    strlen(joined));
	}
	add(line, key, written);
}

const char *
logline_end(struct logline *line)
{
	if (line->is_truncated)
		(void)put_pair(line, "truncated", "true",
		    sizeof(line->text) - 1);
	if (line->is_json) {
		if (line->len == 0)
			line->text[line->len++] = '{';
		line->text[line->len++] = '}';
		line->text[line->len] = '\0';
	}
	return line->text;
}
