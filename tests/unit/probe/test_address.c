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

/* The first and the last address of each block, and their neighbours. */
static void
test_private(void **state)
{
	static const struct {
		const char	*text;
		bool		 is_private;
	} addresses[] = {
		{ "0.0.0.0", true }, { "1.0.0.0", false },
		{ "9.255.255.255", false }, { "10.0.0.0", true },
		{ "10.255.255.255", true }, { "11.0.0.0", false },
		{ "100.63.255.255", false }, { "100.64.0.0", true },
		{ "100.127.255.255", true }, { "100.128.0.0", false },
		{ "126.255.255.255", false }, { "127.0.0.1", true },
		{ "127.255.255.255", true }, { "128.0.0.0", false },
		{ "169.253.255.255", false }, { "169.254.0.0", true },
		{ "169.254.255.255", true }, { "169.255.0.0", false },
		{ "172.15.255.255", false }, { "172.16.0.0", true },
		{ "172.31.255.255@5353", true }, { "172.32.0.0", false },
		{ "192.167.255.255", false }, { "192.168.0.0", true },
		{ "192.168.255.255", true }, { "192.169.0.0", false },
		{ "::", true }, { "::1", true }, { "::2", false },
		{ "::ffff:10.0.0.1", true }, { "::ffff:9.9.9.9", false },
		{ "fbff::", false }, { "fc00::", true },
		{ "fdff:ffff::1", true }, { "fe00::", false },
		{ "fe7f:ffff::", false }, { "fe80::1", true },
		{ "febf:ffff::1", true }, { "fec0::", false },
		{ "2620:fe::fe@853", false }, { "2001:db8::1", false },
	};
	struct dns_address address;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(addresses); i++) {
		assert_true(dns_address_parse(addresses[i].text, &address));
		if (dns_address_is_private(&address) !=
		    addresses[i].is_private)
			fail_msg("%s", addresses[i].text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_private),
	};

	return cmocka_run_group_tests_name("dns_address", tests, NULL, NULL);
}
