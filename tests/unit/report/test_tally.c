/* SPDX-License-Identifier: ISC */

/*
 * Counting by name: rows, their order, the newest message, and the limit.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "report/tally.h"

static struct tally tally;

static void
add(const char *name, unsigned int column, const char *qid, int64_t when)
{
	static struct logged_decision d;

	d.qid = qid;
	d.time = when;
	tally_add(&tally, name, column, &d);
}

static void
test_rows(void **state)
{
	(void)state;
	memset(&tally, 0, sizeof(tally));
	add("b", 0, "Q1", 10);
	add("c", 1, "Q2", 30);
	add("a", 0, "Q3", 20);
	add("c", 0, "Q4", 20);
	add("c", 1, "Q5", 30);
	tally_sort(&tally);
	assert_int_equal(tally.nrows, 3);
	assert_string_equal(tally.rows[0].name, "c");
	assert_int_equal(tally.rows[0].n, 3);
	assert_int_equal(tally.rows[0].counts[0], 1);
	assert_int_equal(tally.rows[0].counts[1], 2);
	assert_string_equal(tally.rows[0].qid, "Q5");
	assert_int_equal(tally.rows[0].newest, 30);
	assert_string_equal(tally.rows[1].name, "a");
	assert_string_equal(tally.rows[2].name, "b");
	assert_int_equal(tally.others.n, 0);
}

static void
test_limits(void **state)
{
	char name[400];
	size_t i;

	(void)state;
	memset(&tally, 0, sizeof(tally));
	for (i = 0; i < TALLY_MAX + 7; i++) {
		(void)snprintf(name, sizeof(name), "n%zu", i);
		add(name, 2, "Q", 1);
	}
	add("n0", 2, "Q", 1);
	assert_int_equal(tally.nrows, TALLY_MAX);
	assert_int_equal(tally.rows[0].n, 2);
	assert_int_equal(tally.others.n, 7);
	assert_int_equal(tally.others.counts[2], 7);

	/* Long names are the same if they begin alike. */
	memset(&tally, 0, sizeof(tally));
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	add(name, 0, "Q", 1);
	name[sizeof(name) - 2] = 'y';
	add(name, 0, "Q", 1);
	assert_int_equal(tally.nrows, 1);
	assert_int_equal(strlen(tally.rows[0].name), TALLY_NAME_SIZE - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
