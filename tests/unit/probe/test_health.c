/* SPDX-License-Identifier: ISC */

/*
 * How long servers are waited for that do not answer.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probe/health.h"

#define SIZE(a)		(sizeof(a) / sizeof((a)[0]))

/* What happens in order, and how long is waited after it. */
static const struct {
	enum dns_query_status	 status;
	unsigned int		 times;
	unsigned int		 ntries;
	int			 timeout_ms;
} cases[] = {
	{ DNS_TIMEOUT,		0,	3, 3000 },
	{ DNS_TIMEOUT,		2,	3, 3000 },
	{ DNS_TIMEOUT,		1,	1, 1000 },
	{ DNS_UNREACHABLE,	1,	1, 1000 },
	{ DNS_TIMEOUT,		26,	1, 1000 },
	{ DNS_TIMEOUT,		1,	1, 200 },
	{ DNS_TIMEOUT,		1000,	1, 200 },
	{ DNS_ANSWERED,		1,	3, 3000 },
	{ DNS_TIMEOUT,		3,	1, 1000 },
	{ DNS_GARBLED,		1,	3, 3000 },
	{ DNS_UNREACHABLE,	100,	3, 3000 },
};

static void
test_patience(void **state)
{
	struct dns_health *health = dns_health_new();
	const struct dns_patience *patience;
	struct dns_address server, other;
	unsigned int n;
	size_t i;

	(void)state;
	assert_non_null(health);
	assert_true(dns_address_parse("192.0.2.1", &server));
	assert_true(dns_address_parse("192.0.2.1@5353", &other));
	for (i = 0; i < SIZE(cases); i++) {
		for (n = 0; n < cases[i].times; n++)
			dns_health_note(health, &server, cases[i].status);
		patience = dns_health_patience(health, &server);
		if (patience->ntries != cases[i].ntries ||
		    patience->timeout_ms != cases[i].timeout_ms)
			fail_msg("%zu: %u of %d ms", i, patience->ntries,
			    patience->timeout_ms);
		assert_int_equal(dns_health_patience(health, &other)->ntries,
		    3);
	}
	dns_health_note(health, &other, DNS_TIMEOUT);
	dns_health_free(health);
	dns_health_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_patience)
	};

	return cmocka_run_group_tests_name("dns_health", tests, NULL, NULL);
}
