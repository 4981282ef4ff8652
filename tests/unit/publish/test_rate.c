/* SPDX-License-Identifier: ISC */

/*
 * How many updates a second are sent for one policy, by a clock that only goes
 * on when somebody waits, or when the test says so.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "publish/private.h"

#define NUPDATES	1000
#define BEGIN		123456

static int64_t clock_ms;

int64_t
monotonic_ms(void)
{
	return clock_ms;
}

bool
monotonic_has_passed(int64_t ms)
{
	return ms != 0 && clock_ms >= ms;
}

void
sleep_ms(int64_t ms)
{
	clock_ms += ms;
}

static void
publisher_init(struct publisher *publisher)
{
	memset(publisher, 0, sizeof(*publisher));
	assert_int_equal(pthread_mutex_init(&publisher->mutex, NULL), 0);
	clock_ms = BEGIN;
}

/* Whatever second is looked at: it has no more updates than may be. */
static void
test_rate(void **state)
{
	static const int64_t takes_ms[] = { 0, 1, 9, 10, 11, 250, 3000 };
	int64_t sent[NUPDATES];
	struct publisher publisher;
	size_t i, j;

	(void)state;
	for (j = 0; j < sizeof(takes_ms) / sizeof(takes_ms[0]); j++) {
		publisher_init(&publisher);
		for (i = 0; i < NUPDATES; i++) {
			publish_wait_for_turn(&publisher);
			sent[i] = clock_ms;
			clock_ms += takes_ms[j];
			if (i >= PUBLISH_MAX_RATE)
				assert_true(sent[i] -
				    sent[i - PUBLISH_MAX_RATE] >= 1000);
		}
		/* Nor do they wait for longer than they must. */
		assert_int_equal(sent[0], BEGIN);
		assert_int_equal(sent[NUPDATES - 1] - BEGIN,
		    (NUPDATES - 1) * (takes_ms[j] > 10 ? takes_ms[j] : 10));
		(void)pthread_mutex_destroy(&publisher.mutex);
	}
}

/* A pause saves no turns for later. */
static void
test_pause(void **state)
{
	struct publisher publisher;
	size_t i;

	(void)state;
	publisher_init(&publisher);
	publish_wait_for_turn(&publisher);
	clock_ms += 3600000;
	for (i = 0; i <= PUBLISH_MAX_RATE; i++)
		publish_wait_for_turn(&publisher);
	assert_int_equal(clock_ms - BEGIN, 3600000 + 1000);
	(void)pthread_mutex_destroy(&publisher.mutex);
}

/* Each policy has its own server, and its own turns. */
static void
test_policies(void **state)
{
	struct publisher first, second;
	size_t i;

	(void)state;
	publisher_init(&first);
	publisher_init(&second);
	for (i = 0; i <= PUBLISH_MAX_RATE; i++) {
		publish_wait_for_turn(&first);
		publish_wait_for_turn(&second);
	}
	assert_int_equal(clock_ms - BEGIN, 1000);
	(void)pthread_mutex_destroy(&first.mutex);
	(void)pthread_mutex_destroy(&second.mutex);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_pause),
		cmocka_unit_test(test_policies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
