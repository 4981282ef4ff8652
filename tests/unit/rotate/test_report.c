/* SPDX-License-Identifier: ISC */

/*
 * The report of one domain: what people read, and what programs read.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rotate/report.h"

#define NOW	1790000000	/* 2026-09-21T14:13:20Z */

/* What a function prints about a report; the caller frees it. */
static char *
print(void (*function)(FILE *, const struct domain_report *),
    const struct domain_report *report)
{
	char *text = NULL;
	size_t len = 0;
	FILE *fp;

	assert_non_null(fp = open_memstream(&text, &len));
	function(fp, report);
	assert_int_equal(fclose(fp), 0);
	return text;
}

static void
check(void (*function)(FILE *, const struct domain_report *),
    const struct domain_report *report, const char *want)
{
	char *text = print(function, report);

	assert_string_equal(text, want);
	free(text);
}

/* A line of each kind, with and without a time. */
static void
fill(struct domain_report *report)
{
	domain_report_init(report, "example.com");
	domain_report_add(report, REPORT_STEP, "r1", LIFECYCLE_PUBLISH,
	    KS_NEVER, "at %d servers", 2);
	domain_report_add(report, REPORT_DUE, "r2", LIFECYCLE_PUBLISH,
	    KS_NEVER, "now");
	domain_report_add(report, REPORT_WAIT, "r3", LIFECYCLE_VERIFY, NOW,
	    "caches");
	domain_report_add(report, REPORT_BUSY, "-", LIFECYCLE_NOTHING,
	    KS_NEVER, "locked");
	domain_report_add(report, REPORT_TODO, "r4", LIFECYCLE_REMOVE,
	    KS_NEVER, "remove \"it\"");
	domain_report_trouble(report, REPORT_FAIL, "r5", TROUBLE_RECORD,
	    "%s", "gone");
	domain_report_trouble(report, REPORT_FAIL, "-", TROUBLE_CLOCK,
	    "ahead");
}

static void
test_new(void **state)
{
	struct domain_report report;

	(void)state;
	memset(&report, 1, sizeof(report));
	domain_report_init(&report, "example.com");
	assert_string_equal(report.domain, "example.com");
	assert_int_equal(report.nlines, 0);
	assert_int_equal(report.count[REPORT_FAIL], 0);
	assert_int_equal(report.next, KS_NEVER);
	assert_false(report.is_cut);
	check(domain_report_print, &report, "");
	check(domain_report_print_json, &report, "{\"domain\": "
	    "\"example.com\", \"next\": null, \"steps\": [], \"records\": []}");
	domain_report_finish(&report);
}

static void
test_lines(void **state)
{
	struct domain_report report;
	const struct report_line *line;
	size_t i;

	(void)state;
	fill(&report);
	assert_int_equal(report.nlines, 7);
	for (i = REPORT_STEP; i <= REPORT_FAIL; i++)
		assert_int_equal(report.count[i], i == REPORT_FAIL ? 2 : 1);
	line = &report.lines[2];
	assert_int_equal(line->kind, REPORT_WAIT);
	assert_string_equal(line->selector, "r3");
	assert_int_equal(line->step, LIFECYCLE_VERIFY);
	assert_int_equal(line->trouble, TROUBLE_NONE);
	assert_int_equal(line->when, NOW);
	assert_int_equal(line->since, KS_NEVER);
	line = &report.lines[5];
	assert_int_equal(line->step, LIFECYCLE_NOTHING);
	assert_int_equal(line->trouble, TROUBLE_RECORD);
	assert_int_equal(line->when, KS_NEVER);
	assert_int_equal(line->since, KS_NEVER);
	assert_string_equal(line->text, "gone");
	domain_report_finish(&report);
	assert_null(report.lines);
	assert_int_equal(report.nlines, 0);
}

static void
test_text(void **state)
{
	struct domain_report report;

	(void)state;
	fill(&report);
	check(domain_report_print, &report,
	    "example.com  r1  published: at 2 servers\n"
	    "example.com  r2  to be published: now\n"
	    "example.com  r3  waiting until 2026-09-21T14:13:20Z: caches\n"
	    "example.com  -  busy: locked\n"
	    "example.com  r4  waiting for you: remove \"it\"\n"
	    "example.com  r5  FAILED: gone [record]\n"
	    "example.com  -  FAILED: ahead [clock]\n");
	domain_report_finish(&report);
}

static void
test_cut(void **state)
{
	struct domain_report report;

	(void)state;
	domain_report_init(&report, "example.com");
	report.is_cut = true;
	check(domain_report_print, &report,
	    "example.com: out of memory: the report is incomplete\n");
	domain_report_finish(&report);
}

static void
test_json(void **state)
{
	struct domain_report report;

	(void)state;
	fill(&report);
	report.next = NOW + 86400;
	check(domain_report_print_json, &report,
	    "{\"domain\": \"example.com\", "
	    "\"next\": \"2026-09-22T14:13:20Z\", \"steps\": [\n"
	    "    {\"selector\": \"r1\", \"step\": \"publish\", "
	    "\"trouble\": null, \"result\": \"done\", \"until\": null, "
	    "\"text\": \"at 2 servers\"},\n"
	    "    {\"selector\": \"r2\", \"step\": \"publish\", "
	    "\"trouble\": null, \"result\": \"due\", \"until\": null, "
	    "\"text\": \"now\"},\n"
	    "    {\"selector\": \"r3\", \"step\": \"verify\", "
	    "\"trouble\": null, \"result\": \"waiting\", "
	    "\"until\": \"2026-09-21T14:13:20Z\", \"text\": \"caches\"},\n"
	    "    {\"selector\": null, \"step\": null, \"trouble\": null, "
	    "\"result\": \"busy\", \"until\": null, \"text\": \"locked\"},\n"
	    "    {\"selector\": \"r4\", \"step\": \"remove\", "
	    "\"trouble\": null, \"result\": \"action-needed\", "
	    "\"until\": null, \"text\": \"remove \\\"it\\\"\"},\n"
	    "    {\"selector\": \"r5\", \"step\": null, "
	    "\"trouble\": \"record\", \"result\": \"failed\", "
	    "\"until\": null, \"text\": \"gone\"},\n"
	    "    {\"selector\": null, \"step\": null, "
	    "\"trouble\": \"clock\", \"result\": \"failed\", "
	    "\"until\": null, \"text\": \"ahead\"}], "
	    "\"records\": []}");
	domain_report_finish(&report);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_new),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
