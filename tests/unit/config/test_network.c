/* SPDX-License-Identifier: ISC */

/*
 * Address blocks: parse, print, match.
 */

#include <sys/socket.h>

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "config/network.h"
#include "config/platform_network.h"

static const struct {
	const char	*text;
	int		 result;
	const char	*printed;
} parsed[] = {
	{ "192.0.2.0/24", 0, "192.0.2.0/24" },
	{ "192.0.2.1", 0, "192.0.2.1/32" },
	{ "0.0.0.0/0", 0, "0.0.0.0/0" },
	{ "192.0.2.128/25", 0, "192.0.2.128/25" },
	{ "2001:DB8::/32", 0, "2001:db8::/32" },
	{ "2001:db8::1", 0, "2001:db8::1/128" },
	{ "::/0", 0, "::/0" },
	{ "192.0.2.1/24", NETWORK_E_HOST_BITS, "192.0.2.0/24" },
	{ "192.0.2.129/25", NETWORK_E_HOST_BITS, "192.0.2.128/25" },
	{ "1.0.0.0/0", NETWORK_E_HOST_BITS, "0.0.0.0/0" },
	{ "2001:db8::1/64", NETWORK_E_HOST_BITS, "2001:db8::/64" },
	{ "2001:db8:0:3::/63", NETWORK_E_HOST_BITS, "2001:db8:0:2::/63" },
	{ "192.0.2.0/33", NETWORK_E_PREFIX, NULL },
	{ "192.0.2.0/", NETWORK_E_PREFIX, NULL },
	{ "192.0.2.0/x", NETWORK_E_PREFIX, NULL },
	{ "192.0.2.0/ 8", NETWORK_E_PREFIX, NULL },
	{ "192.0.2.0/+8", NETWORK_E_PREFIX, NULL },
	{ "192.0.2.0/24/8", NETWORK_E_PREFIX, NULL },
	{ "192.0.2.0/255.255.255.0", NETWORK_E_PREFIX, NULL },
	{ "2001:db8::/129", NETWORK_E_PREFIX, NULL },
	{ "", NETWORK_E_ADDRESS, NULL },
	{ "/24", NETWORK_E_ADDRESS, NULL },
	{ "192.0.2/24", NETWORK_E_ADDRESS, NULL },
	{ "192.0.2.256", NETWORK_E_ADDRESS, NULL },
	{ "192.0.2.010", NETWORK_E_ADDRESS, NULL },
	{ " 192.0.2.1", NETWORK_E_ADDRESS, NULL },
	{ "[2001:db8::]/32", NETWORK_E_ADDRESS, NULL },
	{ "2001:db8::%eth0", NETWORK_E_ADDRESS, NULL },
	{ "mail.example.com", NETWORK_E_ADDRESS, NULL },
	{ "11111111111111111111111111111111111111111111111111/8",
	    NETWORK_E_ADDRESS, NULL },
	{ "::ffff:192.0.2.0/120", NETWORK_E_MAPPED, NULL },
	{ "::ffff:0:0/96", NETWORK_E_MAPPED, NULL },
};

static const struct {
	const char	*network, *address;
	bool		 is_in;
} matches[] = {
	{ "192.0.2.0/24", "192.0.2.0", true },
	{ "192.0.2.0/24", "192.0.2.255", true },
	{ "192.0.2.0/24", "192.0.3.0", false },
	{ "192.0.2.0/24", "192.0.1.255", false },
	{ "192.0.2.128/25", "192.0.2.127", false },
	{ "192.0.2.128/25", "192.0.2.128", true },
	{ "192.0.2.4/31", "192.0.2.5", true },
	{ "192.0.2.4/31", "192.0.2.6", false },
	{ "192.0.2.4", "192.0.2.4", true },
	{ "192.0.2.4", "192.0.2.5", false },
	{ "0.0.0.0/0", "255.255.255.255", true },
	{ "0.0.0.0/0", "::1", false },
	{ "::/0", "192.0.2.1", false },
	{ "::/0", "2001:db8::1", true },
	{ "2001:db8::/33", "2001:db8:7fff::1", true },
	{ "2001:db8::/33", "2001:db8:8000::1", false },
	{ "2001:db8::1", "2001:db8::1", true },
	{ "2001:db8::1", "2001:db8::2", false },
	{ "192.0.2.0/24", "::ffff:192.0.2.9", true },
	{ "192.0.2.0/24", "::ffff:192.0.3.9", false },
	{ "192.0.2.0/24", "::192.0.2.9", false },
	{ "192.0.2.0/24", "64:ff9b::192.0.2.9", false },
	{ "::/0", "::ffff:192.0.2.9", false },
};

static void
parses(void **state)
{
	struct network network;
	char text[NETWORK_TEXT_SIZE];
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < sizeof(parsed) / sizeof(parsed[0]); i++) {
		r = network_parse(parsed[i].text, &network);
		if (r != parsed[i].result)
			fail_msg("%s: %d", parsed[i].text, r);
		if (parsed[i].printed == NULL)
			continue;
		network_print(&network, text);
		assert_string_equal(text, parsed[i].printed);
	}
}

static void
contains(void **state)
{
	struct network network;
	unsigned char address[16];
	size_t i;
	int family;

	(void)state;
	for (i = 0; i < sizeof(matches) / sizeof(matches[0]); i++) {
		memset(address, 0xaa, sizeof(address));
		family = strchr(matches[i].address, ':') == NULL ? AF_INET :
		    AF_INET6;
		assert_int_equal(inet_pton(family, matches[i].address,
		    address), 1);
		assert_int_equal(network_parse(matches[i].network, &network),
		    0);
		if (network_contains(&network, family, address) !=
		    matches[i].is_in)
			fail_msg("%s in %s", matches[i].address,
			    matches[i].network);
	}
	assert_false(network_contains(&network, 0, address));
}

static void
platforms(void **state)
{
	static const struct {
		const char	*network, *platform;
	} cases[] = {
		{ "13.110.0.0/16",	"Salesforce" },
		{ "13.0.0.0/8",		"Salesforce" },
		{ "13.111.255.255",	"Salesforce" },
		{ "13.112.0.0/16",	NULL },
		{ "204.14.239.0/24",	"Salesforce" },
		{ "40.93.1.1",		"Microsoft 365" },
		{ "2a01:111:f403:1::/64", "Microsoft 365" },
		{ "35.190.247.9",	"Google Workspace" },
		{ "2a00:1450:4864:20::32b", "Google Workspace" },
		{ "2c0f:fb50:4000::/36", "Google Workspace" },
		{ "103.151.192.0/24",	"Zendesk" },
		{ "216.198.63.255",	"Zendesk" },
		{ "37.98.232.0/21",	"ServiceNow" },
		{ "199.91.143.1",	"ServiceNow" },
		{ "50.31.32.0/24",	"SendGrid" },
		{ "208.117.63.0/24",	"SendGrid" },
		{ "10.0.0.0/8",		NULL },
		{ "127.0.0.0/8",	NULL },
		{ "192.0.2.0/24",	NULL },
		{ "::1",		NULL },
		{ "2001:db8::/32",	NULL },
	};
	struct network network;
	const char *platform;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(network_parse(cases[i].network, &network), 0);
		platform = platform_of_network(&network);
		if (cases[i].platform == NULL && platform != NULL)
			fail_msg("%s: %s", cases[i].network, platform);
		if (cases[i].platform != NULL) {
			assert_non_null(platform);
			assert_string_equal(platform, cases[i].platform);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses),
		cmocka_unit_test(contains),
		cmocka_unit_test(platforms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
