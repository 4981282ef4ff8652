/* SPDX-License-Identifier: ISC */

/*
 * Plans: what is in them, and how they are shown.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "setup/plan.h"

static void
what_is_there_is_not_planned(void **state)
{
	struct plan plan;

	(void)state;
	plan_init(&plan);
	assert_null(plan_add(&plan, CHANGE_FILE, "/a", NULL, "x", "x"));
	assert_true(TAILQ_EMPTY(&plan.changes));
	assert_non_null(plan_add(&plan, CHANGE_FILE, "/a", NULL, NULL, ""));
	assert_non_null(plan_find(&plan, CHANGE_FILE, "/a"));
	assert_null(plan_find(&plan, CHANGE_DIRECTORY, "/a"));
	assert_null(plan_find(&plan, CHANGE_FILE, "/b"));
	assert_false(plan.no_memory);
	plan_finish(&plan);
	assert_true(TAILQ_EMPTY(&plan.changes));
}

static void
all_kinds_are_shown(void **state)
{
	static const char want[] =
	    "directory /d (new) (root:root, mode 0750)\n\n"
	    "file /f (new) (root:root, mode 0644)\n+a\n\n"
	    "file /s (new) (root:root, mode 0640)\n"
	    "(it holds a secret and is not shown)\n\n"
	    "file /g\n a\n+b\n\n"
	    "keys of example.com (new)\n\n"
	    "unit u.service: disabled, stopped -> enabled, running\n\n"
	    "Postfix /etc/postfix/main.cf\n-smtpd_milters = a\n"
	    "+smtpd_milters = a, b\n\n"
	    "Postfix /etc/postfix/main.cf\n+smtpd_milters = b\n\n";
	char text[1024] = "";
	struct plan plan;
	FILE *out;

	(void)state;
	plan_init(&plan);
	plan_add(&plan, CHANGE_DIRECTORY, "/d", NULL, NULL, "")->access.mode =
	    0750;
	plan_add(&plan, CHANGE_FILE, "/f", NULL, NULL, "a\n")->access.mode =
	    0644;
	plan_add(&plan, CHANGE_FILE, "/s", NULL, NULL, "secret\n")
	    ->access.mode = 0640;
	TAILQ_LAST(&plan.changes, changes)->is_secret = true;
	(void)plan_add(&plan, CHANGE_FILE, "/g", NULL, "a\n", "a\nb\n");
	(void)plan_add(&plan, CHANGE_KEYS, "example.com", NULL, NULL, "begun");
	(void)plan_add(&plan, CHANGE_UNIT, "u.service", NULL,
	    "disabled, stopped", "enabled, running");
	(void)plan_add(&plan, CHANGE_SETTING, "/etc/postfix", "smtpd_milters",
	    "a", "a, b");
	(void)plan_add(&plan, CHANGE_SETTING, "/etc/postfix", "smtpd_milters",
	    NULL, "b");
	assert_non_null(out = fmemopen(text, sizeof(text) - 1, "w"));
	plan_print(&plan, false, out);
	(void)fclose(out);
	assert_string_equal(text, want);
	plan_finish(&plan);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_there_is_not_planned),
		cmocka_unit_test(all_kinds_are_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
