/* SPDX-License-Identifier: ISC */

/*
 * The report of an import prints nothing that could control a terminal.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "import/report.h"

/* U+009B begins a sequence, as ESC "[" does. */
#define CSI	"\302\2332J"

static void
test_notes(void **state)
{
	struct import_report report = { .command = "countersign-key" };
	struct import_place place = { .file = "t" CSI, .line = 1 };
	struct import_sources sources = { .n = 0 };
	struct import_plan plan;
	size_t i, size;
	char *text;

	(void)state;
	import_plan_init(&plan);
	import_plan_note(&plan, place, true, "senders a" CSI "\033[2J: odd");
	assert_non_null(report.fp = open_memstream(&text, &size));
	import_report_begin(&report);
	import_report_end(&report, &plan, &sources);
	assert_int_equal(fclose(report.fp), 0);
	assert_non_null(strstr(text, "t??2J:1: senders a??2J?[2J: odd\n"));
	for (i = 0; i < size; i++)
		assert_true(text[i] == '\n' ||
		    (text[i] >= ' ' && text[i] <= '~'));
	free(text);
	import_plan_finish(&plan);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_notes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
