/* SPDX-License-Identifier: ISC */

/*
 * Troubles from one run to the next: which are saved and recalled, and since
 * when they exist; and the list of those of several domains.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/private.h"
#include "keydir.h"
#include "rotate/alarms.h"
#include "rotate/troubles.h"
#include "store/trouble_file.h"

#define DOMAIN	"example.com"
#define NOW	1790000000
#define HOUR	3600

static struct keydir store;
static struct ks_error error;
static const struct config config;
static struct rotation_run run = { .config = &config };

static int
setup(void **state)
{
	(void)state;
	keydir_make(&store);
	(void)keydir_add(&store, DOMAIN, "s1", DKIMSIG_ED25519_SHA256, 1,
	    KS_NEVER);
	(void)keydir_add(&store, DOMAIN, "gone", DKIMSIG_ED25519_SHA256, 1,
	    NOW - HOUR);
	run.ks = store.ks;
	return 0;
}

static void
set_removed(struct ks_key *key)
{
	key->revoked = key->removed = NOW - 1;
}

static int
teardown(void **state)
{
	char path[128];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/" DOMAIN "/troubles",
	    store.path);
	(void)unlink(path);
	keydir_remove(&store);
	return 0;
}

static void
save(const struct domain_report *report, int64_t now)
{
	struct ks_lock *lock;

	assert_int_equal(ks_lock(store.ks, DOMAIN, false, &lock, &error), 0);
	if (domain_troubles_save(store.ks, lock, report, now, &error) != 0)
		fail_msg("%s", error.text);
	ks_unlock(lock);
}

/* A run that sees a lost record, and one more trouble if it is named. */
static void
save_run(enum trouble other, const char *text, int64_t now)
{
	struct domain_report report;

	domain_report_init(&report, DOMAIN);
	domain_report_add(&report, REPORT_STEP, "s1", LIFECYCLE_VERIFY,
	    KS_NEVER, "no trouble");
	domain_report_trouble(&report, REPORT_FAIL, "s1", TROUBLE_RECORD,
	    "%s", text);
	domain_report_add(&report, REPORT_WAIT, "-", LIFECYCLE_VERIFY, NOW,
	    "nor this");
	if (other != TROUBLE_NONE)
		domain_report_trouble(&report, REPORT_TODO, "gone", other,
		    "old");
	save(&report, now);
	domain_report_finish(&report);
}

static void
check_saved(size_t i, int64_t since, bool needs_person, const char *word,
    const char *selector, const char *text)
{
	struct ks_troubles saved;

	assert_int_equal(ks_troubles_read(store.ks, DOMAIN, &saved, &error),
	    0);
	assert_true(i < saved.n);
	assert_int_equal(saved.list[i].since, since);
	assert_int_equal(saved.list[i].needs_person, needs_person);
	assert_string_equal(saved.list[i].word, word);
	assert_string_equal(saved.list[i].selector, selector);
	assert_string_equal(saved.list[i].text, text);
	ks_troubles_finish(&saved);
}

static size_t
count_saved(void)
{
	struct ks_troubles saved;
	size_t n;

	assert_int_equal(ks_troubles_read(store.ks, DOMAIN, &saved, &error),
	    0);
	n = saved.n;
	ks_troubles_finish(&saved);
	return n;
}

static void
test_saved(void **state)
{
	(void)state;
	save_run(TROUBLE_NONE, "absent", NOW - 2 * HOUR);
	assert_int_equal(count_saved(), 1);
	check_saved(0, NOW - 2 * HOUR, false, "record", "s1", "absent");
	/* The next run sees it again, with another text, and a second one. */
	save_run(TROUBLE_OLD_RECORD, "wrong", NOW - HOUR);
	assert_int_equal(count_saved(), 2);
	check_saved(0, NOW - 2 * HOUR, false, "record", "s1", "wrong");
	check_saved(1, NOW - HOUR, true, "old-record", "gone", "old");
	/* A clock that was ahead. */
	save_run(TROUBLE_NONE, "wrong", NOW - 3 * HOUR);
	assert_int_equal(count_saved(), 1);
	check_saved(0, NOW - 3 * HOUR, false, "record", "s1", "wrong");
}

static void
test_damaged(void **state)
{
	char path[128];
	FILE *fp;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/" DOMAIN "/troubles",
	    store.path);
	save_run(TROUBLE_NONE, "absent", NOW - HOUR);
	assert_non_null(fp = fopen(path, "w"));
	assert_true(fputs("countersign-troubles 1\nwhat\n", fp) >= 0);
	assert_int_equal(fclose(fp), 0);
	save_run(TROUBLE_NONE, "absent", NOW);
	check_saved(0, NOW, false, "record", "s1", "absent");
}

/* A report to which the saved troubles were added. */
static void
recall(struct domain_report *report)
{
	const struct rotation rotation = { .ttl = HOUR };
	struct domain_view view;

	memset(&view, 0, sizeof(view));
	view.run = &run;
	view.rotation = &rotation;
	assert_int_equal(ks_state_read(store.ks, DOMAIN, &view.state,
	    &error), 0);
	assert_int_equal(domain_troubles_recall(&view, report, NOW, &error),
	    0);
	ks_state_finish(&view.state);
}

static void
test_recalled(void **state)
{
	struct domain_report report;

	(void)state;
	save_run(TROUBLE_OLD_RECORD, "absent", NOW - HOUR);
	domain_report_init(&report, DOMAIN);
	domain_report_add(&report, REPORT_WAIT, "-", LIFECYCLE_VERIFY, NOW,
	    "waits");
	domain_report_trouble(&report, REPORT_FAIL, "-", TROUBLE_NO_RESERVE,
	    "new");
	recall(&report);
	assert_int_equal(report.nlines, 4);
	assert_int_equal(report.lines[0].since, KS_NEVER);
	assert_int_equal(report.lines[1].since, NOW);
	assert_int_equal(report.lines[2].trouble, TROUBLE_RECORD);
	assert_int_equal(report.lines[2].kind, REPORT_FAIL);
	assert_string_equal(report.lines[2].selector, "s1");
	assert_string_equal(report.lines[2].text, "absent");
	assert_int_equal(report.lines[2].since, NOW - HOUR);
	assert_int_equal(report.lines[3].trouble, TROUBLE_OLD_RECORD);
	assert_int_equal(report.lines[3].kind, REPORT_TODO);
	domain_report_finish(&report);
}

/* What the outlook says itself, or what is over, is not said again. */
static void
test_not_recalled(void **state)
{
	struct domain_report report;

	(void)state;
	domain_report_init(&report, DOMAIN);
	/* It is seen without DNS. */
	domain_report_trouble(&report, REPORT_FAIL, "s1", TROUBLE_KEY_FILE,
	    "local");
	domain_report_trouble(&report, REPORT_FAIL, "s1", TROUBLE_RECORD,
	    "absent");
	domain_report_trouble(&report, REPORT_FAIL, "nobody", TROUBLE_RECORD,
	    "of a key that is not in the state");
	domain_report_trouble(&report, REPORT_FAIL, "gone",
	    TROUBLE_OLD_RECORD, "of a key that was removed");
	domain_report_trouble(&report, REPORT_FAIL, "-", TROUBLE_LOOKUP,
	    "of the domain");
	domain_report_trouble(&report, REPORT_TODO, "r1", TROUBLE_CNAME,
	    "of no slot");
	save(&report, NOW - HOUR);
	domain_report_finish(&report);
	keydir_change(&store, DOMAIN, "gone", set_removed);

	domain_report_init(&report, DOMAIN);
	domain_report_trouble(&report, REPORT_FAIL, "s1", TROUBLE_RECORD,
	    "seen now");
	recall(&report);
	assert_int_equal(report.nlines, 2);
	assert_string_equal(report.lines[0].text, "seen now");
	assert_int_equal(report.lines[0].since, NOW - HOUR);
	assert_int_equal(report.lines[1].trouble, TROUBLE_LOOKUP);
	assert_string_equal(report.lines[1].text, "of the domain");
	domain_report_finish(&report);
}

static void
add_alarm(struct alarms *alarms, const char *domain, const char *selector,
    enum trouble_severity severity, int64_t since, const char *text)
{
	struct alarm alarm = {
		.trouble = TROUBLE_RECORD, .severity = severity, .since = since
	};

	(void)strlcpy(alarm.domain, domain, sizeof(alarm.domain));
	(void)strlcpy(alarm.selector, selector, sizeof(alarm.selector));
	assert_int_equal(alarms_add(alarms, &alarm, text), 0);
}

/* The worst first, then the oldest, then by domain and selector. */
static void
test_alarms(void **state)
{
	static const char *const order[] = { "1", "2", "3", "4", "5", "6" };
	struct alarms alarms = { NULL, 0 };
	size_t i;

	(void)state;
	alarms_sort(&alarms);
	add_alarm(&alarms, "b", "s1", TROUBLE_WARNING, NOW - 9, "6");
	add_alarm(&alarms, "b", "s1", TROUBLE_CRITICAL, NOW, "3");
	add_alarm(&alarms, "c", "s1", TROUBLE_CRITICAL, NOW, "5");
	add_alarm(&alarms, "b", "s2", TROUBLE_CRITICAL, NOW, "4");
	assert_int_equal(alarms_add_fault(&alarms, "z", "1", NOW - 1), 0);
	add_alarm(&alarms, "a", "s9", TROUBLE_CRITICAL, NOW, "2");
	alarms_sort(&alarms);
	assert_int_equal(alarms.n, 6);
	for (i = 0; i < alarms.n; i++)
		assert_string_equal(alarms.list[i].text, order[i]);
	assert_string_equal(alarms.list[0].domain, "z");
	assert_string_equal(alarms.list[0].selector, "-");
	assert_int_equal(alarms.list[0].trouble, TROUBLE_KEY_STORE);
	assert_int_equal(alarms.list[0].since, NOW - 1);
	assert_true(alarms.list[0].needs_person);
	alarms_finish(&alarms);
	assert_null(alarms.list);
	assert_int_equal(alarms.n, 0);
}

static int64_t
read_clock(void)
{
	return NOW;
}

static const struct alarm *
find(const struct alarms *alarms, enum trouble trouble)
{
	size_t i;

	for (i = 0; i < alarms->n; i++)
		if (alarms->list[i].trouble == trouble)
			return &alarms->list[i];
	return NULL;
}

/* A domain's troubles: those that were saved, and those of its key files. */
static void
collect(struct alarms *alarms, const char *domain)
{
	struct rotation_run real;
	struct domain_view view;
	struct config *loaded;
	size_t nfaults;

	loaded = config_load_text("f", "", 0, stderr, &nfaults);
	assert_non_null(loaded);
	assert_int_equal(rotation_run_init(&real, store.ks, loaded,
	    read_clock, &error), 0);
	assert_int_equal(alarms_add_domain(alarms, &view, &real, domain, NOW),
	    0);
	domain_view_close(&view);
	rotation_run_finish(&real);
	config_unref(loaded);
}

static void
test_alarms_of_domain(void **state)
{
	struct alarms alarms = { NULL, 0 };
	const struct alarm *alarm;

	(void)state;
	save_run(TROUBLE_OLD_RECORD, "absent", NOW - HOUR);
	collect(&alarms, DOMAIN);
	assert_non_null(alarm = find(&alarms, TROUBLE_RECORD));
	assert_string_equal(alarm->domain, DOMAIN);
	assert_string_equal(alarm->selector, "s1");
	assert_string_equal(alarm->text, "absent");
	assert_int_equal(alarm->severity, TROUBLE_CRITICAL);
	assert_int_equal(alarm->since, NOW - HOUR);
	assert_false(alarm->needs_person);
	assert_non_null(alarm = find(&alarms, TROUBLE_OLD_RECORD));
	assert_string_equal(alarm->selector, "gone");
	assert_true(alarm->needs_person);
	/* That no RSA key signs is new. */
	assert_non_null(alarm = find(&alarms, TROUBLE_NOT_SIGNED));
	assert_int_equal(alarm->since, NOW);
	assert_null(find(&alarms, TROUBLE_NONE));
	alarms_finish(&alarms);
}

/* A state that cannot be read hides nothing but itself. */
static void
test_alarm_of_damage(void **state)
{
	struct alarms alarms = { NULL, 0 };
	char path[128];
	FILE *fp;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/" DOMAIN "/state", store.path);
	assert_non_null(fp = fopen(path, "w"));
	assert_true(fputs("what\n", fp) >= 0);
	assert_int_equal(fclose(fp), 0);
	collect(&alarms, DOMAIN);
	assert_int_equal(alarms.n, 1);
	assert_int_equal(alarms.list[0].trouble, TROUBLE_KEY_STORE);
	assert_int_equal(alarms.list[0].severity, TROUBLE_CRITICAL);
	assert_string_equal(alarms.list[0].domain, DOMAIN);
	assert_non_null(strstr(alarms.list[0].text, "state"));
	alarms_finish(&alarms);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_saved, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged, setup, teardown),
		cmocka_unit_test_setup_teardown(test_recalled, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_not_recalled, setup,
		    teardown),
		cmocka_unit_test(test_alarms),
		cmocka_unit_test_setup_teardown(test_alarms_of_domain, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_alarm_of_damage, setup,
		    teardown),
	};
	int failed;

	failed = cmocka_run_group_tests(tests, NULL, NULL);
	keydir_free_keys();
	return failed;
}
