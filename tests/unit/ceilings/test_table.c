/* SPDX-License-Identifier: ISC */

/*
 * The table against a plain array, under many random changes with hashes that
 * collide in every way.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "ceilings/table.h"

#define HASHES	200
#define STEPS	100000

/* The same numbers in each run. */
static uint32_t seed = 1;

static uint32_t
next(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % below;
}

/* Few different slots, the last ones too, so that runs go around the end. */
static uint64_t
hash_of(uint32_t i)
{
	return (uint64_t)(i % 7) * UINT64_C(0xfffffffffffffffd) +
	    ((uint64_t)i << 40);
}

static void
compare(const struct table *table, const uint32_t counts[HASHES])
{
	const struct table_entry *entry;
	size_t n = 0;
	uint32_t i;

	for (i = 0; i < HASHES; i++) {
		entry = table_find(table, hash_of(i));
		n += counts[i] > 0;
		if ((entry == NULL ? 0 : entry->count) != counts[i])
			fail_msg("hash %u", i);
	}
	assert_int_equal(table->n, n);
}

static void
test_random(void **state)
{
	struct table table = { .n = 0 };
	uint32_t counts[HASHES] = { 0 }, i, step;
	struct table_entry *entry;

	(void)state;
	for (step = 0; step < STEPS; step++) {
		i = next(HASHES);
		if (next(2) == 0) {
			entry = table_add(&table, hash_of(i), HASHES);
			assert_non_null(entry);
			entry->count++;
			counts[i]++;
		} else {
			table_remove(&table, hash_of(i));
			counts[i] = 0;
		}
		if (step % 97 == 0)
			compare(&table, counts);
	}
	compare(&table, counts);
	table_clear(&table);
	assert_null(table_find(&table, hash_of(1)));
}

static void
test_full(void **state)
{
	struct table table = { .n = 0 };
	uint64_t i;

	(void)state;
	for (i = 0; i < 1000; i++)
		table_add(&table, i << 9, 1000)->count = 1;
	assert_null(table_add(&table, 1, 1000));
	assert_non_null(table_add(&table, 5 << 9, 1000));
	table_remove(&table, 5 << 9);
	assert_non_null(table_add(&table, 1, 1000));
	table_clear(&table);
	assert_null(table_add(&table, 1, 0));
}

static void
test_expire(void **state)
{
	struct table table = { .n = 0 };
	struct table_entry *entry;
	uint32_t i;

	(void)state;
	table_expire(&table, 5);
	for (i = 0; i < HASHES; i++) {
		entry = table_add(&table, hash_of(i), HASHES);
		entry->count = 1;
		entry->last = i;
	}
	table_expire(&table, 150);
	assert_int_equal(table.n, 50);
	for (i = 0; i < HASHES; i++)
		assert_int_equal(table_find(&table, hash_of(i)) != NULL,
		    i >= 150);
	table_clear(&table);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_expire)
	};

	return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
