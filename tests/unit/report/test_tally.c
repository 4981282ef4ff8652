/* SPDX-License-Identifier: ISC */

/*
 * Counting by name: rows, their order, the newest message, and the limits;
 * names that a sender invents hide none that is frequent.
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
	tally_rank(&tally);
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

/* What was counted, in rows and for the others. */
static unsigned long
sum(unsigned int column)
{
	unsigned long n = tally.others.counts[column];
	size_t i;

	for (i = 0; i < tally.nrows; i++)
		n += tally.rows[i].counts[column];
	return n;
}

static void
add_numbered(const char *prefix, size_t number, unsigned int column)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "%s%zu", prefix, number);
	add(name, column, "Q", 1);
}

static void
test_limits(void **state)
{
	char name[400];
	size_t i;

	(void)state;
	memset(&tally, 0, sizeof(tally));
	for (i = 0; i < TALLY_ROWS; i++)
		add_numbered("n", i, 2);
	/* Those that came last, too, have exact numbers. */
	for (i = TALLY_ROWS - 7; i < TALLY_ROWS; i++)
		add_numbered("n", i, 1);
	add("n999", 2, "NEWEST", 2);
	tally_rank(&tally);
	assert_int_equal(tally.nrows, TALLY_MAX);
	assert_string_equal(tally.rows[0].name, "n999");
	assert_int_equal(tally.rows[0].n, 3);
	assert_int_equal(tally.rows[6].n, 2);
	assert_int_equal(tally.rows[7].n, 1);
	assert_string_equal(tally.rows[7].name, "n0");
	assert_int_equal(tally.others.n, TALLY_ROWS - TALLY_MAX);
	assert_int_equal(tally.others.counts[2], TALLY_ROWS - TALLY_MAX);
	assert_string_equal(tally.others.qid, "Q");

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

/* The messages of a name, in a flood of one message each of other names. */
enum { FLOOD = 200000, MOST_LOST = FLOOD / TALLY_ROWS };

static const struct {
	const char	*name;
	size_t		 from, to, each;	/* of the flood; every each */
	unsigned long	 want;			/* messages of the name */
} floods[] = {
	{ "after it",		FLOOD - 500, FLOOD,	1,	500 },
	{ "before it",		0,	500,		1,	500 },
	{ "all the time",	0,	FLOOD,		100,	FLOOD / 100 },
	{ "in the middle",	FLOOD / 2, FLOOD / 2 + 300, 1,	300 },
};

static void
test_floods(void **state)
{
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(floods) / sizeof(floods[0]); i++) {
		memset(&tally, 0, sizeof(tally));
		for (j = 0; j < FLOOD; j++) {
			add_numbered("invented", j, 0);
			if (j >= floods[i].from && j < floods[i].to &&
			    j % floods[i].each == 0)
				add("big", 1, "B", 2);
		}
		tally_rank(&tally);
		if (strcmp(tally.rows[0].name, "big") != 0 ||
		    tally.rows[0].n > floods[i].want ||
		    tally.rows[0].n + MOST_LOST + 2 < floods[i].want)
			fail_msg("%s: \"%s\" has %lu of %lu", floods[i].name,
			    tally.rows[0].name, tally.rows[0].n,
			    floods[i].want);
		assert_string_equal(tally.rows[0].qid, "B");
		assert_int_equal(tally.rows[1].n, 1);
		assert_int_equal(sum(0), FLOOD);
		assert_int_equal(sum(1), floods[i].want);
		assert_int_equal(tally.rows[0].n + TALLY_MAX - 1 +
		    tally.others.n, FLOOD + floods[i].want);
	}
}

/*
 * Names that come again as soon as they have lost their row, so that each may
 * lose what it can: no number is too high, or lower than promised.
 */
static void
test_bounds(void **state)
{
	static const size_t nnames[] = { TALLY_ROWS + 1, TALLY_ROWS + 300,
	    3 * TALLY_ROWS };
	static unsigned long want[3 * TALLY_ROWS];
	struct tally_row *row;
	size_t i, j, name, n;

	(void)state;
	for (i = 0; i < sizeof(nnames) / sizeof(nnames[0]); i++) {
		memset(&tally, 0, sizeof(tally));
		memset(want, 0, sizeof(want));
		for (n = 0, j = 0; j < 60 * nnames[i]; j++) {
			/* The first fifty also come in all the pauses. */
			name = j % nnames[i];
			add_numbered("", name, 0);
			want[name]++;
			name = j % 50;
			add_numbered("", name, 0);
			want[name]++;
			n += 2;
		}
		tally_rank(&tally);
		assert_int_equal(sum(0), n);
		for (j = 0; j < tally.nrows; j++) {
			row = &tally.rows[j];
			(void)sscanf(row->name, "%zu", &name);
			assert_true(row->n <= want[name]);
			if (j < 50) {
				assert_true(name < 50);
				assert_true(row->n + n / TALLY_ROWS >=
				    want[name]);
			}
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_floods),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
