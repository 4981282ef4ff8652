/* SPDX-License-Identifier: ISC */

/*
 * Names of milter sockets: both spellings, and which of them mean the same.
 */

#include <sys/socket.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "machine/milter_socket.h"

static void
reads(void **state)
{
	static const struct {
		const char	*name;
		bool		 is_good, is_unix;
		const char	*path, *host, *port;
	} cases[] = {
		{ "unix:/run/a/b", true, true, "/run/a/b", "", "" },
		{ "local:/run/a/b", true, true, "/run/a/b", "", "" },
		{ "/run/a/b", true, true, "/run/a/b", "", "" },
		{ "unix:a/b", true, true, "a/b", "", "" },
		{ "inet:8891@127.0.0.1", true, false, "", "127.0.0.1",
		    "8891" },
		{ "inet:127.0.0.1:8891", true, false, "", "127.0.0.1",
		    "8891" },
		{ "inet:[::1]:8891", true, false, "", "::1", "8891" },
		{ "inet6:8891@::1", true, false, "", "::1", "8891" },
		{ "inet6:8891@[::1]", true, false, "", "::1", "8891" },
		{ "inet:localhost:smtp", true, false, "", "localhost",
		    "smtp" },
		{ "unix:", false, true, "", "", "" },
		{ "inet:8891", false, false, "", "", "" },
		{ "inet:@host", false, false, "", "", "" },
		{ "inet:8891@", false, false, "", "", "" },
		{ "", false, true, "", "", "" },
	};
	struct milter_socket s;
	char why[200];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(milter_socket_read(cases[i].name, &s, why,
		    sizeof(why)), cases[i].is_good);
		if (!cases[i].is_good) {
			assert_non_null(strstr(why, "not the name of a "
			    "socket; write unix:PATH or inet:PORT@HOST"));
			continue;
		}
		assert_int_equal(s.is_unix, cases[i].is_unix);
		assert_string_equal(s.path, cases[i].path);
		assert_string_equal(s.host, cases[i].host);
		assert_string_equal(s.port, cases[i].port);
	}
}

static void
names_have_limits(void **state)
{
	struct milter_socket s;
	char name[2000] = "unix:/", why[2200];

	(void)state;
	memset(name + 6, 'a', sizeof(s.path) - 2);
	assert_true(milter_socket_read(name, &s, why, sizeof(why)));
	name[strlen(name)] = 'a';
	assert_false(milter_socket_read(name, &s, why, sizeof(why)));
}

static void
same(void **state)
{
	static const struct {
		const char	*a, *b;
		bool		 want;
	} cases[] = {
		{ "unix:/nowhere/a", "local:/nowhere/a", true },
		{ "unix:/nowhere/a", "unix:/nowhere/b", false },
		{ "unix:/tmp", "unix:/tmp/../tmp/.", true },
		{ "unix:/tmp", "inet:8891@127.0.0.1", false },
		{ "inet:8891@127.0.0.1", "inet:127.0.0.1:8891", true },
		{ "inet:8891@127.0.0.1", "inet:localhost:8891", true },
		{ "inet:8891@127.0.0.1", "inet:127.0.0.1:8892", false },
		{ "inet:8891@127.0.0.1", "inet:127.0.0.2:8891", false },
		{ "inet6:8891@::1", "inet:[::1]:8891", true },
		{ "inet6:8891@::1", "inet:[::2]:8891", false },
	};
	struct milter_socket a, b;
	char why[200];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(milter_socket_read(cases[i].a, &a, why,
		    sizeof(why)));
		assert_true(milter_socket_read(cases[i].b, &b, why,
		    sizeof(why)));
		assert_int_equal(milter_socket_is_same(&a, &b),
		    cases[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),
		cmocka_unit_test(names_have_limits),
		cmocka_unit_test(same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
