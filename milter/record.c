/* SPDX-License-Identifier: ISC */

/*
 * Lines of names and values: see record.h.
 */

#include "record.h"

#include <stdio.h>
#include <string.h>

#include "log.h"

/* For what ends the line: ,"truncated":true} and a NUL. */
#define RESERVE		24
#define MAX_VALUE	2048	/* octets of one value as it is written */

struct out {
	char		*buf;
	size_t		 len, size;
	bool		 overflow;
};

static void
put(struct out *out, const char *text, size_t len)
{
	if (out->overflow || len >= out->size - out->len) {
		out->overflow = true;
		return;
	}
	memcpy(out->buf + out->len, text, len);
	out->len += len;
	out->buf[out->len] = '\0';
}

static void
put_str(struct out *out, const char *text)
{
	put(out, text, strlen(text));
}

/*
 * RFC 8259 section 7.  Octets outside ASCII are written as the characters of
 * Latin-1 that they would be: which text they are nobody knows.
 */
static void
put_json(struct out *out, const char *value)
{
	char escape[8];
	unsigned char c;

	put_str(out, "\"");
	for (; (c = (unsigned char)*value) != '\0'; value++) {
		if (c == '"' || c == '\\') {
			escape[0] = '\\';
			escape[1] = (char)c;
			put(out, escape, 2);
		} else if (c < ' ' || c > '~') {
			(void)snprintf(escape, sizeof(escape), "\\u%04x", c);
			put_str(out, escape);
		} else
			put(out, value, 1);
	}
	put_str(out, "\"");
}

static void
put_logfmt(struct out *out, const char *value)
{
	char safe[MAX_VALUE];

	put_str(out, log_value(safe, sizeof(safe), value, strlen(value)));
}

void
record_begin(struct record *record, bool is_json)
{
	record->is_json = is_json;
	record->is_truncated = false;
	record->len = 0;
	record->line[0] = '\0';
}

static void
begin_pair(const struct record *record, struct out *out, char *buf,
    size_t bufsize, const char *key)
{
	out->buf = buf;
	out->len = 0;
	out->size = bufsize;
	out->overflow = false;
	buf[0] = '\0';
	if (record->is_json) {
		put_str(out, record->len == 0 ? "{\"" : ",\"");
		put_str(out, key);
		put_str(out, "\":");
	} else {
		if (record->len > 0)
			put_str(out, " ");
		put_str(out, key);
		put_str(out, "=");
	}
}

static void
end_pair(struct record *record, const struct out *out)
{
	if (out->overflow ||
	    out->len >= sizeof(record->line) - RESERVE - record->len) {
		record->is_truncated = true;
		return;
	}
	memcpy(record->line + record->len, out->buf, out->len + 1);
	record->len += out->len;
}

void
record_text(struct record *record, const char *key, const char *value)
{
	char pair[MAX_VALUE + 64];
	struct out out;

	begin_pair(record, &out, pair, sizeof(pair), key);
	if (record->is_json)
		put_json(&out, value);
	else
		put_logfmt(&out, value);
	end_pair(record, &out);
}

static void
put_plain(struct record *record, const char *key, const char *value)
{
	char pair[128];
	struct out out;

	begin_pair(record, &out, pair, sizeof(pair), key);
	put_str(&out, value);
	end_pair(record, &out);
}

void
record_number(struct record *record, const char *key, long long value)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%lld", value);
	put_plain(record, key, text);
}

void
record_bool(struct record *record, const char *key, bool value)
{
	put_plain(record, key, value ? "true" : "false");
}

void
record_list(struct record *record, const char *key,
    const char *const *values, size_t n)
{
	char pair[MAX_VALUE + 64], joined[MAX_VALUE];
	struct out out, list = { joined, 0, sizeof(joined), false };
	size_t i;

	begin_pair(record, &out, pair, sizeof(pair), key);
	joined[0] = '\0';
	if (record->is_json)
		put_str(&out, "[");
	for (i = 0; i < n; i++) {
		if (record->is_json) {
			if (i > 0)
				put_str(&out, ",");
			put_json(&out, values[i]);
		} else {
			if (i > 0)
				put_str(&list, ",");
			put_str(&list, values[i]);
		}
	}
	if (record->is_json)
		put_str(&out, "]");
	else
		put_logfmt(&out, joined);
	if (list.overflow)
		out.overflow = true;
	end_pair(record, &out);
}

const char *
record_end(struct record *record)
{
	const char *end = record->is_json ? "}" : "";

	if (record->len == 0 && record->is_json)
		end = "{}";
	if (record->is_truncated)
		end = record->len == 0 ?
		    (record->is_json ? "{\"truncated\":true}" :
		    "truncated=true") :
		    (record->is_json ? ",\"truncated\":true}" :
		    " truncated=true");
	strlcat(record->line, end, sizeof(record->line));
	record->len = strlen(record->line);
	return record->line;
}
