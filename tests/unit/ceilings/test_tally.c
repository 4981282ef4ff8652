/* SPDX-License-Identifier: ISC */

/*
 * Ceilings of one source under simulated time: each in turn, what becomes of a
 * message that is over it, full tables, and what is unusual.  A model that
 * keeps the time of every message says that in no hour more are signed, and
 * that none is refused without need.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ceilings/tally.h"

#define MINUTE	INT64_C(60)
#define HOUR	(60 * MINUTE)
#define DAY	(24 * HOUR)
#define START	(20000 * DAY)

#define BIT(ceiling)	(1u << (ceiling))

static struct tally tally;

/* Begin with a limit; the caller may add others. */
static void
begin(enum ceiling ceiling, uint32_t max, bool defers)
{
	tally_end_day(&tally);
	memset(&tally, 0, sizeof(tally));
	tally.ceilings.max[ceiling] = max;
	tally.ceilings.defers = defers ? BIT(ceiling) : 0;
}

/* A message to n recipients from the first one on, with a body, or 0: none. */
static struct tally_message
message_to(uint64_t first, size_t n, uint64_t body)
{
	static uint64_t list[1000];
	struct tally_message message = {
		.recipients = list, .nrecipients = n, .body = body,
		.has_body = body != 0
	};
	size_t i;

	for (i = 0; i < n; i++)
		list[i] = first + i;
	return message;
}

static struct tally_result
take(int64_t now, uint64_t first, size_t n, uint64_t body)
{
	const struct tally_message message = message_to(first, n, body);
	struct tally_result result;

	tally_take(&tally, &message, now, &result);
	return result;
}

static void
give_back(uint64_t first, size_t n, uint64_t body)
{
	const struct tally_message message = message_to(first, n, body);

	tally_return(&tally, &message);
}

/* What is used goes down as time passes, also without messages. */
static void
tells_what_is_used(void **state)
{
	(void)state;
	begin(CEILING_MESSAGES, 10, true);
	tally.ceilings.max[CEILING_RECIPIENTS_HOUR] = 10;
	tally.ceilings.max[CEILING_RECIPIENTS_DAY] = 20;
	assert_int_equal(tally_use(&tally, CEILING_MESSAGES, START), 0);
	assert_false(tally.is_begun);
	(void)take(START, 1, 3, 0);
	(void)take(START + MINUTE, 2, 3, 0);
	assert_int_equal(tally_use(&tally, CEILING_MESSAGES, START + HOUR), 2);
	assert_int_equal(tally_use(&tally, CEILING_RECIPIENTS_HOUR,
	    START + HOUR), 4);
	assert_int_equal(tally_use(&tally, CEILING_RECIPIENTS_DAY,
	    START + 3 * HOUR), 4);
	assert_int_equal(tally_use(&tally, CEILING_MESSAGES,
	    START + 3 * HOUR), 0);
	assert_int_equal(tally_use(&tally, CEILING_PER_BODY, START), 0);
}

/* How many of n messages are signed. */
static unsigned int
take_many(int64_t now, unsigned int n)
{
	unsigned int taken = 0;

	while (n-- > 0)
		taken += !take(now, 0, 0, 0).is_refused;
	return taken;
}

static void
test_hour(void **state)
{
	(void)state;
	begin(CEILING_MESSAGES, 100, true);
	assert_int_equal(take_many(START + 5, 150), 100);
	/* 60 whole minutes after that minute it is an hour for certain. */
	assert_int_equal(take_many(START + HOUR + 5, 1), 0);
	assert_int_equal(take_many(START + HOUR + MINUTE - 1, 1), 0);
	assert_int_equal(take_many(START + HOUR + MINUTE, 150), 100);
	/* A burst at the end of one hour, another at the begin of the next. */
	begin(CEILING_MESSAGES, 100, true);
	assert_int_equal(take_many(START + HOUR - 1, 150), 100);
	assert_int_equal(take_many(START + HOUR + 1, 150), 0);
	assert_int_equal(take_many(START + 2 * HOUR - 1, 150), 0);
	assert_int_equal(take_many(START + 2 * HOUR, 150), 100);
	/* Idle for longer than the counters reach back. */
	assert_int_equal(take_many(START + 1000 * DAY, 150), 100);
	begin(CEILING_MESSAGES, 1, true);
	assert_int_equal(take_many(0, 2), 1);
	/* No ceiling. */
	begin(CEILING_MESSAGES, 0, true);
	assert_int_equal(take_many(START, 1000), 1000);
	/* The ceiling itself may change with a reload. */
	tally.ceilings.max[CEILING_MESSAGES] = 1100;
	assert_int_equal(take_many(START + HOUR - 1, 150), 100);
	tally.ceilings.max[CEILING_MESSAGES] = 50;
	assert_int_equal(take_many(START + HOUR - 1, 150), 0);
}

/*
 * A stream with a message each step: the model knows how many were signed in
 * the 60 minutes up to now, and in the 61 that are counted at most.
 */
static void
check_stream(uint32_t max, int64_t step)
{
	static int64_t signed_at[200000];
	size_t n = 0, i;
	int64_t now;
	unsigned int hour, longer;

	begin(CEILING_MESSAGES, max, true);
	for (now = START; now < START + 5 * HOUR; now += step) {
		for (hour = longer = 0, i = n; i-- > 0 &&
		    signed_at[i] > now - HOUR - MINUTE; longer++)
			hour += signed_at[i] > now - HOUR;
		if (take_many(now, 1) == 1) {
			if (hour >= max)
				fail_msg("%u each %lld: over", max,
				    (long long)step);
			signed_at[n++] = now;
		} else if (longer < max)
			fail_msg("%u each %lld: refused at %u", max,
			    (long long)step, longer);
	}
	assert_true(n > 0);
}

static void
test_model(void **state)
{
	static const struct {
		uint32_t	 max;
		int64_t		 step;
	} streams[] = {
		{ 1, 10 }, { 10, 7 * MINUTE }, { 60, MINUTE }, { 60, 59 },
		{ 61, MINUTE }, { 100, 17 }, { 1000, 5 }, { 3600, 1 },
		{ 300, 13 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(streams) / sizeof(streams[0]); i++)
		check_stream(streams[i].max, streams[i].step);
}

static void
test_alarm(void **state)
{
	static const struct {
		int64_t		 now;
		bool		 is_refused, is_alarm;
	} steps[] = {
		{ 0,			false,	false },
		{ 1,			true,	true },
		{ 2,			true,	false },
		{ HOUR - 1,		true,	false },
		{ HOUR,			true,	false },
		/* An hour after the last alarm. */
		{ HOUR + 1,		true,	true },
		{ HOUR + 59,		true,	false },
		{ HOUR + MINUTE,	false,	false },
		{ HOUR + MINUTE + 1,	true,	false },
		{ 2 * HOUR + 1,		true,	true },
	};
	struct tally_result result;
	size_t i;

	(void)state;
	begin(CEILING_MESSAGES, 1, true);
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		result = take(START + steps[i].now, 0, 0, 0);
		if (result.is_refused != steps[i].is_refused ||
		    (result.alarms != 0) != steps[i].is_alarm)
			fail_msg("step %zu: %d, %x", i, result.is_refused,
			    result.alarms);
	}
	/* With action alarm, each is signed and counted. */
	begin(CEILING_MESSAGES, 1, false);
	assert_int_equal(take(START, 0, 0, 0).over, 0);
	result = take(START, 0, 0, 0);
	assert_int_equal(result.alarms, BIT(CEILING_MESSAGES));
	assert_false(result.is_refused);
	result = take(START, 0, 0, 0);
	assert_int_equal(result.over, BIT(CEILING_MESSAGES));
	assert_int_equal(result.alarms, 0);
}

static void
test_return(void **state)
{
	(void)state;
	begin(CEILING_MESSAGES, 2, true);
	/* Nothing was taken: nothing comes of it. */
	give_back(0, 0, 0);
	assert_int_equal(take_many(START, 3), 2);
	give_back(0, 0, 0);
	assert_int_equal(take_many(START + 1, 3), 1);
	/* In the next minute, and long after. */
	give_back(0, 0, 0);
	assert_int_equal(take_many(START + MINUTE, 3), 1);
	assert_int_equal(take_many(START + 10 * HOUR, 3), 2);
	/* Recipients and bodies, too. */
	begin(CEILING_RECIPIENTS_DAY, 3, true);
	tally.ceilings.max[CEILING_PER_BODY] = 5;
	tally.ceilings.max[CEILING_RECIPIENTS_HOUR] = 3;
	tally.ceilings.defers |= BIT(CEILING_PER_BODY);
	assert_int_equal(take(START, 1, 3, 7).over, 0);
	give_back(1, 3, 7);
	assert_int_equal(tally.today.n + tally.bodies.n, 0);
	assert_int_equal(take(START, 11, 3, 7).over, 0);
	/* One that was seen before stays. */
	assert_int_equal(take(START, 12, 1, 0).over, 0);
	give_back(12, 1, 0);
	assert_int_equal(take(START, 14, 1, 7).over,
	    BIT(CEILING_RECIPIENTS_DAY) | BIT(CEILING_RECIPIENTS_HOUR));
	assert_int_equal(take(START, 11, 3, 7).over, BIT(CEILING_PER_BODY));
}

/* What a refused message has is not counted, so retries change nothing. */
static void
test_retries(void **state)
{
	unsigned int i;

	(void)state;
	begin(CEILING_PER_RECIPIENT, 2, true);
	tally.ceilings.max[CEILING_MESSAGES] = 4;
	assert_int_equal(take(START, 1, 1, 0).over, 0);
	assert_int_equal(take(START, 1, 1, 0).over, 0);
	for (i = 0; i < 100; i++)
		assert_int_equal(take(START + i, 1, 2, 0).over,
		    BIT(CEILING_PER_RECIPIENT));
	/* Neither the other recipient of those, nor the messages. */
	assert_int_equal(take(START + 100, 2, 1, 0).over, 0);
	assert_int_equal(take(START + 100, 2, 1, 0).over, 0);
	assert_int_equal(take(START + 100, 3, 1, 0).over,
	    BIT(CEILING_MESSAGES));
}

static void
test_recipients(void **state)
{
	(void)state;
	begin(CEILING_RECIPIENTS_HOUR, 10, true);
	assert_int_equal(take(START, 1, 10, 0).over, 0);
	/* The same ones again, and one more. */
	assert_false(take(START + 1, 1, 10, 0).is_refused);
	assert_true(take(START + 2, 5, 7, 0).is_refused);
	/* Half of them are seen again: those still count. */
	assert_false(take(START + 30 * MINUTE, 1, 5, 0).is_refused);
	assert_false(take(START + 62 * MINUTE, 20, 5, 0).is_refused);
	assert_true(take(START + 62 * MINUTE, 30, 1, 0).is_refused);
	assert_false(take(START + 91 * MINUTE, 30, 5, 0).is_refused);
	/* A message larger than the ceiling never goes. */
	assert_true(take(START + DAY, 1, 11, 0).is_refused);

	begin(CEILING_RECIPIENTS_DAY, 10, true);
	assert_false(take(START, 1, 10, 0).is_refused);
	assert_true(take(START + 23 * HOUR, 11, 1, 0).is_refused);
	assert_false(take(START + 23 * HOUR, 3, 1, 0).is_refused);
	tally_end_day(&tally);
	assert_false(take(START + DAY, 11, 10, 0).is_refused);
}

/* A person who opens tickets in the name of a victim. */
static void
test_flood(void **state)
{
	unsigned int i, n = 0;

	(void)state;
	begin(CEILING_PER_RECIPIENT, 20, true);
	for (i = 0; i < 500; i++)
		n += !take(START + i, 77, 1, i + 1).is_refused;
	assert_int_equal(n, 20);
	for (i = 0; i < 500; i++)
		assert_false(take(START + 500, 1000 + i, 1, 0).is_refused);
	tally_end_day(&tally);
	assert_false(take(START + DAY, 77, 1, 0).is_refused);
}

static void
test_body(void **state)
{
	unsigned int i, n = 0;

	(void)state;
	begin(CEILING_PER_BODY, 50, true);
	for (i = 0; i < 200; i++)
		n += !take(START + i, 10 * i, 2, 9).is_refused;
	assert_int_equal(n, 25);
	/* Other bodies, and a message whose body was not read. */
	assert_false(take(START + 200, 1, 50, 10).is_refused);
	assert_false(take(START + 200, 1, 100, 0).is_refused);
	assert_true(take(START + 200, 1, 51, 11).is_refused);
}

static void
test_full(void **state)
{
	struct tally_result result;
	uint64_t i;

	(void)state;
	/* The ceiling names the room: beyond, its own alarm is all. */
	begin(CEILING_RECIPIENTS_DAY, 100, false);
	tally.ceilings.max[CEILING_PER_RECIPIENT] = 3;
	assert_int_equal(take(START, 0, 100, 0).over, 0);
	result = take(START, 1000, 1, 0);
	assert_int_equal(result.over, BIT(CEILING_RECIPIENTS_DAY));
	assert_false(result.is_refused);
	assert_int_equal(tally.today.n, 100);
	/* Those that are in it are still counted. */
	assert_int_equal(take(START, 5, 1, 0).over, 0);
	assert_int_equal(take(START, 5, 1, 0).over, 0);
	assert_int_equal(take(START, 5, 1, 0).over,
	    BIT(CEILING_PER_RECIPIENT));
	/* Without it there is a lot of room, and then an alarm. */
	begin(CEILING_PER_RECIPIENT, 3, true);
	for (i = 0; i < TALLY_ROOM_RECIPIENTS / 1000; i++)
		assert_int_equal(take(START, i * 1000, 1000, 0).over, 0);
	result = take(START, 999999999, 1, 0);
	assert_int_equal(result.alarms, BIT(CEILING_ROOM));
	assert_false(result.is_refused);
	result = take(START + 1, 999999999, 1, 0);
	assert_int_equal(result.over, BIT(CEILING_ROOM));
	assert_int_equal(result.alarms, 0);
	begin(CEILING_PER_BODY, 3, true);
	for (i = 1; i <= TALLY_ROOM_BODIES; i++)
		assert_int_equal(take(START, i, 1, i).over, 0);
	assert_int_equal(take(START, 1, 1, i).over, BIT(CEILING_ROOM));
	assert_int_equal(take(START, 1, 3, 5).over, BIT(CEILING_PER_BODY));
}

/* So many messages in an hour; all that they are over. */
static unsigned int
fill_hour(int64_t hour, unsigned int n)
{
	unsigned int over = 0;

	while (n-- > 0)
		over |= take(hour * HOUR, 0, 0, 0).over;
	return over;
}

static void
test_unusual(void **state)
{
	const int64_t first = START / HOUR;
	int64_t hour;

	(void)state;
	begin(CEILING_UNUSUAL, 3, false);
	/* Two weeks of 50 an hour, with one busy hour in each week. */
	for (hour = first; hour < first + 337; hour++)
		assert_int_equal(fill_hour(hour, (hour - first) % 168 == 10 ?
		    400 : 50), 0);
	assert_int_equal(fill_hour(hour, 150), 0);
	assert_int_equal(fill_hour(hour, 1), BIT(CEILING_UNUSUAL));
	/* The busy hour of the week, and those beside it. */
	assert_int_equal(fill_hour(first + 344, 300), BIT(CEILING_UNUSUAL));
	assert_int_equal(fill_hour(first + 345, 1200), 0);
	assert_int_equal(fill_hour(first + 346, 1200), 0);
	assert_int_equal(fill_hour(first + 347, 1201), BIT(CEILING_UNUSUAL));
	/* Never with a hundred, although nothing is usual. */
	begin(CEILING_UNUSUAL, 3, false);
	(void)fill_hour(first, 1);
	(void)fill_hour(first + 200, 1);
	assert_int_equal(fill_hour(first + 337, 100), 0);
	assert_int_equal(fill_hour(first + 337, 1), BIT(CEILING_UNUSUAL));
	/* After a long time without mail, it begins to learn again. */
	assert_int_equal(fill_hour(first + 2000, 1000), 0);
}

/* The time goes on to the last second that fits. */
static void
test_far(void **state)
{
	(void)state;
	begin(CEILING_MESSAGES, 2, true);
	assert_int_equal(take_many(0, 3), 2);
	assert_int_equal(take_many(30 * MINUTE, 3), 0);
	assert_int_equal(take_many((int64_t)UINT32_MAX, 3), 2);
}

static int
clear(void **state)
{
	(void)state;
	tally_end_day(&tally);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hour),
		cmocka_unit_test(test_model),
		cmocka_unit_test(test_alarm),
		cmocka_unit_test(test_return),
		cmocka_unit_test(test_retries),
		cmocka_unit_test(test_recipients),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_body),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_unusual),
		cmocka_unit_test(tells_what_is_used),
		cmocka_unit_test(test_far)
	};

	return cmocka_run_group_tests_name("tally", tests, NULL, clear);
}
