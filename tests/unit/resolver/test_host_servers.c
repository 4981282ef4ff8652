/* SPDX-License-Identifier: ISC */

/*
 * The servers of resolv.conf(5), and whether they have changed.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "resolver/host_servers.h"

#define SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define FOUR(n)		"nameserver 192.0.2." #n "1\n" \
			"nameserver 192.0.2." #n "2\n" \
			"nameserver 192.0.2." #n "3\n" \
			"nameserver 192.0.2." #n "4\n"

static const struct {
	const char	*text, *want;
} files[] = {
	{ "nameserver 192.0.2.1\n", "192.0.2.1" },
	{ "# one\nsearch example.com\nnameserver 192.0.2.1\n"
	    "nameserver\t 2001:db8::1  # two\noptions edns0\n",
	    "192.0.2.1 2001:db8::1" },
	{ "nameserver fe80::1%eth0\r\n", "fe80::1%eth0" },
	{ "nameserver 192.0.2.1", "192.0.2.1" },
	{ "", "" },
	{ "search example.com\n", "" },
	/* What cannot be used is left out. */
	{ "nameserver\nnameserver \nnameserver ns.example.net\n"
	    "nameserver 192.0.2.1@53\n;nameserver 192.0.2.3\n"
	    "nameservers 192.0.2.4\n nameserver 192.0.2.5\n"
	    "nameserver 192.0.2.7%lo\nnameserver 192.0.2.256\n"
	    "nameserver 2001:db8::1:2001:db8:2001:db8:2001:db8:2001:db8::\n"
	    "nameserver fe80::1%a-name-that-is-too-long-for-an-interface-of-"
	    "this-kernel-or-another\nnameserver 192.0.2.6\n", "192.0.2.6" },
	/* And what is too much. */
	{ FOUR(1) FOUR(2) FOUR(3) FOUR(4) "nameserver 192.0.2.5\n",
	    "192.0.2.11 192.0.2.12 192.0.2.13 192.0.2.14 "
	    "192.0.2.21 192.0.2.22 192.0.2.23 192.0.2.24 "
	    "192.0.2.31 192.0.2.32 192.0.2.33 192.0.2.34 "
	    "192.0.2.41 192.0.2.42 192.0.2.43 192.0.2.44" },
};

static void
read_text(struct host_servers *servers, const char *text)
{
	char path[] = "/tmp/countersign-servers.XXXXXX";
	int fd;

	assert_int_not_equal(fd = mkstemp(path), -1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
	assert_int_equal(host_servers_read(servers, path), 0);
	assert_int_equal(unlink(path), 0);
}

static void
test_files(void **state)
{
	struct host_servers servers;
	char found[512];
	size_t i, j;

	(void)state;
	for (i = 0; i < SIZE(files); i++) {
		read_text(&servers, files[i].text);
		found[0] = '\0';
		for (j = 0; j < servers.n; j++) {
			(void)strlcat(found, j > 0 ? " " : "", sizeof(found));
			(void)strlcat(found, servers.texts[j], sizeof(found));
		}
		assert_string_equal(found, files[i].want);
	}
}

static void
test_unreadable(void **state)
{
	struct host_servers servers = { .n = 1 };

	(void)state;
	errno = 0;
	assert_int_equal(host_servers_read(&servers,
	    "/nonexistent/resolv.conf"), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(servers.n, 0);
	/* Opened, but not read. */
	assert_int_equal(host_servers_read(&servers, "/"), -1);
	assert_int_equal(errno, EISDIR);
}

static void
test_changes(void **state)
{
	static const struct {
		const char	*a, *b;
		bool		 are_same;
	} cases[] = {
		{ "", "# none\n", true },
		{ "", "nameserver ::1\n", false },
		{ "nameserver ::1\n", "", false },
		{ "nameserver ::1\n", "# at noon\nnameserver ::1\n", true },
		{ "nameserver ::1\n", "nameserver ::2\n", false },
		{ "nameserver ::1\nnameserver ::2\n",
		    "nameserver ::2\nnameserver ::1\n", false },
		{ "nameserver ::1\n", "nameserver ::1\nnameserver ::2\n",
		    false },
	};
	struct host_servers a, b, copy;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(cases); i++) {
		read_text(&a, cases[i].a);
		read_text(&b, cases[i].b);
		assert_int_equal(host_servers_are_same(&a, &b),
		    cases[i].are_same);
		host_servers_copy(&copy, &a);
		assert_true(host_servers_are_same(&copy, &a));
		assert_true(copy.n == 0 || copy.texts[0] == copy.addresses[0]);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
