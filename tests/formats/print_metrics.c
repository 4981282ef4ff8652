/* SPDX-License-Identifier: ISC */

/*
 * usage: print_metrics FILE
 *
 * Print what countersign-metrics shows, and write what a rotation writes, with
 * a sample of each metric, for names.py, which reads types, units and labels.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/meters.h"
#include "config/action.h"
#include "metrics/exposition.h"
#include "rotate/metrics_file.h"

#define NOW	INT64_C(1795424400)	/* 2026-11-23T09:00:00Z */

static void
print_milter(void)
{
	struct meters *table;
	int fd, reader;
	size_t len;
	char *text;

	if ((table = meters_make(&fd, &reader)) == NULL)
		err(1, "meters_make");
	meters_use_own(table);
	meters_add_source("desk", 10);
	meters_ceiling("desk", 0, 1, 2);
	meters_message("desk", ACTION_SIGN, METERS_NO_REASON, false);
	if ((text = exposition_write(table, true, &len)) == NULL)
		err(1, "exposition_write");
	(void)fwrite(text, 1, len, stdout);
	free(text);
	meters_use_own(NULL);
	meters_free(table);
}

static void
write_keys(const char *path)
{
	struct rotate_tally tally = { .ndomains = 1, .nfailed = 1,
	    .next = NOW };
	struct domain_report report;
	struct metrics_file metrics;
	struct ks_error error;

	metrics_file_begin(&metrics, NOW);
	domain_report_init(&report, "example.com");
	domain_report_trouble(&report, REPORT_FAIL, "r1", TROUBLE_RECORD,
	    "gone");
	report.keys.signing_since = NOW;
	report.keys.next_end = NOW;
	metrics_file_count(&metrics, &report);
	domain_report_finish(&report);
	if (metrics_file_write(&metrics, path, &tally, NOW, &error) != 0)
		errx(1, "%s", error.text);
	metrics_file_finish(&metrics);
}

int
main(int argc, char **argv)
{
	if (argc != 2)
		errx(2, "usage: print_metrics FILE");
	print_milter();
	write_keys(argv[1]);
	return 0;
}
