/* SPDX-License-Identifier: ISC */

/*
 * Lines of keys and values: see logline.h.
 *
 * Each value is first written into a buffer, and then added to the line as a
 * whole or not at all.  Nothing fails.
 */

#include "front/logline.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"

#define END_SIZE	24	/* room for ,"truncated":true} and a NUL */

static const char cut[] = "...";

void
logline_begin(struct logline *line, bool is_json)
{
	line->is_json = is_json;
	line->is_truncated = false;
	line->len = 0;
	line->text[0] = '\0';
}

/* Add a pair, whose value is already escaped, if it ends before limit. */
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
 * Write text as a JSON string that fits into bufsize octets, at least 8; false
 * if it had to be cut.
 */
static bool
put_string(char *buf, size_t bufsize, const char *text)
{
	const size_t room = bufsize - sizeof(cut) - 1;	/* before "..." and " */
	char escaped[JSON_ESCAPE_SIZE];
	size_t len = 0, left = strlen(text), used, need;

	buf[len++] = '"';
	while (left > 0) {
		used = json_escape(text, left, escaped);
		need = strlen(escaped);
		if (need > room - len) {
			memcpy(buf + len, cut, sizeof(cut) - 1);
			len += sizeof(cut) - 1;
			break;
		}
		memcpy(buf + len, escaped, need);
		len += need;
		text += used;
		left -= used;
	}
	buf[len++] = '"';
	buf[len] = '\0';
	return left == 0;
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
		/* Room for quotes, "...", a comma and a NUL. */
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
