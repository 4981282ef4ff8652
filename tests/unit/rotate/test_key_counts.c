/* SPDX-License-Identifier: ISC */

/*
 * Keys as numbers: phases, the key that has signed for longest, and the one
 * that is to be replaced next.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lifecyclecase.h"
#include "rotate/key_counts.h"

#define NOW	LIFECYCLECASE_NOW
#define DAY	86400
#define EVERY	(90 * DAY)	/* of lifecyclecase */
#define SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* Days from now; NONE: there is no such time. */
#define NONE	10000

static const struct {
	const char	*name;
	const char	*keys[LIFECYCLECASE_KEYS];
	const char	*phases;	/* in the order of the enum */
	size_t		 ncompromised;
	int		 since, end;
} cases[] = {
	{ "no key", { NULL }, "000000000", 0, NONE, NONE },
	{ "none signs", { "rsa g-9d", "rsa g-9d p-8d", "rsa g-9d p-8d s-7d",
	    "rsa g-9d p-8d s-7d v-6d", "rsa g-9d p-8d s-7d v-6d a+1d" },
	    "111110000", 0, NONE, NONE },
	{ "two sign", { "rsa g-9d p-9d s-9d v-9d a-5d",
	    "ed g-9d p-9d s-9d v-9d a-7d" }, "000002000", 0, -7, 83 },
	{ "its end is set", { "rsa g-9d p-9d s-9d v-9d a-5d t+2d",
	    "ed g-9d p-9d s-9d v-9d a-7d" }, "000002000", 0, -7, 2 },
	{ "old keys", { "rsa g-99d p-99d s-99d v-99d a-90d t-1d",
	    "rsa g-99d p-99d s-99d v-99d a-90d t-9d k-2d",
	    "rsa g-99d p-99d s-99d v-99d a-90d t-9d k-8d x-1d",
	    "rsa g-9d p-9d s-9d v-9d a-3d" }, "000001111", 0, -3, 87 },
	{ "compromised", { "rsa g-9d p-9d s-9d v-9d a-5d bad",
	    "rsa g-9d p-9d s-9d v-9d a-6d t-5d k-1d bad",
	    "rsa g-9d p-9d s-9d v-9d" }, "000100010", 1, -5, 85 },
};

static int64_t
time_of(int days)
{
	return days == NONE ? KS_NEVER : NOW + (int64_t)days * DAY;
}

static void
check(const struct key_counts *counts, size_t i, size_t factor)
{
	unsigned int phase;

	for (phase = 0; phase < KEY_PHASES; phase++)
		assert_int_equal(counts->phases[phase], factor *
		    (size_t)(cases[i].phases[phase] - '0'));
	assert_int_equal(counts->ncompromised, factor *
	    cases[i].ncompromised);
	assert_int_equal(counts->signing_since, time_of(cases[i].since));
	assert_int_equal(counts->next_end, time_of(cases[i].end));
}

static void
test_cases(void **state)
{
	struct lifecyclecase lifecase;
	struct key_counts counts, sum;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(cases); i++) {
		print_message("# %s\n", cases[i].name);
		lifecyclecase_parse(&lifecase, "", cases[i].keys);
		assert_int_equal(lifecase.policy.every, EVERY);
		key_counts_take(&counts, &lifecase.state, &lifecase.policy,
		    NOW);
		check(&counts, i, 1);
		key_counts_init(&sum);
		key_counts_add(&sum, &counts);
		key_counts_add(&sum, &counts);
		check(&sum, i, 2);
	}
}

/* The earlier of two domains, in either order. */
static void
test_earlier(void **state)
{
	struct key_counts one, other, sum;

	(void)state;
	key_counts_init(&one);
	key_counts_init(&other);
	one.signing_since = other.next_end = 5;
	one.next_end = other.signing_since = 7;
	key_counts_init(&sum);
	key_counts_add(&sum, &one);
	key_counts_add(&sum, &other);
	assert_int_equal(sum.signing_since, 5);
	assert_int_equal(sum.next_end, 5);
	key_counts_init(&other);
	key_counts_add(&sum, &other);
	assert_int_equal(sum.signing_since, 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_earlier),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
