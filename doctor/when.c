/* SPDX-License-Identifier: ISC */

/*
 * Times that a person gives: see when.h.
 *
 * strptime(3) reads them; a date that does not exist is refused, because
 * mktime(3) would silently take another one.
 */

#include "when.h"

#include <string.h>
#include <time.h>

#include "base/duration.h"

#define HOUR	3600

/* Read a whole text; what the format does not name keeps its value. */
static bool
read_as(const char *text, const char *format, struct tm *tm)
{
	const char *end = strptime(text, format, tm);

	return end != NULL && *end == '\0';
}

static bool
to_seconds(const struct tm *tm, bool is_utc, int64_t *seconds)
{
	struct tm copy = *tm;

	copy.tm_isdst = -1;
	*seconds = (int64_t)(is_utc ? timegm(&copy) : mktime(&copy));
	return copy.tm_mday == tm->tm_mday && copy.tm_mon == tm->tm_mon &&
	    *seconds >= 0;
}

static bool
parse_moment(const char *text, int64_t now, int64_t *seconds)
{
	static const char *const formats[] = { "%Y-%m-%dT%H:%M:%S",
	    "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M" };
	static const char *const utc_formats[] = { "%Y-%m-%dT%H:%M:%SZ",
	    "%Y-%m-%dT%H:%MZ" };
	const time_t present = (time_t)now;
	struct tm tm;
	size_t i;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		memset(&tm, 0, sizeof(tm));
		if (read_as(text, formats[i], &tm))
			return to_seconds(&tm, false, seconds);
	}
	for (i = 0; i < sizeof(utc_formats) / sizeof(utc_formats[0]); i++) {
		memset(&tm, 0, sizeof(tm));
		if (read_as(text, utc_formats[i], &tm))
			return to_seconds(&tm, true, seconds);
	}
	if (localtime_r(&present, &tm) == NULL)
		return false;
	tm.tm_sec = 0;
	if ((!read_as(text, "%H:%M:%S", &tm) && !read_as(text, "%H:%M",
	    &tm)) || !to_seconds(&tm, false, seconds))
		return false;
	if (*seconds <= now)
		return true;
	/* Not by 24 hours: the clock may have been changed in between. */
	tm.tm_mday--;
	tm.tm_isdst = -1;
	*seconds = (int64_t)mktime(&tm);
	return true;
}

bool
when_parse(const char *text, int64_t now, int64_t *since, int64_t *until)
{
	struct tm tm;
	long long ago;
	int64_t moment;

	memset(&tm, 0, sizeof(tm));
	if (read_as(text, "%Y-%m-%d", &tm)) {
		if (!to_seconds(&tm, false, since))
			return false;
		tm.tm_mday++;
		tm.tm_isdst = -1;
		*until = (int64_t)mktime(&tm) - 1;
		return true;
	}
	if (duration_parse(text, WHEN_MAX_AGO, &ago)) {
		*since = now > ago ? now - ago : 0;
		*until = now;
		return true;
	}
	if (!parse_moment(text, now, &moment))
		return false;
	*since = moment > HOUR ? moment - HOUR : 0;
	*until = moment + HOUR;
	return true;
}
