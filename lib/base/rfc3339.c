/* SPDX-License-Identifier: ISC */

/*
 * Times as text, RFC 3339 section 5.6, in the one form that the key store
 * writes: UTC, whole seconds, years 1970 to 9999.
 *
 * The calendar is computed here and not by gmtime(3), which may open the
 * time zone files: a locked-down process must be able to read the state file.
 * Fails only on a text in another form or a time out of range.
 */

#include "base/rfc3339.h"

#include <stdio.h>

#define SECONDS_A_DAY	86400
#define DAYS_1970	719468		/* from 0000-03-01 to 1970-01-01 */

static const int month_days[] = {
	31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
};

static bool
is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/*
 * Days since 1970.  Years are counted from March, so that the leap day is
 * the last one of its year.
 */
static int64_t
days_from_date(int year, int month, int day)
{
	int64_t y, m;

	y = month > 2 ? year : year - 1;
	m = (month + 9) % 12;
	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 +
	    day - 1 - DAYS_1970;
}

static bool
digits(const char *text, size_t n, int *value)
{
	size_t i;

	*value = 0;
	for (i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		*value = *value * 10 + (text[i] - '0');
	}
	return true;
}

bool
rfc3339_parse(const char *text, size_t len, int64_t *seconds)
{
	int year, month, day, hour, minute, second, last;

	if (len != RFC3339_LEN || text[4] != '-' || text[7] != '-' ||
	    text[10] != 'T' || text[13] != ':' || text[16] != ':' ||
	    text[19] != 'Z')
		return false;
	if (!digits(text, 4, &year) || !digits(text + 5, 2, &month) ||
	    !digits(text + 8, 2, &day) || !digits(text + 11, 2, &hour) ||
	    !digits(text + 14, 2, &minute) || !digits(text + 17, 2, &second))
		return false;
	if (year < 1970 || month < 1 || month > 12 || hour > 23 ||
	    minute > 59 || second > 59)
		return false;
	last = month_days[month - 1];
	if (month == 2 && is_leap(year))
		last++;
	if (day < 1 || day > last)
		return false;

	*seconds = days_from_date(year, month, day) * SECONDS_A_DAY +
	    hour * 3600 + minute * 60 + second;
	return true;
}

bool
rfc3339_print(int64_t seconds, char buf[RFC3339_SIZE])
{
	int64_t days;
	int year, month, day, rest;

	buf[0] = '\0';
	if (seconds < 0 || seconds > RFC3339_MAX)
		return false;
	days = seconds / SECONDS_A_DAY;
	rest = (int)(seconds % SECONDS_A_DAY);

	/* An estimate that is never too late and at most a few years early. */
	year = 1970 + (int)(days / 366);
	while (days_from_date(year + 1, 1, 1) <= days)
		year++;
	for (month = 12; days_from_date(year, month, 1) > days; month--)
		continue;
	day = (int)(days - days_from_date(year, month, 1)) + 1;

	(void)snprintf(buf, RFC3339_SIZE, "%04u-%02u-%02uT%02u:%02u:%02uZ",
	    (unsigned int)year % 10000, (unsigned int)month % 100,
	    (unsigned int)day % 100, (unsigned int)rest / 3600 % 100,
	    (unsigned int)rest % 3600 / 60, (unsigned int)rest % 60);
	return true;
}
