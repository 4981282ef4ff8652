/* SPDX-License-Identifier: ISC */

/*
 * Differences of texts, as they are printed.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "setup/diff.h"

static const struct {
	const char	*name, *before, *after, *want;
} cases[] = {
	{ "equal",		"a\nb\n",	"a\nb\n",	"" },
	{ "none, none",		NULL,		NULL,		"" },
	{ "new",		NULL,		"a\nb\n",	"+a\n+b\n" },
	{ "removed",		"a\nb\n",	NULL,		"-a\n-b\n" },
	{ "appended",		"a\n",		"a\nb\n",	" a\n+b\n" },
	{ "prepended",		"b\n",		"a\nb\n",	"+a\n b\n" },
	{ "replaced",		"a\nb\nc\n",	"a\nx\nc\n",
	    " a\n-b\n+x\n c\n" },
	{ "two changes",	"a\nb\nc\nd\n",	"a\nx\nc\ny\n",
	    " a\n-b\n+x\n c\n-d\n+y\n" },
	{ "no line feed at the end", "a\nb",	"a\nc",
	    " a\n-b\n+c\n" },
	{ "three lines around",	"1\n2\n3\n4\n5\n6\n7\n8\n9\n",
	    "1\n2\n3\n4\nx\n6\n7\n8\n9\n",
	    "@@ line 2 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n" },
	{ "empty line",		"a\n\nb\n",	"a\nb\n",
	    " a\n-\n b\n" },
};

static void
print(const char *before, const char *after, char *buf, size_t size)
{
	FILE *out;

	memset(buf, 0, size);
	assert_non_null(out = fmemopen(buf, size - 1, "w"));
	diff_print(before, after, false, out);
	(void)fclose(out);
}

static void
test_cases(void **state)
{
	char buf[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print(cases[i].before, cases[i].after, buf, sizeof(buf));
		if (strcmp(buf, cases[i].want) != 0)
			fail_msg("%s:\n%s", cases[i].name, buf);
	}
}

/* Beyond the limit, all between the first and the last difference. */
static void
test_large(void **state)
{
	const size_t n = DIFF_MAX_LINES / 2 + 1;
	char *before, *after, *buf;
	size_t i, lines = 0;

	(void)state;
	before = malloc(2 * n + 1);
	after = malloc(2 * n + 1);
	buf = malloc(8 * n);
	assert_true(before != NULL && after != NULL && buf != NULL);
	for (i = 0; i < n; i++) {
		memcpy(before + 2 * i, "a\n", 3);
		memcpy(after + 2 * i, i == 0 || i == n - 1 ? "b\n" : "a\n",
		    3);
	}
	print(before, after, buf, 8 * n);
	for (i = 0; buf[i] != '\0'; i++)
		lines += buf[i] == '\n';
	assert_int_equal(lines, 2 * n);
	free(before);
	free(after);
	free(buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
