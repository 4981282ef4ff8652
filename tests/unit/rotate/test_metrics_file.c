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
	char got[16384];
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

/* The lines about keys: one of each domain in reserve, and so many others. */
static const char *
keys(size_t ndomains, size_t nactive, size_t ncompromised)
{
	static char text[2048];
	enum key_phase phase;
	int n;

	n = snprintf(text, sizeof(text), "# HELP countersign_keys Keys of all "
	    "domains, by status.\n# TYPE countersign_keys gauge\n");
	for (phase = KEY_GENERATED; phase < KEY_PHASES; phase++)
		n += snprintf(text + n, sizeof(text) - (size_t)n,
		    "countersign_keys{status=\"%s\"} %zu\n",
		    key_phase_name(phase), phase == KEY_STANDBY ? ndomains :
		    phase == KEY_ACTIVE ? nactive : 0);
	(void)snprintf(text + n, sizeof(text) - (size_t)n,
	    "countersign_keys{status=\"compromised\"} %zu\n", ncompromised);
	return text;
}

/* since, end: of the key that signs; KS_NEVER: none does. */
static void
count(struct metrics_file *metrics, const char *domain, bool fails,
    int64_t since, int64_t end)
{
	struct domain_report report;

	domain_report_init(&report, domain);
	report.keys.phases[KEY_STANDBY] = 1;
	report.keys.phases[KEY_ACTIVE] = since != KS_NEVER;
	report.keys.ncompromised = fails;
	report.keys.signing_since = since;
	report.keys.next_end = end;
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
	char want[16384];
	struct metrics_file metrics;
	struct ks_error error;

	(void)state;
	memset(&metrics, 1, sizeof(metrics));
	metrics_file_begin(&metrics, BEGIN);
	count(&metrics, "good.example", false, BEGIN - 100, BEGIN + 200);
	count(&metrics, "none.example", false, KS_NEVER, KS_NEVER);
	count(&metrics, "bad.example", true, BEGIN - 50, BEGIN + 100);
	assert_int_equal(metrics_file_write(&metrics, path, &tally, END,
	    &error), 0);
	metrics_file_finish(&metrics);
	assert_null(metrics.fp);
	assert_null(metrics.text);
	assert_null(metrics.domains);
	assert_int_equal(metrics.begun, 0);
#define GAUGE(name, help, value) \
	"# HELP countersign_rotation_" name " " help "\n" \
	"# TYPE countersign_rotation_" name " gauge\n" \
	"countersign_rotation_" name " " value "\n"
#define LINE(name, value) "countersign_domain_" name "} " value "\n"
	(void)snprintf(want, sizeof(want), "%s%s%s%s",
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
	    troubles(1), keys(3, 2, 1),
	    "# HELP countersign_keys_signing_since_timestamp_seconds Since "
	    "when the key signs that has signed for longest.\n"
	    "# TYPE countersign_keys_signing_since_timestamp_seconds gauge\n"
	    "countersign_keys_signing_since_timestamp_seconds 1789999900\n"
	    "# HELP countersign_keys_next_change_timestamp_seconds When the "
	    "next key is to be replaced.\n"
	    "# TYPE countersign_keys_next_change_timestamp_seconds gauge\n"
	    "countersign_keys_next_change_timestamp_seconds 1790000100\n"
	    "# HELP countersign_domain_signing_since_timestamp_seconds Since "
	    "when the key of a domain signs that has signed for longest.\n"
	    "# TYPE countersign_domain_signing_since_timestamp_seconds "
	    "gauge\n"
	    LINE("signing_since_timestamp_seconds{domain=\"bad.example\"",
	    "1789999950")
	    LINE("signing_since_timestamp_seconds{domain=\"good.example\"",
	    "1789999900")
	    "# HELP countersign_domain_next_change_timestamp_seconds When the "
	    "next key of a domain is to be replaced.\n"
	    "# TYPE countersign_domain_next_change_timestamp_seconds gauge\n"
	    LINE("next_change_timestamp_seconds{domain=\"bad.example\"",
	    "1790000100")
	    LINE("next_change_timestamp_seconds{domain=\"good.example\"",
	    "1790000200")
	    "# HELP countersign_domain_trouble A trouble that a domain "
	    "has.\n"
	    "# TYPE countersign_domain_trouble gauge\n"
	    LINE("trouble{domain=\"bad.example\",trouble=\"record\"", "1")
	    "# HELP countersign_rotation_domain_failed A domain with a "
	    "failure.\n"
	    "# TYPE countersign_rotation_domain_failed gauge\n"
	    "countersign_rotation_domain_failed{domain=\"bad.example\"} 1\n");
	check_file(want);
}

/*
 * However many domains there are, there are no more lines: those of domains are
 * only about failures, and the oldest and soonest are those of all.
 */
static void
test_many(void **state)
{
	const struct rotate_tally tally = { .next = KS_NEVER };
	struct metrics_file metrics;
	struct ks_error error;
	char line[512], domain[64];
	size_t nlines = 0, nfound = 0, i;
	bool has_sum = false;
	FILE *fp;

	(void)state;
	metrics_file_begin(&metrics, BEGIN);
	for (i = 0; i < METRICS_FILE_DOMAINS + 20; i++) {
		(void)snprintf(domain, sizeof(domain), "d%zu.example", i);
		count(&metrics, domain, true, BEGIN - (int64_t)i,
		    BEGIN + 1000 - (int64_t)i);
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
		assert_null(strstr(line, "countersign_domain_"));
		nfound += strcmp(line, "countersign_keys_signing_since_"
		    "timestamp_seconds 1789999881\n") == 0;
		nfound += strcmp(line, "countersign_keys_next_change_"
		    "timestamp_seconds 1790000881\n") == 0;
		nfound += strcmp(line, "countersign_keys{status=\"active\"} "
		    "120\n") == 0;
	}
	(void)fclose(fp);
	assert_int_equal(nlines, METRICS_FILE_DOMAINS);
	assert_true(has_sum);
	assert_int_equal(nfound, 3);
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
