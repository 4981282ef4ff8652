/* SPDX-License-Identifier: ISC */

/*
 * Ceilings: a model that keeps the time of every message says that in no hour
 * more are signed, and that none is refused without need.
 */

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "message/source_rate.h"

#define SECOND	INT64_C(1000)
#define MINUTE	(60 * SECOND)
#define HOUR	(60 * MINUTE)
#define DAY	(24 * HOUR)

#define THREADS	4
#define TAKES	1000	/* a thread */

static bool
take(const char *source, unsigned int max, int64_t now)
{
	bool is_first;

	return source_rate_take(source, max, now, &is_first);
}

/* So many of n at that time. */
static unsigned int
take_many(const char *source, unsigned int max, int64_t now, unsigned int n)
{
	unsigned int taken = 0;

	while (n-- > 0)
		taken += take(source, max, now);
	return taken;
}

static void
test_hour(void **state)
{
	(void)state;
	assert_int_equal(take_many("h", 100, 5 * SECOND, 150), 100);
	/* 60 whole minutes after that minute it is an hour for certain. */
	assert_false(take("h", 100, HOUR + 5 * SECOND));
	assert_false(take("h", 100, HOUR + MINUTE - 1));
	assert_int_equal(take_many("h", 100, HOUR + MINUTE, 150), 100);
	/* A burst at the end of one hour, another at the begin of the next. */
	assert_int_equal(take_many("b", 100, DAY + HOUR - 1, 150), 100);
	assert_int_equal(take_many("b", 100, DAY + HOUR + 1, 150), 0);
	assert_int_equal(take_many("b", 100, DAY + 2 * HOUR - 1, 150), 0);
	assert_int_equal(take_many("b", 100, DAY + 2 * HOUR, 150), 100);
	/* Idle for longer than the counters reach back. */
	assert_int_equal(take_many("b", 100, 1000 * DAY, 150), 100);
	assert_int_equal(take_many("one", 1, 0, 2), 1);
	assert_int_equal(take_many("none", 0, 0, 2), 0);
	/* The ceiling itself may change with a reload. */
	assert_int_equal(take_many("h", 120, HOUR + MINUTE, 150), 20);
	assert_int_equal(take_many("h", 50, HOUR + MINUTE, 150), 0);
}

/*
 * A stream with a message each step: the model knows how many were signed in
 * the 60 minutes up to now, and in the 61 that are counted at most.
 */
static void
check_stream(const char *source, unsigned int max, int64_t step)
{
	static int64_t signed_at[200000];
	size_t n = 0, i;
	int64_t now;
	unsigned int hour, longer;

	for (now = DAY; now < DAY + 5 * HOUR; now += step) {
		for (hour = longer = 0, i = n; i-- > 0 &&
		    signed_at[i] > now - HOUR - MINUTE; longer++)
			hour += signed_at[i] > now - HOUR;
		if (take(source, max, now)) {
			if (hour >= max)
				fail_msg("%s: over %u", source, max);
			signed_at[n++] = now;
		} else if (longer < max)
			fail_msg("%s: refused at %u of %u", source, longer,
			    max);
	}
	assert_true(n > 0);
}

static void
test_model(void **state)
{
	static const struct {
		unsigned int	 max;
		int64_t		 step;
	} streams[] = {
		{ 1, 10 * SECOND }, { 10, 7 * MINUTE }, { 60, MINUTE },
		{ 60, 59 * SECOND }, { 61, MINUTE }, { 100, 17 * SECOND },
		{ 1000, 5003 }, { 3600, SECOND }, { 300, 777 },
	};
	char source[16];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
		(void)snprintf(source, sizeof(source), "stream %zu", i);
		check_stream(source, streams[i].max, streams[i].step);
	}
}

static void
test_alarm(void **state)
{
	static const struct {
		int64_t		 now;
		bool		 is_taken, is_first;
	} steps[] = {
		{ 0,				true,	false },
		{ 1,				false,	true },
		{ 2,				false,	false },
		{ 50 * MINUTE,			false,	false },
		{ HOUR + MINUTE,		true,	false },
		/* Less than an hour after the last refusal: the same alarm. */
		{ HOUR + 49 * MINUTE,		false,	false },
		{ 2 * HOUR + 48 * MINUTE,	true,	false },
		/* An hour without: another one. */
		{ 2 * HOUR + 49 * MINUTE,	false,	true },
		{ 2 * HOUR + 49 * MINUTE,	false,	false },
	};
	bool is_taken, is_first;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		is_taken = source_rate_take("alarm", 1, steps[i].now, &is_first);
		if (is_taken != steps[i].is_taken ||
		    is_first != steps[i].is_first)
			fail_msg("step %zu: %d, %d", i, is_taken, is_first);
	}
	/* That of one source is none of another's. */
	assert_true(source_rate_take("calm", 1, 2 * HOUR, &is_first));
	assert_false(is_first);
}

static void
test_return(void **state)
{
	(void)state;
	/* Nothing was taken: nothing comes of it. */
	source_rate_return("r", DAY);
	assert_int_equal(take_many("r", 2, DAY, 3), 2);
	source_rate_return("r", DAY + 1);
	assert_int_equal(take_many("r", 2, DAY + 1, 3), 1);
	/* In the next minute, and long after. */
	source_rate_return("r", DAY + MINUTE);
	assert_int_equal(take_many("r", 2, DAY + MINUTE, 3), 1);
	source_rate_return("r", DAY + 10 * HOUR);
	assert_int_equal(take_many("r", 2, DAY + 10 * HOUR, 3), 2);
	source_rate_return("young", 0);
	assert_int_equal(take_many("young", 1, 0, 2), 1);
}

/* More sources than there is room for: who was idle longest is forgotten. */
static void
test_many_sources(void **state)
{
	int64_t now = 2000 * DAY;
	char source[65];
	size_t i;

	(void)state;
	assert_true(take("first", 1, now++));
	assert_true(take("second", 1, now++));
	for (i = 2; i < RATE_SOURCES; i++) {
		(void)snprintf(source, sizeof(source), "%064zu", i);
		assert_true(take(source, 1, now++));
	}
	for (i = 2; i < RATE_SOURCES; i++) {
		(void)snprintf(source, sizeof(source), "%064zu", i);
		assert_false(take(source, 1, now++));
	}
	assert_false(take("first", 1, now++));
	assert_true(take("one more", 1, now++));
	assert_false(take("first", 1, now++));
	assert_true(take("second", 1, now++));
}

static void *
take_and_return(void *arg)
{
	unsigned int *taken = arg;
	size_t i;

	for (i = 0; i < TAKES; i++) {
		*taken += take("shared", THREADS * TAKES / 2, 3000 * DAY);
		if (take("both ways", THREADS, 3000 * DAY))
			source_rate_return("both ways", 3000 * DAY);
	}
	return NULL;
}

static void
test_threads(void **state)
{
	pthread_t threads[THREADS];
	unsigned int taken[THREADS] = { 0 }, sum = 0;
	size_t i;

	(void)state;
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL,
		    take_and_return, &taken[i]), 0);
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		sum += taken[i];
	}
	assert_int_equal(sum, THREADS * TAKES / 2);
	assert_int_equal(take_many("both ways", THREADS, 3000 * DAY,
	    THREADS + 1), THREADS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hour),
		cmocka_unit_test(test_model),
		cmocka_unit_test(test_alarm),
		cmocka_unit_test(test_return),
		cmocka_unit_test(test_many_sources),
		cmocka_unit_test(test_threads)
	};

	return cmocka_run_group_tests_name("rate", tests, NULL, NULL);
}
