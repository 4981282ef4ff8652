/* SPDX-License-Identifier: ISC */

/*
 * Alarms: each is told once, and again after it was away for long; however many
 * there are, no more are kept than have room.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fleet/alarms.h"

static struct fleet_alarms alarms;

static bool
note(const char *text, int64_t now_ms)
{
	return fleet_alarms_note(&alarms, text, strlen(text), false, now_ms);
}

static int
begin(void **state)
{
	(void)state;
	memset(&alarms, 0, sizeof(alarms));
	return 0;
}

static void
tells_once(void **state)
{
	int64_t now = 1000;
	int i;

	(void)state;
	assert_true(note("a", now));
	for (i = 0; i < 100; i++, now += FLEET_ALARM_FORGET_MS) {
		fleet_alarms_begin(&alarms, now);
		assert_false(note("a", now));
	}
	assert_true(note("b", now));
	assert_int_equal(alarms.n, 2);
	/* a was noted a whole span before b. */
	fleet_alarms_begin(&alarms, now + 1);
	assert_int_equal(alarms.n, 1);
	assert_string_equal(alarms.list[0].text, "b");
	assert_true(note("a", now + 1));
}

static void
compares_what_it_keeps(void **state)
{
	char text[FLEET_ALARM_SIZE + 10];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_true(note(text, 1));
	assert_false(note(text, 1));
	text[FLEET_ALARM_SIZE - 2] = 'y';
	assert_true(note(text, 1));
}

static void
compares_beginnings(void **state)
{
	(void)state;
	assert_true(fleet_alarms_note(&alarms, "clock: 61 s", 7, false,
	    1));
	assert_false(fleet_alarms_note(&alarms, "clock: 62 s", 7, false,
	    2));
	assert_string_equal(alarms.list[0].text, "clock: 62 s");
	assert_true(note("clock: 62 s", 3));
	assert_int_equal(alarms.n, 2);
}

static void
keeps_no_more(void **state)
{
	char text[32];
	int i;

	(void)state;
	for (i = 0; i < FLEET_MAX_ALARMS + 10; i++) {
		(void)snprintf(text, sizeof(text), "alarm %d", i);
		assert_int_equal(note(text, 1),
		    i < FLEET_MAX_ALARMS);
	}
	assert_int_equal(alarms.n, FLEET_MAX_ALARMS);
	assert_int_equal(alarms.nomitted, 10);
	assert_false(note("alarm 0", 1));
	fleet_alarms_begin(&alarms, 2);
	assert_int_equal(alarms.nomitted, 0);
	assert_int_equal(alarms.n, FLEET_MAX_ALARMS);
}

/* What a look does not note is over, and not told again when it comes back. */
static void
ends(void **state)
{
	(void)state;
	assert_true(note("a", 1));
	assert_true(note("b", 1));
	assert_true(fleet_alarms_note(&alarms, "lasts", 5, true, 1));
	fleet_alarms_begin(&alarms, 2);
	assert_false(note("a", 2));
	/* A look that does not come to its end says nothing of the others. */
	assert_false(alarms.list[1].is_over);
	fleet_alarms_begin(&alarms, 3);
	assert_false(note("a", 3));
	fleet_alarms_end(&alarms);
	assert_false(alarms.list[0].is_over);
	assert_true(alarms.list[1].is_over);
	assert_false(alarms.list[2].is_over);
	assert_false(note("b", 4));
	assert_false(alarms.list[1].is_over);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(tells_once, begin),
		cmocka_unit_test_setup(compares_what_it_keeps, begin),
		cmocka_unit_test_setup(compares_beginnings, begin),
		cmocka_unit_test_setup(keeps_no_more, begin),
		cmocka_unit_test_setup(ends, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
