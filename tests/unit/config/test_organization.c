/* SPDX-License-Identifier: ISC */

/*
 * Registrable domains.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "config/organization.h"

static const struct {
	const char	*domain, *organization;
} cases[] = {
	{ "example.com",		"example.com" },
	{ "a.b.example.com",		"example.com" },
	{ "example.co.uk",		"example.co.uk" },
	{ "mail.example.co.uk",		"example.co.uk" },
	{ "a.xn--bcher-kva.example",	"xn--bcher-kva.example" },
	{ "?.example.com",		"example.com" },
	/* None is registered there: of its own. */
	{ "com",			"com" },
	{ "co.uk",			"co.uk" },
	{ "localhost",			"localhost" },
	{ "",				"" },
};

static void
finds_the_registrable_domain(void **state)
{
	char found[DKIMSIG_DOMAIN_SIZE], longest[DKIMSIG_DOMAIN_SIZE];
	size_t i;

	(void)state;
	assert_true(organization_is_known());
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		organization_of(cases[i].domain, found);
		assert_string_equal(found, cases[i].organization);
	}
	for (i = 0; i < DKIMSIG_MAX_DOMAIN; i++)
		longest[i] = i % 2 == 0 ? 'a' : '.';
	longest[DKIMSIG_MAX_DOMAIN] = '\0';
	organization_of(longest, found);
	assert_true(strlen(found) <= DKIMSIG_MAX_DOMAIN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_registrable_domain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
