/* SPDX-License-Identifier: ISC */

/* Which last uses were reported. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "mirror/reported.h"
#include "store/keystore.h"

#define MANY	5000

static void
domain_of(char domain[32], size_t i)
{
	(void)snprintf(domain, 32, "d%zu.example.com", i);
}

static void
none(void **state)
{
	struct fleet_reported reported = { NULL, 0, 0 };

	(void)state;
	assert_int_equal(fleet_reported_at(&reported, "example.com", "a"),
	    KS_NEVER);
	fleet_reported_clear(&reported);
}

/* Each that was added, twice, has the time of the second; and no other. */
static void
many(void **state)
{
	struct fleet_reported reported = { NULL, 0, 0 };
	char domain[32];
	size_t i;

	(void)state;
	for (i = 0; i < 2 * MANY; i++) {
		domain_of(domain, i % MANY);
		assert_int_equal(fleet_reported_add(&reported, domain, "a",
		    (int64_t)i), 0);
	}
	assert_int_equal(reported.n, MANY);
	assert_true(reported.nslots >= 2 * MANY);
	for (i = 0; i < 2 * MANY; i++) {
		domain_of(domain, i);
		assert_int_equal(fleet_reported_at(&reported, domain, "a"),
		    i < MANY ? MANY + (int64_t)i : KS_NEVER);
		assert_int_equal(fleet_reported_at(&reported, domain, "b"),
		    KS_NEVER);
	}
	fleet_reported_clear(&reported);
	assert_int_equal(fleet_reported_at(&reported, "d1.example.com", "a"),
	    KS_NEVER);
	assert_int_equal(fleet_reported_add(&reported, "example.com", "b", 0),
	    0);
	assert_int_equal(fleet_reported_at(&reported, "example.com", "b"), 0);
	assert_int_equal(reported.n, 1);
	fleet_reported_clear(&reported);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(none),
		cmocka_unit_test(many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
