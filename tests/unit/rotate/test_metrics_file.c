/* SPDX-License-Identifier: ISC */

/*
 * The file for Prometheus: its text, and that it is replaced as a whole.
 */

#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "rotate/metrics_file.h"
#include "scratch.h"

#define BEGIN	1790000000
#define END	1790000042

static char folder[SCRATCH_SIZE], path[96];

static int
make_folder(void **state)
{
	(void)state;
	if (scratch_make(folder, "rotate") == -1)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/run.prom", folder);
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(folder);
}

/* The lines about troubles: those of records, and zeros. */
static const char *
troubles(size_t nrecords)
{
	static char text[4096];
	enum trouble trouble;
	int n;

	n = snprintf(text, sizeof(text), "# HELP countersign_rotation_troubles "
	    "Troubles of all domains, by kind.\n"
	    "# TYPE countersign_rotation_troubles gauge\n");
	for (trouble = TROUBLE_KEY_FILE; trouble <= TROUBLE_CEILING; trouble++)
		n += snprintf(text + n, sizeof(text) - (size_t)n,
		    "countersign_rotation_troubles{trouble=\"%s\"} %zu\n",
		    trouble_word(trouble), trouble == TROUBLE_RECORD ?
		    nrecords : 0);
	return text;
}

static void
check_file(const char *want)
{
	char got[8192];
	struct stat st;
	size_t n;
	FILE *fp;

	assert_non_null(fp = fopen(path, "r"));
	n = fread(got, 1, sizeof(got) - 1, fp);
	got[n] = '\0';
	(void)fclose(fp);
	assert_string_equal(got, want);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(scratch_count(folder), 1);
}

static void
count(struct metrics_file *metrics, const char *domain, bool fails)
{
	struct domain_report report;

	domain_report_init(&report, domain);
	domain_report_add(&report, REPORT_STEP, "r1", LIFECYCLE_RETIRE,
	    KS_NEVER, "done");
	if (fails)
		domain_report_trouble(&report, REPORT_FAIL, "r1",
		    TROUBLE_RECORD, "gone");
	metrics_file_count(metrics, &report);
	domain_report_finish(&report);
}

static void
test_metrics(void **state)
{
	const struct rotate_tally tally = {
		.ndomains = 3, .ndone = 7, .nchanged = 2, .nwaiting = 1,
		.ntodo = 4, .nfailed = 5, .next = 1790003600
	};
	char want[8192];
	struct metrics_file metrics;
	struct ks_error error;

	(void)state;
	memset(&metrics, 1, sizeof(metrics));
	metrics_file_begin(&metrics, BEGIN);
	count(&metrics, "good.example", false);
	count(&metrics, "bad.example", true);
	assert_int_equal(metrics_file_write(&metrics, path, &tally, END,
	    &error), 0);
	metrics_file_finish(&metrics);
	assert_null(metrics.fp);
	assert_null(metrics.text);
	assert_int_equal(metrics.begun, 0);
#define GAUGE(name, help, value) \
	"# HELP countersign_rotation_" name " " help "\n" \
	"# TYPE countersign_rotation_" name " gauge\n" \
	"countersign_rotation_" name " " value "\n"
	(void)snprintf(want, sizeof(want), "%s%s%s",
	    GAUGE("last_run_timestamp_seconds", "When the last run ended.",
	    "1790000042")
	    GAUGE("last_run_duration_seconds", "How long the last run took.",
	    "42")
	    GAUGE("domains", "Domains in the key store.", "3")
	    GAUGE("domains_changed", "Domains with a step taken.", "2")
	    GAUGE("domains_waiting", "Domains whose next step is due later.",
	    "1")
	    GAUGE("domains_to_do", "Domains for which somebody must act.",
	    "4")
	    GAUGE("domains_failed", "Domains with a failure.", "5")
	    GAUGE("next_step_timestamp_seconds",
	    "When the next step of any domain is due.", "1790003600"),
	    troubles(1),
	    "# HELP countersign_rotation_domain_failed A domain with a "
	    "failure.\n"
	    "# TYPE countersign_rotation_domain_failed gauge\n"
	    "countersign_rotation_domain_failed{domain=\"bad.example\"} 1\n");
	check_file(want);
}

/* However many domains fail, there are no more lines. */
static void
test_many(void **state)
{
	const struct rotate_tally tally = { .next = KS_NEVER };
	struct metrics_file metrics;
	struct ks_error error;
	char line[512], domain[64];
	size_t nlines = 0, i;
	bool has_sum = false;
	FILE *fp;

	(void)state;
	metrics_file_begin(&metrics, BEGIN);
	for (i = 0; i < METRICS_FILE_DOMAINS + 20; i++) {
		(void)snprintf(domain, sizeof(domain), "d%zu.example", i);
		count(&metrics, domain, true);
	}
	assert_int_equal(metrics_file_write(&metrics, path, &tally, END,
	    &error), 0);
	metrics_file_finish(&metrics);
	assert_non_null(fp = fopen(path, "r"));
	while (fgets(line, sizeof(line), fp) != NULL) {
		assert_null(strstr(line, "next_step"));
		nlines += strstr(line, "domain_failed{") != NULL;
		has_sum |= strcmp(line, "countersign_rotation_troubles"
		    "{trouble=\"record\"} 120\n") == 0;
	}
	(void)fclose(fp);
	assert_int_equal(nlines, METRICS_FILE_DOMAINS);
	assert_true(has_sum);
}

static void
test_metrics_refused(void **state)
{
	const struct rotate_tally tally = { .ndomains = 1 };
	struct metrics_file metrics;
	struct ks_error error;

	(void)state;
	metrics_file_begin(&metrics, BEGIN);
	assert_int_equal(metrics_file_write(&metrics, folder, &tally, END,
	    &error), KS_E_SYSTEM);
	metrics_file_finish(&metrics);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_metrics),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_metrics_refused),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
