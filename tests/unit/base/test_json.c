/* SPDX-License-Identifier: ISC */

/*
 * JSON strings: each octet in its place, and whatever the octets are, one
 * string of printable ASCII.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"

static const struct {
	const char	*name, *text;
	size_t		 len;
	const char	*want;
} cases[] = {
	{ "empty", "", 0, "\"\"" },
	{ "quotes, controls, Latin-1", "a\\b\"\n\0\033\374", 8,
	    "\"a\\\\b\\\"\\u000a\\u0000\\u001b\\u00fc\"" },
	{ "UTF-8", "\303\274\342\202\254", 5, "\"\\u00fc\\u20ac\"" },
	{ "beyond U+FFFF", "\360\237\230\200", 4, "\"\\ud83d\\ude00\"" },
	{ "cut off by the length", "\342\202\254", 2,
	    "\"\\u00e2\\u0082\"" },
	{ "a longer form of NUL", "\300\200", 2, "\"\\u00c0\\u0080\"" },
	{ "a surrogate", "\355\240\200", 3,
	    "\"\\u00ed\\u00a0\\u0080\"" },
};

/* The string that is printed; the caller's. */
static char *
print(const char *text, size_t len)
{
	char *printed;
	size_t size;
	FILE *fp;

	assert_non_null(fp = open_memstream(&printed, &size));
	json_print_string(fp, text, len);
	assert_int_equal(fclose(fp), 0);
	return printed;
}

static void
test_strings(void **state)
{
	char *printed;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		printed = print(cases[i].text, cases[i].len);
		if (strcmp(printed, cases[i].want) != 0)
			fail_msg("%s: %s", cases[i].name, printed);
		free(printed);
	}
}

/* Every two octets are printable, and no quote is bare but the two. */
static void
test_octets(void **state)
{
	char text[2], *printed, *p;
	unsigned int i;

	(void)state;
	for (i = 0; i < 65536; i++) {
		text[0] = (char)(i >> 8);
		text[1] = (char)(i & 0xff);
		printed = print(text, 2);
		for (p = printed + 1; *p != '\0' && *p != '"'; p++) {
			assert_in_range(*p, ' ', '~');
			p += *p == '\\';
		}
		assert_string_equal(p, "\"");
		free(printed);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_octets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
