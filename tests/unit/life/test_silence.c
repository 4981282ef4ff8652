/* SPDX-License-Identifier: ISC */

/*
 * When a name server that does not answer is no longer waited for.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "life/silence.h"
#include "store/keystore.h"

#define BEGIN	INT64_C(1790000000)
#define HOUR	INT64_C(3600)
#define DAY	(24 * HOUR)

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

/* Queries without an answer: n of them, one each interval, from a time on. */
struct span {
	int64_t	 from, interval;
	int	 n;
};

static void
excepted(void **state)
{
	static const struct {
		const char	*name;
		struct span	 spans[3];
		int64_t		 after, now;
		int		 want;
	} cases[] = {
		{ "never asked", { { 0 } }, 3 * DAY, 9 * DAY, 0 },
		{ "three days, hourly", { { 0, HOUR, 73 } }, 3 * DAY,
		    3 * DAY, 1 },
		{ "a second less", { { 0, HOUR, 73 } }, 3 * DAY,
		    3 * DAY - 1, 0 },
		{ "never", { { 0, HOUR, 73 } }, KS_NEVER, 3 * DAY, 0 },
		{ "a shorter policy", { { 0, HOUR, 25 } }, DAY, DAY, 1 },
		{ "asked too rarely", { { 0, 4 * HOUR, 23 } }, 3 * DAY,
		    92 * HOUR, 0 },
		{ "asked often enough", { { 0, 4 * HOUR, 24 } }, 3 * DAY,
		    92 * HOUR, 1 },
		{ "asked very often, and briefly", { { 0, 60, 1000 } },
		    3 * DAY, DAY, 0 },
		{ "a gap of two days is none",
		    { { 0, HOUR, 25 }, { 3 * DAY, HOUR, 1 } }, 3 * DAY,
		    3 * DAY, 1 },
		{ "a longer one is",
		    { { 0, HOUR, 25 }, { 3 * DAY + 1, HOUR, 1 } }, 3 * DAY,
		    3 * DAY + 1, 0 },
		{ "after it, counting starts again",
		    { { 0, HOUR, 25 }, { 9 * DAY, HOUR, 73 } }, 3 * DAY,
		    12 * DAY, 1 },
		{ "nobody has asked for long", { { 0, HOUR, 100 } },
		    3 * DAY, 9 * DAY, 0 },
		{ "the clock was ahead",
		    { { 90 * DAY, HOUR, 80 }, { 0, HOUR, 30 } }, DAY,
		    29 * HOUR, 1 },
		{ "and was set back just now", { { 90 * DAY, HOUR, 80 } },
		    DAY, 29 * HOUR, 0 },
	};
	struct silence silence;
	size_t i, j;
	int k;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		memset(&silence, 0, sizeof(silence));
		for (j = 0; j < COUNT(cases[i].spans); j++)
			for (k = 0; k < cases[i].spans[j].n; k++)
				silence_note(&silence, BEGIN +
				    cases[i].spans[j].from +
				    k * cases[i].spans[j].interval);
		if (silence_is_excepted(&silence, cases[i].after, BEGIN +
		    cases[i].now) != (cases[i].want != 0))
			fail_msg("%s", cases[i].name);
	}
}

static void
since(void **state)
{
	struct silence silence = { 0 };

	(void)state;
	assert_true(silence_is_void(&silence, BEGIN));
	silence_note(&silence, BEGIN);
	silence_note(&silence, BEGIN + DAY);
	assert_int_equal(silence.since, BEGIN);
	assert_int_equal(silence.last, BEGIN + DAY);
	assert_int_equal(silence.nlooks, 2);
	assert_false(silence_is_void(&silence, BEGIN + 3 * DAY));
	assert_true(silence_is_void(&silence, BEGIN + 3 * DAY + 1));
	assert_true(silence_is_void(&silence, BEGIN));
	silence_note(&silence, BEGIN + 9 * DAY);
	assert_int_equal(silence.since, BEGIN + 9 * DAY);
	assert_int_equal(silence.nlooks, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(excepted),
		cmocka_unit_test(since),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
