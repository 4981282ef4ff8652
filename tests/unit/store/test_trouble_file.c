/* SPDX-License-Identifier: ISC */

/*
 * The files by which a run of rotation leaves word for monitoring: troubles,
 * and the time of the last run.
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

#include "store/last_run.h"
#include "store/trouble_file.h"
#include "storefile.h"

#define DOMAIN	"example.com"
#define NOW	1700000000

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static struct keydir store;
static struct ks_error error;
static struct ks_lock *lock;
static char path[128];		/* of the file of troubles */
static char run_path[128];	/* of last-run */

static int
setup(void **state)
{
	(void)state;
	keydir_make(&store);
	(void)keydir_add(&store, DOMAIN, "s1", DKIMSIG_ED25519_SHA256, 1,
	    KS_NEVER);
	(void)snprintf(path, sizeof(path), "%s/" DOMAIN "/troubles",
	    store.path);
	(void)snprintf(run_path, sizeof(run_path), "%s/last-run", store.path);
	return ks_lock(store.ks, DOMAIN, false, &lock, &error);
}

static int
teardown(void **state)
{
	(void)state;
	ks_unlock(lock);
	(void)unlink(path);
	(void)unlink(run_path);
	keydir_remove(&store);
	return 0;
}

static void
write_troubles(const struct ks_troubles *troubles)
{
	if (ks_troubles_write(lock, troubles, &error) != 0)
		fail_msg("%s", error.text);
}

static void
test_none(void **state)
{
	struct ks_troubles troubles;

	(void)state;
	assert_int_equal(ks_troubles_read(store.ks, DOMAIN, &troubles,
	    &error), 0);
	assert_int_equal(troubles.n, 0);
	write_troubles(&troubles);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(ks_troubles_read(store.ks, "other.example",
	    &troubles, &error), KS_E_NODOMAIN);
}

static void
test_kept(void **state)
{
	struct ks_troubles troubles;
	const struct ks_trouble *found;
	struct stat before, after;

	(void)state;
	memset(&troubles, 0, sizeof(troubles));
	assert_int_equal(ks_troubles_add(&troubles, NOW, true, "new-record",
	    "s1", "publish it:\tnow\n| \xc3\xa4"), 0);
	assert_int_equal(ks_troubles_add(&troubles, NOW + 1, false, "lookup",
	    "-", ""), 0);
	write_troubles(&troubles);
	assert_int_equal(stat(path, &before), 0);
	assert_int_equal(before.st_mode & 07777u, 0640);
	/* Nothing is written again if nothing has changed. */
	write_troubles(&troubles);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	ks_troubles_finish(&troubles);

	assert_int_equal(ks_troubles_read(store.ks, DOMAIN, &troubles,
	    &error), 0);
	assert_int_equal(troubles.n, 2);
	assert_non_null(found = ks_troubles_find(&troubles, "new-record",
	    "s1"));
	assert_int_equal(found->since, NOW);
	assert_true(found->needs_person);
	assert_string_equal(found->text, "publish it: now | \xc3\xa4");
	assert_non_null(found = ks_troubles_find(&troubles, "lookup", "-"));
	assert_false(found->needs_person);
	assert_null(ks_troubles_find(&troubles, "lookup", "s1"));
	ks_troubles_finish(&troubles);

	write_troubles(&troubles);
	assert_int_equal(access(path, F_OK), -1);
}

/* All that can be written can be read, up to the limit. */
static void
test_many(void **state)
{
	struct ks_troubles troubles;
	char text[2 * KS_MAX_LOG_LINE];
	size_t i;

	(void)state;
	memset(&troubles, 0, sizeof(troubles));
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (i = 0; i < KS_MAX_TROUBLES + 5; i++)
		assert_int_equal(ks_troubles_add(&troubles, NOW, false,
		    "publication", "s1", text), 0);
	write_troubles(&troubles);
	ks_troubles_finish(&troubles);
	assert_int_equal(ks_troubles_read(store.ks, DOMAIN, &troubles,
	    &error), 0);
	assert_int_equal(troubles.n, KS_MAX_TROUBLES);
	assert_int_equal(strlen(troubles.list[0].text), KS_MAX_LOG_LINE);
	ks_troubles_finish(&troubles);
}

#define FIRST	"countersign-troubles 1\n"
#define TIME	"2026-11-23T09:00:00Z"

static void
test_damaged(void **state)
{
	static const struct {
		const char	*text, *line;
	} cases[] = {
		{ "", "line 1:" },
		{ "\n", "line 1:" },
		{ "countersign-troubles 2\n", "line 1:" },
		{ FIRST TIME " person record s1 x", "line 1:" },
		{ FIRST TIME " person record s1\n", "line 2:" },
		{ FIRST TIME " person record s1 \n", "line 2:" },
		{ FIRST TIME " nobody record s1 x\n", "line 2:" },
		{ FIRST TIME " person record S1 x\n", "line 2:" },
		{ FIRST TIME " person  s1 x\n", "line 2:" },
		{ FIRST TIME " person a-word-that-is-far-too-long s1 x\n",
		    "line 2:" },
		{ FIRST "2026-11-23 person record s1 x\n", "line 2:" },
		{ FIRST TIME " person record s1 x\n\n", "line 3:" },
	};
	struct ks_troubles troubles;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		print_message("# case %zu\n", i);
		storefile_write(path, cases[i].text, strlen(cases[i].text));
		assert_int_equal(ks_troubles_read(store.ks, DOMAIN,
		    &troubles, &error), KS_E_DAMAGED);
		assert_non_null(strstr(error.text, cases[i].line));
		assert_non_null(strstr(error.text, "/troubles: "));
		assert_int_equal(troubles.n, 0);
	}
	/* A writer replaces it. */
	assert_int_equal(ks_troubles_add(&troubles, NOW, false, "lookup", "-",
	    "x"), 0);
	write_troubles(&troubles);
	ks_troubles_finish(&troubles);
	assert_int_equal(ks_troubles_read(store.ks, DOMAIN, &troubles,
	    &error), 0);
	assert_int_equal(troubles.n, 1);
	ks_troubles_finish(&troubles);
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(ks_troubles_read(store.ks, DOMAIN, &troubles,
	    &error), KS_E_UNSAFE);
}

static void
test_last_run(void **state)
{
	int64_t when;

	(void)state;
	assert_int_equal(ks_last_run_read(store.ks, &when, &error), 0);
	assert_int_equal(when, KS_NEVER);
	assert_int_equal(ks_last_run_write(store.ks, NOW, &error), 0);
	assert_int_equal(ks_last_run_write(store.ks, NOW + 1, &error), 0);
	assert_int_equal(ks_last_run_read(store.ks, &when, &error), 0);
	assert_int_equal(when, NOW + 1);
	assert_int_equal(ks_last_run_write(store.ks, KS_NEVER, &error),
	    KS_E_ARG);
	storefile_write(run_path, "yesterday\n", 10);
	assert_int_equal(ks_last_run_read(store.ks, &when, &error),
	    KS_E_DAMAGED);
	assert_int_equal(when, KS_NEVER);
	assert_non_null(strstr(error.text, "/last-run: not a time"));
	assert_int_equal(ks_last_run_write(store.ks, NOW, &error), 0);
	assert_int_equal(ks_last_run_read(store.ks, &when, &error), 0);
	assert_int_equal(when, NOW);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_none, setup, teardown),
		cmocka_unit_test_setup_teardown(test_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_last_run, setup,
		    teardown)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
