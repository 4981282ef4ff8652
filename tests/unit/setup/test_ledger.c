/* SPDX-License-Identifier: ISC */

/*
 * The record of changes: what was there first is kept, through any number of
 * runs and crashes, until it is undone.
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

#include "setup/file.h"
#include "setup/ledger.h"

static char folder[] = "/tmp/test_ledger.XXXXXX";
static char path[64], why[SETUP_WHY_SIZE];

static int
set_up(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/setup.json", folder);
	return 0;
}

static int
tear_down(void **state)
{
	char command[64];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

/* As a run does it that changes before to after. */
static void
record(const char *before, const char *after)
{
	struct change *change;
	struct ledger ledger;

	assert_int_equal(ledger_open(&ledger, path, why, sizeof(why)), 0);
	change = change_new(CHANGE_FILE, "/f", NULL, before, after);
	assert_non_null(change);
	assert_int_equal(ledger_record(&ledger, change, why, sizeof(why)), 0);
	change_free(change);
	ledger_close(&ledger);
}

/* What the ledger says, after it was read again. */
static void
expect(const char *before, const char *after, const char *ours,
    const char *theirs)
{
	const struct change *change;
	struct ledger ledger;

	assert_int_equal(ledger_open(&ledger, path, why, sizeof(why)), 0);
	change = ledger_find(&ledger, CHANGE_FILE, "/f", NULL);
	assert_non_null(change);
	assert_true(plan_is_same(change->before, before));
	assert_true(plan_is_same(change->after, after));
	assert_true(ledger_is_ours(change, after));
	assert_true(ours == NULL || ledger_is_ours(change, ours));
	assert_false(ledger_is_ours(change, theirs));
	ledger_close(&ledger);
}

static void
first_text_is_kept(void **state)
{
	(void)state;
	(void)unlink(path);
	record("theirs", "a");
	expect("theirs", "a", NULL, "theirs");
	record("a", "b");
	/* Killed before the file was written: "a" is ours as well. */
	expect("theirs", "b", "a", "theirs");
	record("a", "c");
	expect("theirs", "c", "a", "b");
	/* Somebody else has changed it: theirs is now what was there. */
	record("new", "d");
	expect("new", "d", NULL, "c");
}

static void
absent_is_not_empty(void **state)
{
	(void)state;
	(void)unlink(path);
	record(NULL, "a");
	expect(NULL, "a", NULL, "");
	record("a", "");
	expect(NULL, "", "a", NULL);
}

static void
is_forgotten(void **state)
{
	struct ledger ledger;
	struct change *change;

	(void)state;
	(void)unlink(path);
	record(NULL, "a");
	assert_int_equal(ledger_open(&ledger, path, why, sizeof(why)), 0);
	change = ledger_find(&ledger, CHANGE_FILE, "/f", NULL);
	assert_null(ledger_find(&ledger, CHANGE_SETTING, "/f", NULL));
	assert_null(ledger_find(&ledger, CHANGE_FILE, "/f", "name"));
	assert_int_equal(ledger_forget(&ledger, change, why, sizeof(why)), 0);
	assert_int_equal(ledger_set_due(&ledger, DUE_POSTFIX, why,
	    sizeof(why)), 0);
	ledger_close(&ledger);
	assert_int_equal(ledger_open(&ledger, path, why, sizeof(why)), 0);
	assert_true(TAILQ_EMPTY(&ledger.changes));
	assert_int_equal(ledger.due, DUE_POSTFIX);
	ledger_close(&ledger);
}

static void
one_run_at_a_time(void **state)
{
	struct ledger first, second;

	(void)state;
	(void)unlink(path);
	assert_int_equal(ledger_open(&first, path, why, sizeof(why)), 0);
	assert_int_equal(ledger_open(&second, path, why, sizeof(why)), -1);
	assert_non_null(strstr(why, "another setup is running"));
	ledger_close(&second);
	ledger_close(&first);
	assert_int_equal(ledger_open(&second, path, why, sizeof(why)), 0);
	ledger_close(&second);
}

static const struct {
	const char	*text, *why;
} damaged[] = {
	{ "{",				"restore the file" },
	{ "{ \"version\": 2 }",		"install the later version again" },
	{ "{ \"version\": 0 }",		"not a record of countersign" },
	{ "{}",				"not a record of countersign" },
	{ "{ \"version\": 1, \"changes\": [ {} ] }", "cannot be read" },
	{ "{ \"version\": 1, \"changes\": [ { \"kind\": \"x\", "
	    "\"place\": \"/\" } ] }",	"cannot be read" },
};

static void
damage_is_reported(void **state)
{
	const struct change_access access = { getuid(), getgid(), 0600 };
	struct ledger ledger;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
		assert_int_equal(file_write(path, damaged[i].text, &access, why,
		    sizeof(why)), 0);
		assert_int_equal(ledger_open(&ledger, path, why, sizeof(why)),
		    -1);
		if (strstr(why, damaged[i].why) == NULL)
			fail_msg("%s: %s", damaged[i].text, why);
		ledger_close(&ledger);
	}
}

/* A text that is no UTF-8 cannot be recorded, so it must not be changed. */
static void
other_texts_are_refused(void **state)
{
	struct change *change;
	struct ledger ledger;

	(void)state;
	(void)unlink(path);
	assert_int_equal(ledger_open(&ledger, path, why, sizeof(why)), 0);
	assert_non_null(change = change_new(CHANGE_FILE, "/f", NULL, "\374",
	    "a"));
	assert_int_equal(ledger_record(&ledger, change, why, sizeof(why)), -1);
	assert_non_null(strstr(why, "UTF-8"));
	change_free(change);
	ledger_close(&ledger);
	assert_int_not_equal(access(path, F_OK), 0);
}

static void
record_unit(const char *before)
{
	struct change *change;
	struct ledger ledger;

	assert_int_equal(ledger_open(&ledger, path, why, sizeof(why)), 0);
	change = change_new(CHANGE_UNIT, "u", NULL, before,
	    "enabled, running");
	assert_non_null(change);
	assert_int_equal(ledger_record(&ledger, change, why, sizeof(why)), 0);
	change_free(change);
	ledger_close(&ledger);
}

/* A service that somebody stopped is still one that setup enabled. */
static void
first_state_of_unit_is_kept(void **state)
{
	const struct change *change;
	struct ledger ledger;

	(void)state;
	record_unit("disabled, stopped");
	record_unit("enabled, stopped");
	assert_int_equal(ledger_open(&ledger, path, why, sizeof(why)), 0);
	change = ledger_find(&ledger, CHANGE_UNIT, "u", NULL);
	assert_non_null(change);
	assert_string_equal(change->before, "disabled, stopped");
	ledger_close(&ledger);
	assert_int_equal(unlink(path), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_text_is_kept),
		cmocka_unit_test(first_state_of_unit_is_kept),
		cmocka_unit_test(absent_is_not_empty),
		cmocka_unit_test(is_forgotten),
		cmocka_unit_test(one_run_at_a_time),
		cmocka_unit_test(damage_is_reported),
		cmocka_unit_test(other_texts_are_refused),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
