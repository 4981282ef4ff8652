/* SPDX-License-Identifier: ISC */

/*
 * The recursive resolvers, out of a configuration and of resolv.conf(5).
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "probe/zone.h"

#define SIZE(a)		(sizeof(a) / sizeof((a)[0]))

static const struct {
	const char	*text, *want;
} files[] = {
	{ "nameserver 192.0.2.1\n", "192.0.2.1" },
	{ "# one\nsearch example.com\nnameserver 192.0.2.1\n"
	    "nameserver\t 2001:db8::1  # two\noptions edns0\n",
	    "192.0.2.1 2001:db8::1" },
	{ "nameserver fe80::1%lo\n", "fe80::1%lo" },
	{ "nameserver 192.0.2.1", "192.0.2.1" },
	{ "nameserver 192.0.2.1\r\n", "192.0.2.1" },
	/* What cannot be used is left out. */
	{ "nameserver\nnameserver \nnameserver ns.example.net\n"
	    "nameserver 192.0.2.1@53\n;nameserver 192.0.2.3\n"
	    "nameservers 192.0.2.4\n nameserver 192.0.2.5\n"
	    "nameserver 192.0.2.6\n", "192.0.2.6" },
	{ "", "127.0.0.1" },
	{ "search example.com\n", "127.0.0.1" },
	/* And what is too much. */
	{ "nameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\n"
	    "nameserver 192.0.2.4\nnameserver 192.0.2.5\n"
	    "nameserver 192.0.2.6\nnameserver 192.0.2.7\n"
	    "nameserver 192.0.2.8\nnameserver 192.0.2.9\n",
	    "192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5 192.0.2.6 "
	    "192.0.2.7 192.0.2.8" },
};

static void
print_resolvers(const struct dns_resolvers *resolvers, char *text,
    size_t size)
{
	size_t i;

	text[0] = '\0';
	for (i = 0; i < resolvers->naddresses; i++) {
		if (i > 0)
			(void)strlcat(text, " ", size);
		(void)strlcat(text, resolvers->addresses[i].text, size);
	}
}

static void
write_file(const char *path, const char *text)
{
	FILE *fp = fopen(path, "w");

	assert_non_null(fp);
	assert_true(fputs(text, fp) >= 0);
	assert_int_equal(fclose(fp), 0);
}

static void
test_files(void **state)
{
	struct dns_resolvers resolvers;
	char path[] = "/tmp/countersign-resolv.XXXXXX", text[512];
	size_t i;
	int fd;

	(void)state;
	assert_int_not_equal(fd = mkstemp(path), -1);
	(void)close(fd);
	for (i = 0; i < SIZE(files); i++) {
		write_file(path, files[i].text);
		assert_int_equal(dns_resolvers_read(&resolvers, path, NULL),
		    0);
		print_resolvers(&resolvers, text, sizeof(text));
		assert_string_equal(text, files[i].want);
	}
	(void)unlink(path);
	/* No file is as one without resolvers. */
	assert_int_equal(dns_resolvers_read(&resolvers, path, NULL), 0);
	print_resolvers(&resolvers, text, sizeof(text));
	assert_string_equal(text, "127.0.0.1");
}

static void
test_errors(void **state)
{
	static const char *const texts[] = { "192.0.2.1@5353", "ns1" };
	struct dns_resolvers resolvers;
	struct ks_error error;
	char text[512];

	(void)state;
	assert_int_equal(dns_resolvers_read(&resolvers, "/dev/null/x",
	    &error), KS_E_SYSTEM);
	assert_string_equal(error.text, "/dev/null/x: Not a directory");
	assert_int_equal(dns_resolvers_read(&resolvers, "/tmp", &error),
	    KS_E_SYSTEM);
	assert_string_equal(error.text, "/tmp: Is a directory");
	assert_int_equal(dns_resolvers_init(&resolvers, texts, 2, &error),
	    KS_E_ARG);
	assert_string_equal(error.text, "\"ns1\" is not the address of a "
	    "resolver: write it as 192.0.2.1 or 127.0.0.1@5353");
	assert_int_equal(dns_resolvers_init(&resolvers, texts, 1, &error),
	    0);
	print_resolvers(&resolvers, text, sizeof(text));
	assert_string_equal(text, "192.0.2.1@5353");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_errors)
	};

	return cmocka_run_group_tests_name("dns_resolvers", tests, NULL,
	    NULL);
}
