/* SPDX-License-Identifier: ISC */

/*
 * Salesforce ids of 15 and 18 characters.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "config/salesforce_id.h"

static const struct {
	const char	*name, *text;
	int		 result;
	const char	*id;
} parsed[] = {
	{ "15", "00D5f000001AbCd", 0, "00D5f000001AbCd" },
	{ "18", "00D5f000001AbCdEAK", 0, "00D5f000001AbCd" },
	{ "18, all lower case", "001000000000abcAAA", 0, "001000000000abc" },
	{ "18, all upper case", "ABCDEABCDEABCDE555", 0, "ABCDEABCDEABCDE" },
	{ "18, wrong group 1", "00D5f000001AbCdAAK", SALESFORCE_ID_E_SUFFIX,
	    NULL },
	{ "18, wrong group 2", "00D5f000001AbCdEBK", SALESFORCE_ID_E_SUFFIX,
	    NULL },
	{ "18, wrong group 3", "00D5f000001AbCdEAA", SALESFORCE_ID_E_SUFFIX,
	    NULL },
	{ "18, suffix in lower case", "00D5f000001AbCdeak",
	    SALESFORCE_ID_E_SUFFIX, NULL },
	{ "18, case of the id lost", "00d5f000001abcdEAK",
	    SALESFORCE_ID_E_SUFFIX, NULL },
	{ "18, 6 is no suffix", "ABCDEABCDEABCDE556", SALESFORCE_ID_E_SUFFIX,
	    NULL },
	{ "empty", "", SALESFORCE_ID_E_LENGTH, NULL },
	{ "14", "00D5f000001AbC", SALESFORCE_ID_E_LENGTH, NULL },
	{ "16", "00D5f000001AbCdE", SALESFORCE_ID_E_LENGTH, NULL },
	{ "17", "00D5f000001AbCdEA", SALESFORCE_ID_E_LENGTH, NULL },
	{ "19", "00D5f000001AbCdEAKK", SALESFORCE_ID_E_LENGTH, NULL },
	{ "blank", "00D5f000001AbC ", SALESFORCE_ID_E_CHAR, NULL },
	{ "hyphen", "00D5f-00001AbCd", SALESFORCE_ID_E_CHAR, NULL },
	{ "8-bit", "00D5f000001AbC\xe9", SALESFORCE_ID_E_CHAR, NULL },
	{ "hyphen in the suffix", "00D5f000001AbCdEA-", SALESFORCE_ID_E_CHAR,
	    NULL },
};

static void
parses(void **state)
{
	char id[SALESFORCE_ID_SIZE];
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < sizeof(parsed) / sizeof(parsed[0]); i++) {
		r = salesforce_id_parse(parsed[i].text,
		    strlen(parsed[i].text), id);
		if (r != parsed[i].result)
			fail_msg("%s: %d", parsed[i].name, r);
		if (parsed[i].id != NULL)
			assert_string_equal(id, parsed[i].id);
	}
	assert_int_equal(salesforce_id_parse("00D5f\0" "00001AbCd", 15, id),
	    SALESFORCE_ID_E_CHAR);
}

/* Pairs that are public in the vendor's own bounce addresses. */
static void
suffixes(void **state)
{
	static const struct {
		const char *id, *suffix;
	} pairs[] = {
		{ "00D4x000004z0H4", "EAI" },
		{ "00D8d000003TRx3", "EAG" },
		{ "00DA0000000Hu5a", "MAC" },
	};
	char suffix[SALESFORCE_SUFFIX_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		salesforce_id_suffix(pairs[i].id, suffix);
		assert_string_equal(suffix, pairs[i].suffix);
	}
}

static void
equal(void **state)
{
	const char *id = "00D5f000001AbCd";

	(void)state;
	assert_true(salesforce_id_equal(id, "00D5f000001AbCd", 15));
	assert_true(salesforce_id_equal(id, "00D5f000001AbCdEAK", 18));
	assert_false(salesforce_id_equal(id, "00D5f000001AbCdEAA", 18));
	assert_false(salesforce_id_equal(id, "00D5f000001abcd", 15));
	assert_false(salesforce_id_equal(id, "00D5f000001AbCe", 15));
	assert_false(salesforce_id_equal(id, "", 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses),
		cmocka_unit_test(suffixes),
		cmocka_unit_test(equal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
