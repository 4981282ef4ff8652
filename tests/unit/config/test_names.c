/* SPDX-License-Identifier: ISC */

/*
 * Names of header fields, as they come, found in a sorted list.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/names.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))
#define NOWHERE		COUNT(listed)

static const char *const listed[] = {
	"a", "Content-Type", "from", "list", "list-post", "x-a", "x_a"
};

static const struct {
	const char	*name;
	size_t		 namelen, at, length;
} cases[] = {
	{ "a", 1, 0, 1 },
	{ "A", 1, 0, 1 },
	{ "content-type", 12, 1, 12 },
	{ "CONTENT-TYPE", 12, 1, 12 },
	{ "From", 4, 2, 4 },
	{ "From \t ", 7, 2, 4 },
	{ "list", 4, 3, 4 },
	{ "List-Post", 9, 4, 9 },
	{ "x-a", 3, 5, 3 },
	{ "X_A", 3, 6, 3 },
	/* Beginnings, and what goes on. */
	{ "lis", 3, NOWHERE, 3 },
	{ "list-", 5, NOWHERE, 5 },
	{ "list-posts", 10, NOWHERE, 10 },
	{ "From", 3, NOWHERE, 3 },
	/* Blanks elsewhere are of the name, as is a NUL. */
	{ " from", 5, NOWHERE, 5 },
	{ "fr om", 5, NOWHERE, 5 },
	{ "from\0", 5, NOWHERE, 5 },
	{ "from\0x", 6, NOWHERE, 6 },
	{ "from\r", 5, NOWHERE, 5 },
	/* Before the first, behind the last, and octets above ASCII. */
	{ "-", 1, NOWHERE, 1 },
	{ "z", 1, NOWHERE, 1 },
	{ "\xff", 1, NOWHERE, 1 },
	{ "fro\xcd", 4, NOWHERE, 4 },
	{ "", 0, NOWHERE, 0 },
	{ " \t", 2, NOWHERE, 0 },
};

static void
finds(void **state)
{
	const struct text_list list = { listed, COUNT(listed) };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		if (names_find(&list, cases[i].name, cases[i].namelen) !=
		    cases[i].at)
			fail_msg("case %zu: \"%s\"", i, cases[i].name);
		assert_int_equal(names_length(cases[i].name,
		    cases[i].namelen), cases[i].length);
	}
}

static void
finds_nothing_in_nothing(void **state)
{
	const struct text_list none = { NULL, 0 };

	(void)state;
	assert_int_equal(names_find(&none, "from", 4), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds),
		cmocka_unit_test(finds_nothing_in_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
