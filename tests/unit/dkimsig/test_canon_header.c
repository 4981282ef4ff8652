/* SPDX-License-Identifier: ISC */

/*
 * Header canonicalization, RFC 6376 sections 3.4.1 and 3.4.2.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dkimsig/canon.h"

static const struct {
	const char	*title, *name, *value, *relaxed;
} cases[] = {
	{ "RFC 6376 3.4.5, A",	"A",	" X",		"a:X" },
	{ "RFC 6376 3.4.5, B",	"B ",	" Y\t\r\n\tZ  ", "b:Y Z" },
	{ "no blank after the colon", "Subject", "x",	"subject:x" },
	{ "many blanks after it", "Subject", " \t  x",	"subject:x" },
	{ "fold right after the colon", "Subject", "\r\n x", "subject:x" },
	{ "blank, then a fold",	"Subject", " \r\n\tx",	"subject:x" },
	{ "two folds, then text", "Subject", " \r\n \r\n x", "subject:x" },
	{ "fold in a word",	"X",	" AB\r\n CD",	"x:AB CD" },
	{ "folds with blanks around", "X", " a \t\r\n\t b", "x:a b" },
	{ "empty value",	"X-Empty", "",		"x-empty:" },
	{ "only blanks",	"X-Empty", " \t ",	"x-empty:" },
	{ "only folds",		"X-Empty", " \r\n \r\n\t", "x-empty:" },
	{ "blanks at the end",	"X",	" a \t ",	"x:a" },
	{ "fold at the end",	"X",	" a\r\n ",	"x:a" },
	{ "blanks before the colon", "Subject \t", " x", "subject:x" },
	{ "form feed is text",	"X",	" a\f \vb",	"x:a\f \vb" },
	{ "8-bit is text",	"X",	" \xc3\xa4\xa0 b", "x:\xc3\xa4\xa0 b" },
	{ "name: ASCII only is lowered", "X-\xc4", " a",	"x-\xc4:a" },
	{ "lone CR is text",	"X",	" a\r b",	"x:a\r b" },
	{ "lone LF is text",	"X",	" a\n b",	"x:a\n b" },
	{ "two-line List-Unsubscribe", "List-Unsubscribe",
	    " <mailto:a@b>,\r\n <https://c/d>",
	    "list-unsubscribe:<mailto:a@b>, <https://c/d>" },
};

static void
test_relaxed(void **state)
{
	struct buf b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_init(&b, 1000);
		canon_header(DKIMSIG_CANON_RELAXED, view_str(cases[i].name),
		    view_str(cases[i].value), &b);
		if (strcmp(buf_str(&b), cases[i].relaxed) != 0)
			fail_msg("%s: \"%s\"", cases[i].title, buf_str(&b));
		buf_finish(&b);
	}
}

static void
test_simple(void **state)
{
	char want[200];
	struct buf b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_init(&b, 1000);
		canon_header(DKIMSIG_CANON_SIMPLE, view_str(cases[i].name),
		    view_str(cases[i].value), &b);
		strlcpy(want, cases[i].name, sizeof(want));
		strlcat(want, ":", sizeof(want));
		strlcat(want, cases[i].value, sizeof(want));
		assert_string_equal(buf_str(&b), want);
		buf_finish(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_relaxed),
		cmocka_unit_test(test_simple),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
