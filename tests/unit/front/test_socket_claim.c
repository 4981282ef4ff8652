/* SPDX-License-Identifier: ISC */

/*
 * The address of a port, as a number: the front connects to it later, when it
 * can look up no name.  What is in use is tried in tests/proc/test_socket.py.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "front/socket_claim.h"

static void
test_numeric(void **state)
{
	/* Any port, which is free. */
	static const struct {
		const char	*name, *want;
	} cases[] = {
		{ "inet:0@127.0.0.1",	"inet:0@127.0.0.1" },
		{ "inet:0@localhost",	"inet:0@127.0.0.1" },
		{ "inet:0@0.0.0.0",	"inet:0@0.0.0.0" },
	};
	char numeric[SOCKET_ADDRESS_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(socket_claim_inet(cases[i].name, numeric), 0);
		assert_string_equal(numeric, cases[i].want);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numeric),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
