/* SPDX-License-Identifier: ISC */

/*
 * Text that grows to its limit, and values of labels, which may be any octets.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "metrics/page.h"

#define R	"\xef\xbf\xbd"

static const struct {
	const char	*value, *want;
} cases[] = {
	{ "", "" },
	{ "plain text ~", "plain text ~" },
	{ "a\"b\\c\nd", "a\\\"b\\\\c\\nd" },
	{ "\t\r\x01\x7f", R R R R },
	{ "\303\244 \342\202\254 \360\237\230\200",
	    "\303\244 \342\202\254 \360\237\230\200" },
	/* Too short, alone, overlong, a surrogate, above U+10FFFF. */
	{ "\303", R },
	{ "\342\202", R R },
	{ "\360\237\230", R R R },
	{ "\244x", R "x" },
	{ "\300\257", R R },
	{ "\340\200\257", R R R },
	{ "\355\240\200", R R R },
	{ "\364\220\200\200", R R R R },
	{ "\377\376", R R },
	{ "\303\"", R "\\\"" },
};

static void
values_are_escaped(void **state)
{
	char escaped[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		page_escape(cases[i].value, escaped, sizeof(escaped));
		assert_string_equal(escaped, cases[i].want);
	}
	/* A value that does not fit ends before a whole character. */
	page_escape("ab\"\303\244", escaped, 4);
	assert_string_equal(escaped, "ab");
	page_escape("ab\"\303\244", escaped, 6);
	assert_string_equal(escaped, "ab\\\"");
}

static void
page_grows_to_its_limit(void **state)
{
	struct page page = { .max = 100000 };
	size_t n = 0;

	(void)state;
	while (page.error == 0 && n < 100000) {
		page_printf(&page, "%010zu", n);
		n++;
	}
	assert_int_equal(page.error, EFBIG);
	assert_in_range(page.len, 98000, 100000);
	assert_int_equal(page.len % 10, 0);
	assert_memory_equal(page.text + page.len - 10, "00000", 5);
	page_printf(&page, "more");
	assert_int_equal(page.len % 10, 0);
	free(page.text);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_escaped),
		cmocka_unit_test(page_grows_to_its_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
