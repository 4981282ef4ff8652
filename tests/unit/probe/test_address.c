/* SPDX-License-Identifier: ISC */

/*
 * Addresses of DNS servers, as configurations write them.
 */

#include <netinet/in.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "probe/address.h"

#define SIZE(a)		(sizeof(a) / sizeof((a)[0]))

static const struct {
	const char	*in;
	const char	*text;		/* NULL: refused */
	int		 family;
	unsigned int	 port;
} cases[] = {
	{ "192.0.2.1",		"192.0.2.1",		AF_INET,  53 },
	{ "192.0.2.1@53",	"192.0.2.1",		AF_INET,  53 },
	{ "127.0.0.1@5353",	"127.0.0.1@5353",	AF_INET,  5353 },
	{ "127.0.0.1@65535",	"127.0.0.1@65535",	AF_INET,  65535 },
	{ "::1",		"::1",			AF_INET6, 53 },
	{ "2001:DB8:0::1@5353",	"2001:db8::1@5353",	AF_INET6, 5353 },
	{ "::ffff:192.0.2.1",	"::ffff:192.0.2.1",	AF_INET6, 53 },
	{ "fe80::1%lo",		"fe80::1%lo",		AF_INET6, 53 },
	/* What inet_aton(3) would take. */
	{ "127.1",		NULL, 0, 0 },
	{ "0x7f.0.0.1",		NULL, 0, 0 },
	{ "2130706433",		NULL, 0, 0 },
	{ "",			NULL, 0, 0 },
	{ "@53",		NULL, 0, 0 },
	{ "192.0.2.1@",		NULL, 0, 0 },
	{ "192.0.2.1@0",	NULL, 0, 0 },
	{ "192.0.2.1@65536",	NULL, 0, 0 },
	{ "192.0.2.1@53x",	NULL, 0, 0 },
	{ "192.0.2.1:53",	NULL, 0, 0 },
	{ "[::1]",		NULL, 0, 0 },
	{ "192.0.2.256",	NULL, 0, 0 },
	{ "ns1.example.net",	NULL, 0, 0 },
	{ "0000000000000000000000000000000000000000000000000000000000000001",
	    NULL, 0, 0 },
};

static void
test_parse(void **state)
{
	struct dns_address address;
	struct sockaddr_in6 in6;
	struct sockaddr_in in;
	unsigned int port;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(cases); i++) {
		if (dns_address_parse(cases[i].in, &address) !=
		    (cases[i].text != NULL))
			fail_msg("\"%s\"", cases[i].in);
		if (cases[i].text == NULL)
			continue;
		assert_string_equal(address.text, cases[i].text);
		assert_int_equal(address.sockaddr.ss_family,
		    cases[i].family);
		if (cases[i].family == AF_INET) {
			assert_int_equal(address.len, sizeof(in));
			memcpy(&in, &address.sockaddr, sizeof(in));
			port = ntohs(in.sin_port);
		} else {
			assert_int_equal(address.len, sizeof(in6));
			memcpy(&in6, &address.sockaddr, sizeof(in6));
			port = ntohs(in6.sin6_port);
		}
		assert_int_equal(port, cases[i].port);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse)
	};

	return cmocka_run_group_tests_name("dns_address", tests, NULL, NULL);
}
