/* SPDX-License-Identifier: ISC */

/*
 * Views of the database: each is logged when it begins, when its reason
 * changes, and each hour; one that alternates fills no log, and its last state
 * is logged in the end.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fleet/views.h"

#define SECOND	1000

static struct fleet_views views;
static size_t nomitted;

static bool
note(enum fleet_view view, const char *why, int64_t now_ms)
{
	return fleet_views_note(&views, view, why, now_ms, &nomitted);
}

static int
begin(void **state)
{
	(void)state;
	memset(&views, 0, sizeof(views));
	return 0;
}

static void
tells_beginnings_and_hours(void **state)
{
	static const enum fleet_view lasting[] = {
		FLEET_VIEW_AWAY, FLEET_VIEW_OLDER, FLEET_VIEW_FAILED
	};
	int64_t now = 5 * SECOND;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lasting) / sizeof(lasting[0]); i++) {
		assert_true(note(lasting[i], "why", now));
		assert_false(note(lasting[i], "why",
		    now + FLEET_REMIND_MS - 1));
		now += FLEET_REMIND_MS;
		assert_true(note(lasting[i], "why", now));
		assert_int_equal(nomitted, 0);
	}
	assert_true(note(FLEET_VIEW_USED, "in use", now));
	assert_false(note(FLEET_VIEW_USED, "in use",
	    now + 5 * FLEET_REMIND_MS));
}

/* Begin with the first reason, and note the second. */
static void
compares_reasons(void **state)
{
	static const struct {
		const char	*first, *second;
		enum fleet_view	 view;
		bool		 is_told;
	} cases[] = {
		{ "disk full", "disk full", FLEET_VIEW_FAILED, false },
		{ "disk full", "denied", FLEET_VIEW_FAILED, true },
		{ "disk full", "disk", FLEET_VIEW_FAILED, true },
		{ "change 5, 6 seen", "change 15, 1 seen", FLEET_VIEW_OLDER,
		    false },
		{ "(7) seen: 7", "(123) seen: 0", FLEET_VIEW_OLDER, false },
		{ "7 seen", "18 seen", FLEET_VIEW_FAILED, false },
		{ "change 5", "change x", FLEET_VIEW_OLDER, true },
		{ "change 5", "change ", FLEET_VIEW_OLDER, true },
		{ "d1.example", "d2.example", FLEET_VIEW_FAILED, true },
		{ "10.0.0.1 fails", "10.0.0.2 fails", FLEET_VIEW_FAILED, true },
		{ "", "why", FLEET_VIEW_FAILED, true },
		{ "refused", "starting up", FLEET_VIEW_AWAY, true },
		{ "refused after 5 s", "refused after 7 s", FLEET_VIEW_AWAY,
		    false },
		{ "db1: in use", "db2: in use", FLEET_VIEW_USED, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&views, 0, sizeof(views));
		assert_true(note(cases[i].view, cases[i].first, SECOND));
		assert_int_equal(note(cases[i].view, cases[i].second,
		    2 * SECOND), cases[i].is_told);
	}
}

/* A database that is away for a reason, and soon for others. */
static void
tells_some_reasons(void **state)
{
	static const char *const reasons[] = {
		"closed", "refused", "starting up", "certificate", "late",
		"closed"
	};
	int64_t now = SECOND;
	size_t i, hour;

	(void)state;
	for (hour = 0; hour < 2; hour++) {
		for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
			assert_int_equal(note(FLEET_VIEW_AWAY, reasons[i],
			    now += SECOND), i < FLEET_MAX_REASONS);
			assert_int_equal(nomitted, 0);
		}
		now += FLEET_REMIND_MS;
	}
}

/* A server that answers differently each second, for a day. */
static void
bounds_alternation(void **state)
{
	const int64_t day = 24 * 3600 * (int64_t)SECOND;
	size_t nlines = 0, nall = 0;
	int64_t now;

	(void)state;
	for (now = SECOND; now <= day; now += SECOND)
		if (note(now / SECOND % 2 == 0 ? FLEET_VIEW_OLDER :
		    FLEET_VIEW_USED, "why", now)) {
			nlines++;
			nall += nomitted + 1;
		}
	assert_in_range(nlines, day / FLEET_TOLD_MS, FLEET_MAX_TOLD +
	    day / FLEET_TOLD_MS);
	/* What is not in a line yet is not lost. */
	assert_int_equal(nall + views.nchanges, 24 * 3600);
}

/* The last state is logged when there is a line left, if it is another one. */
static void
ends_with_the_last(void **state)
{
	int64_t now = SECOND;
	int i;

	(void)state;
	for (i = 0; i < FLEET_MAX_TOLD; i++, now += SECOND)
		assert_true(note(i % 2 == 0 ? FLEET_VIEW_OLDER :
		    FLEET_VIEW_USED, "why", now));
	assert_int_equal(views.told.view, FLEET_VIEW_USED);
	assert_false(note(FLEET_VIEW_AWAY, "away", now));
	assert_false(note(FLEET_VIEW_OLDER, "why", now));
	now += FLEET_TOLD_MS;
	assert_true(note(FLEET_VIEW_OLDER, "why", now));
	assert_int_equal(nomitted, 1);
	assert_false(note(FLEET_VIEW_OLDER, "why", now + FLEET_TOLD_MS));
	/* After a quiet time, all lines are back. */
	now += FLEET_MAX_TOLD * FLEET_TOLD_MS;
	for (i = 0; i < FLEET_MAX_TOLD; i++, now += SECOND)
		assert_true(note(i % 2 == 0 ? FLEET_VIEW_AWAY :
		    FLEET_VIEW_USED, "why", now));
	assert_false(note(FLEET_VIEW_AWAY, "why", now));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(tells_beginnings_and_hours, begin),
		cmocka_unit_test_setup(compares_reasons, begin),
		cmocka_unit_test_setup(tells_some_reasons, begin),
		cmocka_unit_test_setup(bounds_alternation, begin),
		cmocka_unit_test_setup(ends_with_the_last, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
