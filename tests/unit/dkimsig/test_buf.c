/* SPDX-License-Identifier: ISC */

/*
 * The bounded buffer.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dkimsig/buf.h"
#include "dkimsig/dkimsig.h"

static void
test_grows(void **state)
{
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, 100000);
	for (i = 0; i < 100000; i++)
		buf_putc(&b, (char)('a' + i % 26));
	assert_int_equal(b.error, 0);
	assert_int_equal(b.len, 100000);
	assert_int_equal(strlen(buf_str(&b)), 100000);
	for (i = 0; i < 100000; i++)
		assert_int_equal(b.data[i], 'a' + i % 26);
	buf_finish(&b);
	buf_finish(&b);
}

static void
test_limit_sticks(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 3);
	buf_puts(&b, "abc");
	assert_int_equal(b.error, 0);
	buf_putc(&b, 'd');
	assert_int_equal(b.error, DKIMSIG_E_TOOBIG);
	buf_put(&b, NULL, 0);
	assert_int_equal(b.len, 3);
	assert_null(buf_str(&b));
	buf_reset(&b);
	buf_puts(&b, "xyz");
	assert_string_equal(buf_str(&b), "xyz");
	buf_finish(&b);
}

static void
test_empty_and_numbers(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 64);
	assert_int_equal(buf_view(&b).len, 0);
	assert_non_null(buf_view(&b).ptr);
	assert_string_equal(buf_str(&b), "");
	buf_put_number(&b, 0);
	buf_putc(&b, ' ');
	buf_put_number(&b, 999999999999);
	buf_putc(&b, ' ');
	buf_put_number(&b, -1);
	assert_string_equal(buf_str(&b), "0 999999999999 -1");
	buf_finish(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grows),
		cmocka_unit_test(test_limit_sticks),
		cmocka_unit_test(test_empty_and_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
