/* SPDX-License-Identifier: ISC */

/*
 * Times that a person gives, in a zone with summer time.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "when.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))
#define HOUR	3600

/* 2026-11-27T04:00:00Z: 05:00 in the zone. */
static const int64_t now = 1795752000;

static const struct {
	const char	*text;
	int64_t		 since, until;
} good[] = {
	{ "2026-11-23",	1795388400, 1795474799 },
	/* Days of 23 and 25 hours. */
	{ "2026-03-29",	1774738800, 1774738800 + 23 * HOUR - 1 },
	{ "2026-10-25",	1792879200, 1792879200 + 25 * HOUR - 1 },
	{ "2026-11-23T13:37:00Z", 1795437420, 1795444620 },
	{ "2026-11-23T13:37Z",	1795437420, 1795444620 },
	{ "2026-11-23T13:37:00", 1795433820, 1795441020 },
	{ "2026-11-23 13:37",	1795433820, 1795441020 },
	{ "2026-11-23 13:37:30", 1795433850, 1795441050 },
	{ "05:00",	1795752000 - HOUR, 1795752000 + HOUR },
	{ "04:30:30",	1795750230 - HOUR, 1795750230 + HOUR },
	/* Still to come today, so it was yesterday. */
	{ "05:01",	1795665660 - HOUR, 1795665660 + HOUR },
	{ "2h",		1795752000 - 2 * HOUR, 1795752000 },
	{ "7d",		1795752000 - 7 * 24 * HOUR, 1795752000 },
};

static const char *const bad[] = {
	"", "x", "yesterday", "2026", "2026-11", "2026-11-31", "2026-13-01",
	"2026-11-23T", "2026-11-23T25:00", "2026-11-23 13:37 x", "13", "13:60",
	"99999d", "-1h", "1960-01-01",
};

static void
test_times(void **state)
{
	int64_t since, until;
	size_t i;

	(void)state;
	for (i = 0; i < N(good); i++) {
		if (!when_parse(good[i].text, now, &since, &until))
			fail_msg("not read: %s", good[i].text);
		if (since != good[i].since || until != good[i].until)
			fail_msg("%s: %lld to %lld", good[i].text,
			    (long long)since, (long long)until);
	}
	for (i = 0; i < N(bad); i++)
		if (when_parse(bad[i], now, &since, &until))
			fail_msg("read: %s", bad[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times),
	};

	if (setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1) != 0)
		return 1;
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
