/* SPDX-License-Identifier: ISC */

/* Octets as hexadecimal digits: each octet, none, and what is no such text. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"

static void
test_print(void **state)
{
	unsigned char octet;
	char text[HEX_SIZE(1)], want[8];
	unsigned int i;

	(void)state;
	for (i = 0; i < 256; i++) {
		octet = (unsigned char)i;
		hex_print(&octet, 1, text);
		(void)snprintf(want, sizeof(want), "%02x", i);
		assert_string_equal(text, want);
		assert_true(hex_is(text, 1));
	}
}

static void
test_several(void **state)
{
	static const unsigned char octets[] = { 0x00, 0x7f, 0x80, 0xff };
	char text[HEX_SIZE(sizeof(octets)) + 1];

	(void)state;
	memset(text, 'x', sizeof(text));
	hex_print(octets, sizeof(octets), text);
	assert_string_equal(text, "007f80ff");
	/* Nothing behind the NUL is written. */
	assert_int_equal(text[sizeof(text) - 1], 'x');
	hex_print(octets, 0, text);
	assert_string_equal(text, "");
}

static void
test_is(void **state)
{
	(void)state;
	assert_true(hex_is("", 0));
	assert_true(hex_is("0123456789abcdef", 8));
	assert_false(hex_is("", 1));
	assert_false(hex_is("a", 1));
	assert_false(hex_is("abc", 1));
	assert_false(hex_is("abcd", 1));
	assert_false(hex_is("AB", 1));
	assert_false(hex_is("a ", 1));
	assert_false(hex_is("0g", 1));
	assert_false(hex_is("0x", 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
