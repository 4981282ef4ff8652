/* SPDX-License-Identifier: ISC */

/*
 * Notes about what is known of a zone without asking: its servers, and times
 * to live.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "advicecase.h"

#define KEY	ADVICECASE_KEY
#define NOW	ADVICECASE_NOW

#define SERVERS(...)	(const struct advice_server[]){ __VA_ARGS__ }, \
    sizeof((const struct advice_server[]){ __VA_ARGS__ }) / \
    sizeof(struct advice_server)

static const struct {
	const char			*name;
	const struct advice_server	*servers;
	size_t				 nservers;
	const char			*want;
} server_cases[] = {
	{ "two that answer", SERVERS({ "ns1.example", "192.0.2.1", 0 },
	    { "ns2.example", "198.51.100.1", 0 }), "" },
	{ "silent, lame and nameless",
	    SERVERS({ "ns1.example", "192.0.2.1", ADVICE_SERVER_SILENT },
	    { "ns2.example", "198.51.100.1", ADVICE_SERVER_LAME },
	    { "ns3.example", NULL, ADVICE_SERVER_NAMELESS }),
	    "warning ns1.example: 192.0.2.1 does not answer\n"
	    "warning ns2.example: 198.51.100.1 is lame\n"
	    "warning ns3.example: has no address\n" },
	{ "none known", NULL, 0, "" }
};

static void
check_servers(void **state)
{
	struct advice_facts facts = {
		.domain = "example.com", .zone = "example.com",
		.random_label = "xq3v", .now = NOW
	};
	struct fakedns dns = { .text = "" };
	struct advice_resolver resolver = { fakedns_ask, &dns };
	struct advice *advice;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(server_cases) / sizeof(server_cases[0]); i++) {
		advice = calloc(1, sizeof(*advice));
		assert_non_null(advice);
		facts.servers = server_cases[i].servers;
		facts.nservers = server_cases[i].nservers;
		advice_gather(&facts, &resolver, advice);
		advicecase_check(server_cases[i].name, advice, "servers",
		    server_cases[i].want);
		free(advice);
	}
}

static const struct {
	const char	*name;
	uint32_t	 ttl_min, ttl_max, negative;
	const char	*want;
} ttl_cases[] = {
	{ "as it should be", 3600, 3600, 3600, "" },
	{ "the bounds", 60, 60, 10800, "" },
	{ "a day", 86400, 86400, 0, "" },
	{ "over a day", 86401, 86401, 300,
	    "note " KEY ": TTL of 1d 1s: a wrong\n" },
	{ "under a minute", 59, 59, 300, "note " KEY ": TTL of 59s\n" },
	{ "none", 0, 0, 300, "note " KEY ": TTL of 0s\n" },
	{ "two", 300, 3600, 300, "note " KEY ": TTL from 5m to 1h\n" },
	{ "all at once", 1, 4294967295u, 4294967295u,
	    "note " KEY ": TTL of 49710d 6h 28m 15s\n"
	    "note " KEY ": TTL of 1s\n"
	    "note " KEY ": TTL from 1s to\n"
	    "warning example.com: negative TTL (last number\n" },
	{ "negative over three hours", 300, 300, 10801,
	    "note example.com: SOA record) of 3h 1s\n" },
	{ "negative over a day", 300, 300, 86401,
	    "warning example.com: SOA record) of 1d 1s\n" }
};

static void
check_ttl(void **state)
{
	struct advice_record record = { .name = KEY, .has_ttl = true };
	struct advice_facts facts = {
		.domain = "example.com", .random_label = "xq3v", .now = NOW,
		.has_negative_ttl = true, .records = &record, .nrecords = 1
	};
	struct fakedns dns = { .text = "" };
	struct advice_resolver resolver = { fakedns_ask, &dns };
	struct advice *advice;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(ttl_cases) / sizeof(ttl_cases[0]); i++) {
		advice = calloc(1, sizeof(*advice));
		assert_non_null(advice);
		record.ttl_min = ttl_cases[i].ttl_min;
		record.ttl_max = ttl_cases[i].ttl_max;
		facts.negative_ttl = ttl_cases[i].negative;
		advice_gather(&facts, &resolver, advice);
		advicecase_check(ttl_cases[i].name, advice, "ttl",
		    ttl_cases[i].want);
		free(advice);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_servers),
		cmocka_unit_test(check_ttl)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
