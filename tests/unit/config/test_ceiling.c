/* SPDX-License-Identifier: ISC */

/*
 * Lines of the file of alarms: written and read again, and what is refused.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "config/ceiling.h"

#define TIME	INT64_C(1795777200)	/* 2026-11-27T11:00:00Z */
#define LINE	"2026-11-27T11:00:00Z "

static const struct {
	const char	*source, *queue_id, *want;
} printed[] = {
	{ "desk", "4c2Xyz1", LINE "unusual 5 4c2Xyz1 desk\n" },
	{ "service desk", "", LINE "unusual 5 - service desk\n" },
	{ "a\nb\\c\377", "no id", LINE "unusual 5 - a\\x0Ab\\x5Cc\\xFF\n" },
	{ " ", "../etc", LINE "unusual 5 -  \n" },
};

static void
test_printed(void **state)
{
	struct ceiling_alarm alarm = {
		.time = TIME, .ceiling = CEILING_UNUSUAL, .limit = 5
	}, again;
	char line[CEILING_LINE_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(printed) / sizeof(printed[0]); i++) {
		(void)snprintf(alarm.queue_id, sizeof(alarm.queue_id), "%s",
		    printed[i].queue_id);
		ceiling_escape(printed[i].source, alarm.source);
		assert_true(ceiling_alarm_print(&alarm, line));
		assert_string_equal(line, printed[i].want);
		assert_true(ceiling_alarm_parse(line, strlen(line) - 1,
		    &again));
		assert_int_equal(again.time, TIME);
		assert_int_equal(again.ceiling, CEILING_UNUSUAL);
		assert_int_equal(again.limit, 5);
		assert_string_equal(again.source, alarm.source);
	}
	alarm.time = -1;
	assert_false(ceiling_alarm_print(&alarm, line));
}

static const struct {
	const char	*name, *line;
} refused[] = {
	{ "empty",		"" },
	{ "a time alone",	"2026-11-27T11:00:00Z" },
	{ "no time",		"unusual 5 - desk" },
	{ "a wrong time",	"2026-13-27T11:00:00Z unusual 5 - desk" },
	{ "another ceiling",	LINE "usual 5 - desk" },
	{ "a longer name",	LINE "unusually 5 - desk" },
	{ "no limit",		LINE "unusual  - desk" },
	{ "a limit below 0",	LINE "unusual -5 - desk" },
	{ "a large limit",	LINE "unusual 4294967296 - desk" },
	{ "a very long limit",	LINE "unusual 00000000000000005 - desk" },
	{ "an odd queue id",	LINE "unusual 5 a/b desk" },
	{ "no queue id",	LINE "unusual 5  desk" },
	{ "no source",		LINE "unusual 5 -" },
	{ "an empty source",	LINE "unusual 5 - " },
	{ "an octet",		LINE "unusual 5 - de\001sk" },
	{ "beyond ASCII",	LINE "unusual 5 - caf\303\251" },
	{ "a newline",		LINE "unusual 5 - desk\n" },
};

static void
test_refused(void **state)
{
	struct ceiling_alarm alarm;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (ceiling_alarm_parse(refused[i].line,
		    strlen(refused[i].line), &alarm))
			fail_msg("%s", refused[i].name);
}

/* The longest name of a source, all of it escaped, fits into a line. */
static void
test_long(void **state)
{
	struct ceiling_alarm alarm = {
		.time = TIME, .ceiling = CEILING_PER_RECIPIENT,
		.limit = UINT32_MAX
	}, again;
	char name[65], line[CEILING_LINE_SIZE];

	(void)state;
	memset(name, '\377', 64);
	name[64] = '\0';
	ceiling_escape(name, alarm.source);
	assert_int_equal(strlen(alarm.source), 256);
	memset(alarm.queue_id, 'a', sizeof(alarm.queue_id) - 1);
	assert_true(ceiling_alarm_print(&alarm, line));
	assert_int_equal(line[strlen(line) - 1], '\n');
	assert_true(ceiling_alarm_parse(line, strlen(line) - 1, &again));
	assert_string_equal(again.source, alarm.source);
	assert_string_equal(again.queue_id, alarm.queue_id);
}

static void
test_sets(void **state)
{
	struct ceilings ceilings = { .defers = 1u << CEILING_MESSAGES };
	unsigned int i;

	(void)state;
	assert_false(ceilings_any(&ceilings));
	for (i = 0; i < CEILING_ROOM; i++) {
		memset(&ceilings, 0, sizeof(ceilings));
		ceilings.max[i] = 1;
		assert_true(ceilings_any(&ceilings));
		assert_int_equal(ceilings_want_recipients(&ceilings),
		    i != CEILING_MESSAGES && i != CEILING_UNUSUAL);
	}
	for (i = 0; i < CEILING_MAX; i++)
		assert_non_null(ceiling_name((enum ceiling)i));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_printed),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_sets)
	};

	return cmocka_run_group_tests_name("ceiling", tests, NULL, NULL);
}
