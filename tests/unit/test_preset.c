/* SPDX-License-Identifier: ISC */

/*
 * The presets: that they are found, and that each is sound as data.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#include "preset.h"

static void
found_by_exact_name(void **state)
{
	(void)state;
	assert_non_null(preset_find("salesforce"));
	assert_null(preset_find("Salesforce"));
	assert_null(preset_find("salesforce "));
	assert_null(preset_find("sales"));
	assert_null(preset_find(""));
}

/* A preset proves a tenant by a field that must be there. */
static void
sound(void **state)
{
	char names[128], *rest = names, *name;
	const struct preset *preset;
	int year, month, day;
	size_t i, j, n;

	(void)state;
	snprintf(names, sizeof(names), "%s", preset_names());
	while ((name = strsep(&rest, ", ")) != NULL) {
		preset = preset_find(name);
		assert_non_null(preset);
		assert_string_equal(preset->name, name);
		assert_int_equal(sscanf(preset->date, "%4d-%2d-%2d", &year,
		    &month, &day), 3);
		for (n = i = 0; i < preset->nrules; i++) {
			n += preset->rules[i].proves_tenant;
			assert_false(preset->rules[i].proves_tenant &&
			    (preset->rules[i].optional ||
			    preset->rules[i].compare == HEADER_ABSENT));
			for (j = 0; j < i; j++)
				assert_true(strcasecmp(preset->rules[i].name,
				    preset->rules[j].name) != 0);
		}
		assert_true(n > 0);
	}
}

static void
salesforce(void **state)
{
	static const struct preset_rule wanted[] = {
		{ "X-SFDC-LK", HEADER_SALESFORCE_ID, false, true },
		{ "X-SFDCOrgRelay", HEADER_SALESFORCE_ID, true, false },
		{ "X-SFDC-TLS-NoRelay", HEADER_ABSENT, false, false },
	};
	const struct preset *preset = preset_find("salesforce");
	size_t i;

	(void)state;
	assert_int_equal(preset->nrules, 3);
	for (i = 0; i < 3; i++) {
		assert_string_equal(preset->rules[i].name, wanted[i].name);
		assert_int_equal(preset->rules[i].compare, wanted[i].compare);
		assert_int_equal(preset->rules[i].optional,
		    wanted[i].optional);
		assert_int_equal(preset->rules[i].proves_tenant,
		    wanted[i].proves_tenant);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found_by_exact_name),
		cmocka_unit_test(sound),
		cmocka_unit_test(salesforce),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
