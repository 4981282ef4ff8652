/* SPDX-License-Identifier: ISC */

/*
 * The value of smtpd_milters, and which of its milters is ours.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "machine/postfix_milters.h"

static void
reads(void **state)
{
	static const struct {
		const char	*value;
		int		 n;	/* -1: an error */
		const char	*address, *action, *text; /* of the last */
	} cases[] = {
		{ "", 0, NULL, NULL, NULL },
		{ " , \t", 0, NULL, NULL, NULL },
		{ "unix:a/b", 1, "unix:a/b", NULL, "unix:a/b" },
		{ "inet:h:1, unix:a", 2, "unix:a", NULL, "unix:a" },
		{ "inet:h:1 unix:a", 2, "unix:a", NULL, "unix:a" },
		{ "{ unix:a, default_action=tempfail }", 1, "unix:a",
		    "tempfail", "{ unix:a, default_action=tempfail }" },
		{ "{unix:a default_action=accept}", 1, "unix:a", "accept",
		    "{unix:a default_action=accept}" },
		{ "x, {inet:h:1, connect_timeout=10s, "
		    "default_action=reject, protocol=6}", 2, "inet:h:1",
		    "reject", "{inet:h:1, connect_timeout=10s, "
		    "default_action=reject, protocol=6}" },
		{ "{ inet:h:1, connect_timeout=10s } unix:z", 2, "unix:z",
		    NULL, "unix:z" },
		{ "{ inet:h:1, {default_action = tempfail} }", 1, "inet:h:1",
		    NULL, "{ inet:h:1, {default_action = tempfail} }" },
		{ "{ unix:a", -1, NULL, NULL, NULL },
		{ "{ }", -1, NULL, NULL, NULL },
	};
	const struct postfix_milter *last;
	struct postfix_milters m;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(postfix_milters_read(cases[i].value, &m),
		    cases[i].n == -1 ? -1 : 0);
		if (cases[i].n <= 0) {
			assert_int_equal(m.n, 0);
			continue;
		}
		assert_int_equal(m.n, cases[i].n);
		last = &m.list[m.n - 1];
		assert_string_equal(last->address, cases[i].address);
		assert_string_equal(last->text, cases[i].text);
		if (cases[i].action == NULL)
			assert_null(last->default_action);
		else
			assert_string_equal(last->default_action,
			    cases[i].action);
		postfix_milters_finish(&m);
	}
}

static void
limit(void **state)
{
	char value[4 * POSTFIX_MAX_MILTERS + 8] = "";
	struct postfix_milters m;
	int i;

	(void)state;
	for (i = 0; i < POSTFIX_MAX_MILTERS; i++)
		(void)strlcat(value, "u:a ", sizeof(value));
	assert_int_equal(postfix_milters_read(value, &m), 0);
	assert_int_equal(m.n, POSTFIX_MAX_MILTERS);
	postfix_milters_finish(&m);
	(void)strlcat(value, "u:a", sizeof(value));
	assert_int_equal(postfix_milters_read(value, &m), -1);
}

static void
finds(void **state)
{
	static const struct {
		const char	*value, *ours;
		bool		 is_chrooted;
		size_t		 want;
	} cases[] = {
		{ "unix:x, unix:c/m", "unix:/q/c/m", false, 1 },
		{ "unix:x, unix:c/m", "unix:/q/c/m", true, 1 },
		{ "unix:/c/m", "unix:/q/c/m", true, 0 },
		{ "unix:/c/m", "unix:/q/c/m", false, 1 },
		{ "unix:/q/c/m", "unix:/q/c/m", false, 0 },
		/* The classic mistake: in the chroot it means /q/q/c/m. */
		{ "unix:/q/c/m", "unix:/q/c/m", true, 1 },
		{ "{ inet:127.0.0.1:8891, default_action=tempfail }",
		    "inet:8891@127.0.0.1", true, 0 },
		{ "nonsense:", "inet:8891@127.0.0.1", true, 1 },
		{ "", "unix:/q/c/m", true, 0 },
	};
	struct postfix_milters m;
	struct postfix *p;
	char error[200];
	size_t i;

	(void)state;
	assert_non_null(p = postfix_read("queue_directory = /q\n", "", "",
	    "", error, sizeof(error)));
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(postfix_milters_read(cases[i].value, &m), 0);
		assert_int_equal(postfix_milters_find(p, cases[i].is_chrooted,
		    &m, cases[i].ours), cases[i].want);
		postfix_milters_finish(&m);
	}
	postfix_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),
		cmocka_unit_test(limit),
		cmocka_unit_test(finds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
