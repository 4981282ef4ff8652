/* SPDX-License-Identifier: ISC */

/*
 * Files of a later version are told from damaged ones.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "store/format.h"

static const struct {
	const char	*name, *text;
	bool		 is_later;
} cases[] = {
	{ "the next",		"countersign-x 3\nrest\n",	true },
	{ "with a word",	"countersign-x 3 on\n",		true },
	{ "no newline",		"countersign-x 3",		true },
	{ "two digits",		"countersign-x 10\n",		true },
	{ "very late",		"countersign-x 99999999999999999999\n",
	    true },
	{ "2 to the power of 32", "countersign-x 4294967296\n",	true },
	{ "this one",		"countersign-x 2\n",		false },
	{ "an earlier one",	"countersign-x 1\n",		false },
	{ "no number",		"countersign-x \n",		false },
	{ "only the word",	"countersign-x ",		false },
	{ "leading zero",	"countersign-x 03\n",		false },
	{ "not only digits",	"countersign-x 3a\n",		false },
	{ "negative",		"countersign-x -3\n",		false },
	{ "another word",	"countersign-y 3\n",		false },
	{ "empty",		"",				false },
};

static void
test_is_later(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (store_format_is_later(cases[i].text,
		    strlen(cases[i].text), "countersign-x ", 2) !=
		    cases[i].is_later)
			fail_msg("%s", cases[i].name);
	/* Not beyond the length. */
	assert_false(store_format_is_later("countersign-x 3", 14,
	    "countersign-x ", 2));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_is_later)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
