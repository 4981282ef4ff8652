/* SPDX-License-Identifier: ISC */

/*
 * Log lines that contain a decision: see entry.h.
 *
 *	Nov 23 13:37:00 relay countersign-milter[123]: qid=...
 *	2026-11-23T13:37:00.123456+01:00 relay countersign-milter[123]: qid=...
 *	2026-11-23T13:37:00Z countersign-milter[123]: {"qid":...
 *	{"time":"2026-11-23T13:37:00.123Z","qid":...
 *
 * The tag must be where syslog puts it, because other programs log text from
 * mail, in which the same words may appear.  A time without a year is local
 * time, and in the last year in which it is not in the future.
 */

#include "journal/entry.h"

#include <jansson.h>
#include <string.h>
#include <time.h>

#include "base/rfc3339.h"

#define DAY		(24 * 60 * 60)
#define STAMP_LEN	15	/* "Nov 23 13:37:00" */

/* A part of a line. */
struct part {
	const char	*text;
	size_t		 len;
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Take the text up to a blank, and the blank; false if there is none. */
static bool
take_word(struct part *rest, struct part *word)
{
	const char *blank = memchr(rest->text, ' ', rest->len);

	if (blank == NULL || blank == rest->text)
		return false;
	word->text = rest->text;
	word->len = (size_t)(blank - rest->text);
	rest->text += word->len + 1;
	rest->len -= word->len + 1;
	return true;
}

/* Two digits as a number, or -1. */
static int
two_digits(const char *p)
{
	return is_digit(p[0]) && is_digit(p[1]) ?
	    (p[0] - '0') * 10 + (p[1] - '0') : -1;
}

/* An offset from UTC, "Z" or "+01:00", in seconds. */
static bool
read_offset(const char *p, size_t len, int64_t *offset)
{
	int hours, minutes;

	*offset = 0;
	if (len == 1)
		return *p == 'Z';
	if (len != 6 || (*p != '+' && *p != '-') || p[3] != ':' ||
	    (hours = two_digits(p + 1)) < 0 ||
	    (minutes = two_digits(p + 4)) < 0)
		return false;
	*offset = (hours * 60 + minutes) * 60;
	if (*p == '-')
		*offset = -*offset;
	return true;
}

/* RFC 3339, with or without a fraction of a second. */
static bool
read_new_stamp(const struct part *word, int64_t *seconds)
{
	const size_t whole_len = RFC3339_LEN - 1;	/* without the "Z" */
	char whole[RFC3339_SIZE];
	int64_t offset;
	size_t i = whole_len;

	if (word->len <= whole_len)
		return false;
	memcpy(whole, word->text, whole_len);
	whole[whole_len] = 'Z';
	if (word->text[i] == '.')
		for (i++; i < word->len && is_digit(word->text[i]); i++)
			continue;
	if (i == word->len ||
	    !read_offset(word->text + i, word->len - i, &offset) ||
	    !rfc3339_parse(whole, RFC3339_LEN, seconds))
		return false;
	*seconds -= offset;
	return true;
}

static int
month_of(const char *p)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int i;

	for (i = 0; i < 12; i++)
		if (memcmp(names + i * 3, p, 3) == 0)
			return i;
	return -1;
}

/* "Nov  3 13:37:00": the latest such time that is not a day ahead of now. */
static bool
read_old_stamp(const char *p, int64_t now, int64_t *seconds)
{
	const time_t then = (time_t)now;
	struct tm tm, present;
	char day[2] = { p[4] == ' ' ? '0' : p[4], p[5] };
	int years;

	memset(&tm, 0, sizeof(tm));
	if (localtime_r(&then, &present) == NULL ||
	    (tm.tm_mon = month_of(p)) < 0 || p[3] != ' ' ||
	    (tm.tm_mday = two_digits(day)) < 1 || p[6] != ' ' ||
	    (tm.tm_hour = two_digits(p + 7)) < 0 || p[9] != ':' ||
	    (tm.tm_min = two_digits(p + 10)) < 0 || p[12] != ':' ||
	    (tm.tm_sec = two_digits(p + 13)) < 0 || p[15] != ' ')
		return false;
	/* One more than needed, for 29 February. */
	for (years = 0; years <= 8; years++) {
		struct tm try = tm;

		try.tm_year = present.tm_year - years;
		try.tm_isdst = -1;
		*seconds = (int64_t)mktime(&try);
		if (try.tm_mday == tm.tm_mday && *seconds <= now + DAY)
			return true;
	}
	return false;
}

/* Take "countersign-milter[123]: "; false if the tag is another program's. */
static bool
take_tag(struct part *rest)
{
	const size_t namelen = sizeof(ENTRY_PROGRAM) - 1;
	const char *p = rest->text;
	size_t i = namelen;

	if (rest->len < namelen || memcmp(p, ENTRY_PROGRAM, namelen) != 0)
		return false;
	if (i < rest->len && p[i] == '[') {
		for (i++; i < rest->len && is_digit(p[i]); i++)
			continue;
		if (i == rest->len || p[i++] != ']')
			return false;
	}
	if (rest->len - i < 2 || p[i] != ':' || p[i + 1] != ' ')
		return false;
	rest->text += i + 2;
	rest->len -= i + 2;
	return true;
}

/* The name or address of a host: not the tag of a program. */
static bool
is_host(const struct part *word)
{
	size_t i;

	for (i = 0; i < word->len; i++)
		if (word->text[i] == '[' || word->text[i] == ']')
			return false;
	return word->text[word->len - 1] != ':';
}

/* Take the time, the host and the tag of a line of syslog or of stderr. */
static bool
take_prefix(struct part *rest, int64_t now, int64_t *seconds)
{
	struct part word;

	if (rest->len > STAMP_LEN && !is_digit(rest->text[0])) {
		if (!read_old_stamp(rest->text, now, seconds))
			return false;
		rest->text += STAMP_LEN + 1;
		rest->len -= STAMP_LEN + 1;
	} else if (!take_word(rest, &word) || !read_new_stamp(&word, seconds))
		return false;
	else if (take_tag(rest))
		return true;
	return take_word(rest, &word) && is_host(&word) && take_tag(rest);
}

bool
entry_read_line(struct logged_decision *d, const char *line, size_t len,
    int64_t now)
{
	struct part rest = { line, len };
	int64_t seconds;

	if (len > 0 && line[0] == '{')
		return decision_parse(d, line, len) &&
		    d->time != DECISION_NO_TIME;
	/* Most lines of a mail log are of other programs. */
	if (memmem(line, len, ENTRY_PROGRAM, sizeof(ENTRY_PROGRAM) - 1) ==
	    NULL)
		return false;
	if (!take_prefix(&rest, now, &seconds) ||
	    !decision_parse(d, rest.text, rest.len))
		return false;
	d->time = seconds;
	return true;
}

/* The time of an entry of the journal: microseconds, as a text. */
static bool
read_microseconds(const char *text, int64_t *seconds)
{
	size_t len = text != NULL ? strlen(text) : 0, i;

	*seconds = 0;
	/* 9,999 years have 18 digits. */
	if (len < 7 || len > 18)
		return false;
	for (i = 0; i < len - 6; i++) {
		if (!is_digit(text[i]))
			return false;
		*seconds = *seconds * 10 + (text[i] - '0');
	}
	return true;
}

bool
entry_read_json(struct logged_decision *d, const char *line, size_t len,
    int64_t now)
{
	json_t *object, *message;
	struct part rest;
	int64_t seconds, ignored;
	bool is_good = false;

	if ((object = json_loadb(line, len, 0, NULL)) == NULL)
		return false;
	message = json_object_get(object, "MESSAGE");
	if (json_is_string(message) && read_microseconds(json_string_value(
	    json_object_get(object, "__REALTIME_TIMESTAMP")), &seconds)) {
		rest.text = json_string_value(message);
		rest.len = json_string_length(message);
		/* What a service writes to stderr has a prefix of its own. */
		if (!decision_parse(d, rest.text, rest.len))
			is_good = take_prefix(&rest, now, &ignored) &&
			    decision_parse(d, rest.text, rest.len);
		else
			is_good = true;
		if (is_good)
			d->time = seconds;
	}
	json_decref(object);
	return is_good;
}
