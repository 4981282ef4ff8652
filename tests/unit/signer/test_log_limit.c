/* SPDX-License-Identifier: ISC */

/*
 * How many lines about requests are logged in a period, and how many were not.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "signer/log_limit.h"

#define NOW	1700000000
#define SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* So many lines come at that time: how many pass; held is said with the first
 * one that does. */
static const struct {
	int64_t		now;
	unsigned int	nlines, npassed, held;
} bursts[] = {
	{ NOW, LOG_LIMIT_BURST - 1, LOG_LIMIT_BURST - 1, 0 },
	{ NOW + LOG_LIMIT_PERIOD - 1, 3, 1, 0 },
	{ NOW + LOG_LIMIT_PERIOD, LOG_LIMIT_BURST, LOG_LIMIT_BURST, 2 },
	{ NOW + 2 * LOG_LIMIT_PERIOD - 1, 5, 0, 0 },
	{ NOW + 9 * LOG_LIMIT_PERIOD, 1, 1, 5 },
	{ NOW + 9 * LOG_LIMIT_PERIOD + 1, LOG_LIMIT_BURST,
	    LOG_LIMIT_BURST - 1, 0 },
	/* The period began with its first line. */
	{ NOW + 10 * LOG_LIMIT_PERIOD, 1, 1, 1 },
	{ NOW + 11 * LOG_LIMIT_PERIOD, 1, 1, 0 },
};

static void
test_bursts(void **state)
{
	struct log_limit limit;
	unsigned int npassed, nheld, held, j;
	size_t i;

	(void)state;
	memset(&limit, 0, sizeof(limit));
	for (i = 0; i < SIZE(bursts); i++) {
		npassed = held = 0;
		for (j = 0; j < bursts[i].nlines; j++) {
			nheld = 1000;
			npassed += log_limit_pass(&limit, bursts[i].now,
			    &nheld);
			if (j > 0)
				assert_int_equal(nheld, 0);
			held += nheld;
		}
		if (npassed != bursts[i].npassed || held != bursts[i].held)
			fail_msg("burst %zu: %u passed, %u held", i, npassed,
			    held);
	}
}

static void
test_text(void **state)
{
	char buf[64] = "before";

	(void)state;
	assert_string_equal(log_limit_held(buf, sizeof(buf), 0), "");
	assert_string_equal(log_limit_held(buf, sizeof(buf), 1),
	    " (1 such lines not logged)");
	assert_string_equal(log_limit_held(buf, sizeof(buf), 4294967295u),
	    " (4294967295 such lines not logged)");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bursts),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
