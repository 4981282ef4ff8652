/* SPDX-License-Identifier: ISC */

/*
 * The ids of log lines: each has a name and a MESSAGE_ID of its own, both in
 * the form that the journal and the manual pages expect.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/message_ids.h"

#define LOWER	"abcdefghijklmnopqrstuvwxyz"

static void
are_well_formed(void **state)
{
	const char *name, *hex;
	enum message_id id;

	(void)state;
	for (id = M_NONE + 1; id < M_END; id++) {
		name = message_name(id);
		assert_true(strlen(name) > 2 && strlen(name) < 40);
		assert_int_equal(strspn(name, LOWER "-"), strlen(name));
		assert_true(name[0] != '-' && name[strlen(name) - 1] != '-');
		assert_null(strstr(name, "--"));
		hex = message_hex(id);
		assert_int_equal(strlen(hex), 32);
		assert_int_equal(strspn(hex, "0123456789abcdef"), 32);
		/* Version 4, as the journal's documentation asks for. */
		assert_int_equal(hex[12], '4');
		assert_non_null(strchr("89ab", hex[16]));
	}
}

static void
are_unique(void **state)
{
	enum message_id one, other;

	(void)state;
	for (one = M_NONE + 1; one < M_END; one++)
		for (other = one + 1; other < M_END; other++) {
			assert_string_not_equal(message_name(one),
			    message_name(other));
			assert_string_not_equal(message_hex(one),
			    message_hex(other));
		}
}

static void
outside_the_table_is_empty(void **state)
{
	(void)state;
	assert_string_equal(message_name(M_NONE), "");
	assert_string_equal(message_hex(M_NONE), "");
	assert_string_equal(message_name(M_END), "");
	assert_string_equal(message_hex((enum message_id)-1), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(are_well_formed),
		cmocka_unit_test(are_unique),
		cmocka_unit_test(outside_the_table_is_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
