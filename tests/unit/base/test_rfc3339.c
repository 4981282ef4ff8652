/* SPDX-License-Identifier: ISC */

/*
 * Times as text.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/rfc3339.h"

static const struct {
	const char	*text;
	int64_t		 seconds;
} times[] = {
	{ "1970-01-01T00:00:00Z",	0 },
	{ "1970-01-01T00:00:01Z",	1 },
	{ "1972-02-29T12:00:00Z",	68212800 },
	{ "1999-12-31T23:59:59Z",	946684799 },
	{ "2000-02-29T00:00:00Z",	951782400 },
	{ "2000-03-01T00:00:00Z",	951868800 },
	{ "2001-09-09T01:46:40Z",	1000000000 },
	{ "2026-11-23T09:00:00Z",	1795424400 },
	{ "2038-01-19T03:14:08Z",	2147483648 },
	{ "2100-02-28T23:59:59Z",	4107542399 },
	{ "2100-03-01T00:00:00Z",	4107542400 },
	{ "9999-12-31T23:59:59Z",	RFC3339_MAX }
};

static const char *const bad[] = {
	"", "-", "2026-11-23", "2026-11-23T09:00:00", "2026-11-23T09:00:00z",
	"2026-11-23t09:00:00Z", "2026-11-23 09:00:00Z",
	"2026-11-23T09:00:00ZZ", "2026-11-23T09:00:00.0Z",
	"2026-11-23T09:00:00+00:00", "2026-13-01T00:00:00Z",
	"2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z",
	"2026-01-32T00:00:00Z", "2026-04-31T00:00:00Z",
	"2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
	"2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
	"2026-01-01T00:00:60Z", "1969-12-31T23:59:59Z",
	"0000-00-00T00:00:00Z", "2026-1a-01T00:00:00Z",
	"2026-01-01T00:00:-1Z", "2026/01/01T00:00:00Z"
};

static void
test_both_ways(void **state)
{
	char buf[RFC3339_SIZE];
	int64_t seconds;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		assert_true(rfc3339_parse(times[i].text, RFC3339_LEN,
		    &seconds));
		assert_true(seconds == times[i].seconds);
		assert_true(rfc3339_print(times[i].seconds, buf));
		assert_string_equal(buf, times[i].text);
	}
}

/* Every day of some hundred years, and its last second. */
static void
test_every_day(void **state)
{
	char buf[RFC3339_SIZE];
	int64_t seconds, again;

	(void)state;
	for (seconds = 0; seconds < INT64_C(15000000000); seconds += 86399) {
		assert_true(rfc3339_print(seconds, buf));
		assert_true(rfc3339_parse(buf, RFC3339_LEN, &again));
		assert_true(again == seconds);
	}
}

static void
test_refused(void **state)
{
	char buf[RFC3339_SIZE];
	int64_t seconds;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(rfc3339_parse(bad[i], strlen(bad[i]),
		    &seconds));
	assert_false(rfc3339_print(-1, buf));
	assert_string_equal(buf, "");
	assert_false(rfc3339_print(RFC3339_MAX + 1, buf));
	assert_false(rfc3339_print(INT64_MIN, buf));
	assert_false(rfc3339_print(INT64_MAX, buf));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ways),
		cmocka_unit_test(test_every_day),
		cmocka_unit_test(test_refused)
	};

	return cmocka_run_group_tests_name("rfc3339", tests, NULL, NULL);
}
