/* SPDX-License-Identifier: ISC */

/*
 * A sentence that says when signing mail of a domain starts, on what condition,
 * and which command must be run.
 *
 * Times are in UTC and rounded up to the minute.  Pure; nothing can fail.
 */

#include "rotate/start.h"

#include <stdio.h>
#include <time.h>

#define MINUTE	60
#define DAY	86400

/* Print "15:40 UTC", with the date if that is not today. */
static void
print_clock(int64_t when, int64_t now, char *text, size_t textsize)
{
	const time_t minute = (time_t)((when + MINUTE - 1) / MINUTE * MINUTE);
	struct tm tm;

	text[0] = '\0';
	if (gmtime_r(&minute, &tm) != NULL)
		(void)strftime(text, textsize, minute / DAY == now / DAY ?
		    "%H:%M UTC" : "%Y-%m-%d %H:%M UTC", &tm);
}

void
domain_start_print(const char *domain, enum lifecycle_start start,
    int64_t when, int64_t now, bool by_hand, const char *command,
    char text[DOMAIN_START_SIZE])
{
	const char *condition;
	char clock[32];

	text[0] = '\0';
	if (start == LIFECYCLE_SIGNS)
		return;
	if (start == LIFECYCLE_SIGNS_NOT) {
		(void)snprintf(text, DOMAIN_START_SIZE, "mail of %s is not "
		    "signed: no key could start signing", domain);
		return;
	}
	condition = start == LIFECYCLE_SIGNS_AT ?
	    "every name server still shows the record" : by_hand ?
	    "you publish the records now" :
	    "every name server shows the record now";
	print_clock(when, now, clock, sizeof(clock));
	(void)snprintf(text, DOMAIN_START_SIZE, "mail of %s will be signed "
	    "from about %s on if %s and '%s rotate %s' runs then: run it, or "
	    "wait for the timer, which runs it within the hour", domain,
	    clock, condition, command, domain);
}
