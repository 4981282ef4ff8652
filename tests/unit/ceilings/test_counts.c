/* SPDX-License-Identifier: ISC */

/*
 * All sources together: who is counted, addresses, days, jumps of the clock,
 * reload, and threads.
 */

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ceilings/counts.h"

#define MINUTE	INT64_C(60)
#define HOUR	(60 * MINUTE)
#define DAY	(24 * HOUR)
#define START	(20000 * DAY + HOUR)

#define THREADS	4
#define TAKES	1000	/* a thread */
#define SOURCES	5000

static struct source sources[SOURCES];
static char names[SOURCES][65];
static struct config config;
static struct counts *counts;

/* Count for one source with one ceiling that defers. */
static void
begin(enum ceiling ceiling, uint32_t max)
{
	counts_free(counts);
	counts = counts_new();
	assert_non_null(counts);
	memset(sources, 0, sizeof(sources));
	sources[0].name = "desk";
	sources[0].ceilings.max[ceiling] = max;
	sources[0].ceilings.defers = 1u << ceiling;
	config.sources = sources;
	config.nsources = 1;
	assert_int_equal(counts_configure(counts, &config), 0);
}

/* Whether a message to that address is signed; NULL: to nobody. */
static bool
take(const char *source, const char *address, int64_t now)
{
	struct counts_message message = { .source = source };
	struct tally_result result;
	uint64_t hash;

	if (address != NULL) {
		hash = counts_recipient(counts, address, now);
		message.recipients = &hash;
		message.nrecipients = 1;
	}
	counts_take(counts, &message, now, &result);
	return !result.is_refused;
}

static void
test_sources(void **state)
{
	(void)state;
	begin(CEILING_MESSAGES, 1);
	sources[1].name = "calm";
	sources[1].ceilings = sources[0].ceilings;
	sources[2].name = "free";
	config.nsources = 3;
	assert_int_equal(counts_configure(counts, &config), 0);
	assert_true(take("desk", NULL, START));
	assert_false(take("desk", NULL, START));
	assert_true(take("calm", NULL, START));
	assert_false(take("calm", NULL, START));
	assert_true(take("free", NULL, START));
	assert_true(take("free", NULL, START));
	assert_true(take("unknown", NULL, START));
	assert_true(counts_has(counts, "desk"));
	assert_false(counts_has(counts, "free"));
	/* A reload keeps what was counted, and takes new limits. */
	sources[0].ceilings.max[CEILING_MESSAGES] = 2;
	assert_int_equal(counts_configure(counts, &config), 0);
	assert_true(take("desk", NULL, START));
	assert_false(take("desk", NULL, START));
	/* A source that was away begins at 0. */
	config.nsources = 1;
	assert_int_equal(counts_configure(counts, &config), 0);
	assert_true(take("calm", NULL, START));
	config.nsources = 3;
	assert_int_equal(counts_configure(counts, &config), 0);
	assert_true(take("calm", NULL, START));
	assert_false(take("calm", NULL, START));
	assert_false(take("desk", NULL, START));
}

/* There is room for every source of the configuration. */
static void
test_many_sources(void **state)
{
	size_t i;

	(void)state;
	begin(CEILING_MESSAGES, 1);
	for (i = 0; i < SOURCES; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "%064zu", i);
		sources[i].name = names[i];
		sources[i].ceilings = sources[0].ceilings;
	}
	config.nsources = SOURCES;
	assert_int_equal(counts_configure(counts, &config), 0);
	for (i = 0; i < SOURCES; i++)
		assert_true(take(names[i], NULL, START));
	for (i = 0; i < SOURCES; i++)
		assert_false(take(names[i], NULL, START));
}

static void
test_addresses(void **state)
{
	static const struct {
		const char	*one, *other;
		bool		 is_same;
	} cases[] = {
		{ "<a@example.com>", "A@Example.COM", true },
		{ "<a+1@example.com>", "<a@example.com>", true },
		{ "a+1+2@example.com", "a+9@example.com", true },
		{ "+a@example.com", "a@example.com", false },
		{ "+a@example.com", "+b@example.com", false },
		{ "a@example.com", "b@example.com", false },
		{ "a@example.com", "a@example.org", false },
		{ "a+b@exa+mple.com", "a@exa.com", false },
		{ "postmaster", "<Postmaster>", true },
		{ "a+b", "a", false },
		{ "", "<>", true },
		{ "\"a@b+c\"@example.com", "\"a@b@example.com", true },
	};
	size_t i;

	(void)state;
	begin(CEILING_PER_RECIPIENT, 1);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if ((counts_recipient(counts, cases[i].one, START) ==
		    counts_recipient(counts, cases[i].other, START)) !=
		    cases[i].is_same)
			fail_msg("%s and %s", cases[i].one, cases[i].other);
}

static void
test_day(void **state)
{
	const int64_t tomorrow = (START / DAY + 1) * DAY;
	uint64_t today;

	(void)state;
	begin(CEILING_PER_RECIPIENT, 1);
	today = counts_recipient(counts, "a@example.com", START);
	assert_true(take("desk", "a@example.com", START));
	assert_false(take("desk", "a@example.com", START));
	assert_true(today == counts_recipient(counts, "a@example.com",
	    tomorrow - 1));
	assert_false(take("desk", "a@example.com", tomorrow - 1));
	assert_true(take("desk", "a@example.com", tomorrow));
	assert_false(take("desk", "a@example.com", tomorrow));
	assert_false(today == counts_recipient(counts, "a@example.com",
	    tomorrow));
}

/* The recipients of an hour are not forgotten at midnight. */
static void
test_hour_of_midnight(void **state)
{
	const int64_t tomorrow = (START / DAY + 1) * DAY;

	(void)state;
	begin(CEILING_RECIPIENTS_HOUR, 2);
	assert_true(take("desk", "a@example.com", tomorrow - 1));
	assert_true(take("desk", "b@example.com", tomorrow - 1));
	assert_false(take("desk", "c@example.com", tomorrow));
	assert_true(take("desk", "c@example.com", tomorrow + 61 * MINUTE));
}

static void
test_clock(void **state)
{
	(void)state;
	begin(CEILING_MESSAGES, 1);
	assert_true(take("desk", NULL, START));
	/* A little backward: time stands still. */
	assert_false(take("desk", NULL, START - HOUR));
	assert_false(take("desk", NULL, START));
	assert_false(counts_were_reset(counts));
	/* Far backward: all begins again, once. */
	assert_true(take("desk", NULL, START - HOUR - 1));
	assert_false(take("desk", NULL, START - HOUR - 1));
	assert_true(counts_were_reset(counts));
	assert_false(counts_were_reset(counts));
	/* Forward: what was counted expires. */
	assert_true(take("desk", NULL, START + 1000 * DAY));
	assert_false(take("desk", NULL, START + 1000 * DAY));
	/* Back from there, the ceiling holds at once. */
	assert_true(take("desk", NULL, START));
	assert_false(take("desk", NULL, START));
	assert_true(counts_were_reset(counts));
	/* Times that no clock should show. */
	assert_true(take("desk", NULL, INT64_MAX));
	assert_false(take("desk", NULL, INT64_MAX));
	assert_true(take("desk", NULL, INT64_MIN / 2));
	assert_false(take("desk", NULL, -1));
}

static void
test_bodies(void **state)
{
	const unsigned char one[32] = { 1 }, other[32] = { 2 };
	struct counts_message message = {
		.source = "desk", .bodyhash = one, .bodyhashlen = sizeof(one)
	};
	struct tally_result result;
	uint64_t hash;

	(void)state;
	begin(CEILING_PER_BODY, 1);
	hash = counts_recipient(counts, "a@example.com", START);
	message.recipients = &hash;
	message.nrecipients = 1;
	counts_take(counts, &message, START, &result);
	assert_false(result.is_refused);
	counts_take(counts, &message, START, &result);
	assert_true(result.is_refused);
	counts_return(counts, &message);
	counts_take(counts, &message, START, &result);
	assert_false(result.is_refused);
	message.bodyhash = other;
	counts_take(counts, &message, START, &result);
	assert_false(result.is_refused);
	message.source = "unknown";
	counts_return(counts, &message);
}

static void *
take_and_return(void *arg)
{
	const struct counts_message shared = { .source = "shared" };
	const struct counts_message both = { .source = "both ways" };
	unsigned int *taken = arg;
	struct tally_result result;
	uint64_t changed;
	size_t i, len;

	for (i = 0; i < TAKES; i++) {
		counts_take(counts, &shared, START, &result);
		*taken += !result.is_refused;
		counts_take(counts, &both, START, &result);
		if (!result.is_refused)
			counts_return(counts, &both);
		(void)counts_recipient(counts, "a@example.com", START);
		if (i % 100 != 0)
			continue;
		free(counts_write(counts, &len, &changed));
		(void)counts_configure(counts, &config);
	}
	return NULL;
}

static void
test_threads(void **state)
{
	pthread_t threads[THREADS];
	unsigned int taken[THREADS] = { 0 }, sum = 0, i;

	(void)state;
	begin(CEILING_MESSAGES, THREADS * TAKES / 2);
	sources[0].name = "shared";
	sources[1].name = "both ways";
	sources[1].ceilings = sources[0].ceilings;
	sources[1].ceilings.max[CEILING_MESSAGES] = THREADS;
	config.nsources = 2;
	assert_int_equal(counts_configure(counts, &config), 0);
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL,
		    take_and_return, &taken[i]), 0);
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		sum += taken[i];
	}
	assert_int_equal(sum, THREADS * TAKES / 2);
	for (i = 0; i < THREADS; i++)
		assert_true(take("both ways", NULL, START));
	assert_false(take("both ways", NULL, START));
}

static int
clear(void **state)
{
	(void)state;
	counts_free(counts);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_many_sources),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_day),
		cmocka_unit_test(test_hour_of_midnight),
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_threads)
	};

	return cmocka_run_group_tests_name("counts", tests, NULL, clear);
}
