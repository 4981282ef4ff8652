/* SPDX-License-Identifier: ISC */

/*
 * The strings of TXT records: what is in them, joined and cut.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "record/txt.h"

#define SIZE		8	/* of the buffer that values are joined in */
#define MAX_STRINGS	3

static const struct {
	const char	*name;
	struct {
		size_t		 len;
		const char	*octets;
	} strings[MAX_STRINGS];
	size_t		 nstrings, len;
	const char	*joined, *printable;	/* SIZE octets at most */
} cases[] = {
	{ "no string",		{ { 0, "" } }, 0, 0, "", "" },
	{ "empty string",	{ { 0, "" } }, 1, 0, "", "" },
	{ "one",		{ { 3, "abc" } }, 1, 3, "abc", "abc" },
	{ "nothing between",	{ { 2, "ab" }, { 0, "" }, { 2, "cd" } }, 3, 4,
				"abcd", "abcd" },
	{ "NUL and control",	{ { 4, "a\0b\n" } }, 1, 4, "a\0b\n", "a?b?" },
	{ "no ASCII",		{ { 3, "\303\244\177" } }, 1, 3,
				"\303\244\177", "???" },
	{ "just fits",		{ { 4, "abcd" }, { 3, "efg" } }, 2, 7,
				"abcdefg", "abcdefg" },
	{ "cut",		{ { 4, "abcd" }, { 4, "ef\ngh" } }, 2, 8,
				"abcdef\n", "abcdef?" },
	{ "cut in the middle",	{ { 9, "abcdefghi" }, { 1, "j" } }, 2, 10,
				"abcdefg", "abcdefg" },
};

static void
push(ldns_rr *rr, const char *octets, size_t len)
{
	uint8_t string[TXT_STRING_MAX + 1];

	assert_true(len <= TXT_STRING_MAX);
	string[0] = (uint8_t)len;
	memcpy(string + 1, octets, len);
	assert_true(ldns_rr_push_rdf(rr,
	    ldns_rdf_new_frm_data(LDNS_RDF_TYPE_STR, len + 1, string)));
}

static void
joined(void **state)
{
	char buf[SIZE + 1];
	ldns_rr *rr;
	size_t i, j, kept;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("# %s\n", cases[i].name);
		rr = ldns_rr_new();
		for (j = 0; j < cases[i].nstrings; j++)
			push(rr, cases[i].strings[j].octets,
			    cases[i].strings[j].len);
		kept = cases[i].len < SIZE ? cases[i].len : SIZE - 1;

		memset(buf, '!', sizeof(buf));
		assert_int_equal(txt_join(rr, NULL, 0), cases[i].len);
		assert_int_equal(txt_join(rr, buf, SIZE), cases[i].len);
		assert_memory_equal(buf, cases[i].joined, kept + 1);
		assert_int_equal(buf[SIZE], '!');

		memset(buf, '!', sizeof(buf));
		assert_int_equal(txt_printable(rr, buf, SIZE), cases[i].len);
		assert_string_equal(buf, cases[i].printable);
		assert_int_equal(buf[SIZE], '!');
		ldns_rr_free(rr);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(joined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
