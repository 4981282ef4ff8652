/* SPDX-License-Identifier: ISC */

/*
 * Line ends of folded values, both ways.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "message/fold.h"

static const struct {
	const char	*name, *lf, *crlf;
} cases[] = {
	{ "empty",		"",		"" },
	{ "one line",		" value",	" value" },
	{ "one fold",		" a\n b",	" a\r\n b" },
	{ "folds and tabs",	" a\n\tb\n c",	" a\r\n\tb\r\n c" },
	{ "first octet",	"\n a",		"\r\n a" },
	{ "two in a row",	" a\n\n b",	" a\r\n\r\n b" },
	{ "last octet",		" a\n",		" a\r\n" },
	{ "a lone CR stays",	" a\rb",	" a\rb" },
	{ "a last CR stays",	" a\r",		" a\r" },
};

static void
test_both_ways(void **state)
{
	char *out;
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		out = fold_to_crlf(cases[i].lf, strlen(cases[i].lf), &len);
		assert_non_null(out);
		assert_string_equal(out, cases[i].crlf);
		assert_int_equal(len, strlen(cases[i].crlf));
		free(out);
		out = fold_to_lf(cases[i].crlf, strlen(cases[i].crlf));
		assert_non_null(out);
		assert_string_equal(out, cases[i].lf);
		free(out);
	}
}

static void
test_crlf_stays(void **state)
{
	char *out;
	size_t len;

	(void)state;
	out = fold_to_crlf(" a\r\n b", 6, &len);
	assert_non_null(out);
	assert_string_equal(out, " a\r\n b");
	free(out);
}

static void
test_too_long(void **state)
{
	size_t len;

	(void)state;
	assert_null(fold_to_crlf("", SIZE_MAX / 2, &len));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ways),
		cmocka_unit_test(test_crlf_stays),
		cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
