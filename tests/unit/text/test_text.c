/* SPDX-License-Identifier: ISC */

/*
 * Blanks, capitals and hexadecimal digits: every octet, and texts that are
 * blank at either end; and names that are almost the same.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "text/distance.h"
#include "text/text.h"

/* Octets over 127, too, which may be negative. */
static void
test_octets(void **state)
{
	static const char digits[] = "0123456789abcdef";
	static const char capitals[] = "0123456789ABCDEF";
	const char *p;
	int i, want;

	(void)state;
	for (i = 0; i < 256; i++) {
		const char c = (char)i;

		assert_int_equal(text_is_wsp(c), i == ' ' || i == '\t');
		assert_int_equal(text_is_blank(c),
		    i != 0 && strchr(" \t\r\n", i) != NULL);
		want = -1;
		if (i != 0 && (p = strchr(digits, i)) != NULL)
			want = (int)(p - digits);
		else if (i != 0 && (p = strchr(capitals, i)) != NULL)
			want = (int)(p - capitals);
		assert_int_equal(text_hex(c), want);
		want = i >= 'A' && i <= 'Z' ? i - 'A' + 'a' : i;
		assert_int_equal(text_lower(c), (char)want);
	}
}

static void
test_lower(void **state)
{
	char text[] = "From: \303\204 [Z]@";

	(void)state;
	text_lower_all(text);
	assert_string_equal(text, "from: \303\204 [z]@");
}

static void
test_trim(void **state)
{
	static const struct {
		const char	*text, *want;
	} cases[] = {
		{ "", "" }, { " ", "" }, { "\t \r\n", "" }, { "a", "a" },
		{ " a", "a" }, { "a\r\n", "a" }, { "\ta b ", "a b" },
		{ "\va\f", "\va\f" },
	};
	const char *got;
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		len = strlen(cases[i].text);
		assert_int_equal(text_is_all_blank(cases[i].text, len),
		    *cases[i].want == '\0');
		got = text_trim(cases[i].text, &len);
		assert_int_equal(len, strlen(cases[i].want));
		assert_memory_equal(got, cases[i].want, len);
	}
	/* Only as far as it is told. */
	len = 2;
	(void)text_trim("  a", &len);
	assert_int_equal(len, 0);
}

static void
test_listed(void **state)
{
	static const char *const texts[] = { "From", "To" };

	(void)state;
	assert_true(text_is_listed(texts, 2, "from"));
	assert_true(text_is_listed(texts, 2, "TO"));
	assert_false(text_is_listed(texts, 1, "To"));
	assert_false(text_is_listed(texts, 2, "T"));
	assert_false(text_is_listed(NULL, 0, "To"));
}

static void
test_distances(void **state)
{
	static const char *const names[] = { "add", "list", "lists", "show" };
	const struct {
		const char	*a, *b;
		size_t		 want;
	} cases[] = {
		{ "", "", 0 }, { "", "ab", 2 }, { "list", "LIST", 0 },
		{ "lst", "list", 1 }, { "lsit", "list", 2 },
		{ "rotate", "retire", 3 }, { "kitten", "sitting", 3 },
		/* The longest that is compared, and one more. */
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "", 31 },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "", 32 },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 32 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(text_distance(cases[i].a, cases[i].b),
		    cases[i].want);
		assert_int_equal(text_distance(cases[i].b, cases[i].a),
		    cases[i].want);
	}
	assert_string_equal(text_nearest(names, 4, "lst"), "list");
	assert_string_equal(text_nearest(names, 4, "listss"), "lists");
	assert_string_equal(text_nearest(names, 4, "Shwo"), "show");
	assert_null(text_nearest(names, 4, "rotate"));
	/* All letters of a short name would be wrong. */
	assert_null(text_nearest(names, 1, "xy"));
	assert_null(text_nearest(names, 0, "list"));
}

static void
test_shell_words(void **state)
{
	static const struct {
		const char	*text, *want;	/* NULL: refused */
	} cases[] = {
		{ "/etc/countersign/countersign.conf",
		    "/etc/countersign/countersign.conf" },
		{ "user@example.com", "user@example.com" },
		{ "", "''" },
		{ "=ls", "'=ls'" },
		{ "a b", "'a b'" },
		{ "a;b", "'a;b'" },
		{ "$(reboot)", "'$(reboot)'" },
		{ "~root", "'~root'" },
		{ "it's", "'it'\\''s'" },
		{ "a\\b", "'a\\b'" },
		{ "caf\xc3\xa9", "'caf\xc3\xa9'" },
		{ "a\nb", NULL },
		{ "a\033[1m", NULL },
		{ "a\177", NULL },
	};
	char word[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *want = cases[i].want;

		assert_int_equal(text_shell_word(cases[i].text, word,
		    sizeof(word)), want != NULL);
		assert_string_equal(word, want == NULL ? "" : want);
		if (want == NULL)
			continue;
		assert_true(text_shell_word(cases[i].text, word,
		    strlen(want) + 1));
		assert_false(text_shell_word(cases[i].text, word,
		    strlen(want)));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_octets),
		cmocka_unit_test(test_shell_words),
		cmocka_unit_test(test_lower),
		cmocka_unit_test(test_trim),
		cmocka_unit_test(test_listed),
		cmocka_unit_test(test_distances),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
