/* SPDX-License-Identifier: ISC */

/*
 * Tag lists, RFC 6376 section 3.2.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dkimsig/buf.h"
#include "dkimsig/taglist.h"

static const struct {
	const char	*text;
	int		 error;
	/* "name=value" of each tag, joined by "|". */
	const char	*tags;
} cases[] = {
	{ "a=1",		0,	"a=1" },
	{ "a=1;",		0,	"a=1" },
	{ "a=1; \t",		0,	"a=1" },
	{ "a=1;b=2",		0,	"a=1|b=2" },
	{ " a = 1 ; b\t=\t2 ",	0,	"a=1|b=2" },
	{ "a=1;\r\n\tb=2\r\n ",	0,	"a=1|b=2" },
	{ "a\r\n =\r\n 1\r\n ;b=2", 0,	"a=1|b=2" },
	{ "a=;b=",		0,	"a=|b=" },
	{ "a= x y\r\n\tz ;",	0,	"a=x y\r\n\tz" },
	{ "a==;b=c=d",		0,	"a==|b=c=d" },
	{ "a_1=x;A=y;a=z",	0,	"a_1=x|A=y|a=z" },
	{ "n=\xc3\xa4",		0,	"n=\xc3\xa4" },
	{ "a=1\r\n",		0,	"a=1" },
	{ "",			DKIMSIG_E_SYNTAX,	NULL },
	{ " ",			DKIMSIG_E_SYNTAX,	NULL },
	{ ";",			DKIMSIG_E_SYNTAX,	NULL },
	{ "a=1;;",		DKIMSIG_E_SYNTAX,	NULL },
	{ "a=1;;b=2",		DKIMSIG_E_SYNTAX,	NULL },
	{ ";a=1",		DKIMSIG_E_SYNTAX,	NULL },
	{ "a",			DKIMSIG_E_SYNTAX,	NULL },
	{ "=1",			DKIMSIG_E_SYNTAX,	NULL },
	{ "1a=1",		DKIMSIG_E_SYNTAX,	NULL },
	{ "_a=1",		DKIMSIG_E_SYNTAX,	NULL },
	{ "a b=1",		DKIMSIG_E_SYNTAX,	NULL },
	{ "a-b=1",		DKIMSIG_E_SYNTAX,	NULL },
	{ "a=1;a=1",		DKIMSIG_E_SYNTAX,	NULL },
	{ "a=1;b=2;a=3",	DKIMSIG_E_SYNTAX,	NULL },
	{ "a=\x01",		DKIMSIG_E_SYNTAX,	NULL },
	{ "a=x\ny",		DKIMSIG_E_SYNTAX,	NULL },
	{ "a=x\ry",		DKIMSIG_E_SYNTAX,	NULL },
	{ "a=\x7f",		DKIMSIG_E_SYNTAX,	NULL },
};

static void
test_cases(void **state)
{
	struct taglist list;
	struct buf b;
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (taglist_parse(&list, view_str(cases[i].text)) !=
		    cases[i].error)
			fail_msg("\"%s\"", cases[i].text);
		if (cases[i].error != 0)
			continue;
		buf_init(&b, 1000);
		for (j = 0; j < list.ntags; j++) {
			buf_puts(&b, j > 0 ? "|" : "");
			buf_put_view(&b, list.tags[j].name);
			buf_putc(&b, '=');
			buf_put_view(&b, list.tags[j].value);
		}
		assert_string_equal(buf_str(&b), cases[i].tags);
		buf_finish(&b);
	}
}

static void
test_limits(void **state)
{
	struct taglist list;
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, DKIMSIG_MAX_TAGLIST + 1);
	for (i = 0; i < DKIMSIG_MAX_TAGS; i++) {
		buf_putc(&b, 't');
		buf_put_number(&b, (long long)i);
		buf_puts(&b, "=;");
	}
	assert_int_equal(taglist_parse(&list, buf_view(&b)), 0);
	assert_int_equal(list.ntags, DKIMSIG_MAX_TAGS);
	buf_puts(&b, "x=");
	assert_int_equal(taglist_parse(&list, buf_view(&b)),
	    DKIMSIG_E_TOOBIG);
	buf_reset(&b);
	buf_puts(&b, "x=");
	while (b.len < DKIMSIG_MAX_TAGLIST)
		buf_putc(&b, 'x');
	assert_int_equal(taglist_parse(&list, buf_view(&b)), 0);
	buf_putc(&b, 'x');
	assert_int_equal(taglist_parse(&list, buf_view(&b)),
	    DKIMSIG_E_TOOBIG);
	buf_finish(&b);
}

static void
test_find(void **state)
{
	struct taglist list;

	(void)state;
	assert_int_equal(taglist_parse(&list, view_str("bh=1;b=2;B=3")), 0);
	assert_memory_equal(taglist_find(&list, "b")->value.ptr, "2", 1);
	assert_memory_equal(taglist_find(&list, "bh")->value.ptr, "1", 1);
	assert_null(taglist_find(&list, "h"));
}

static void
test_pieces(void **state)
{
	static const char *const want[] = { "a", "b", "", "c d", "" };
	struct tagpieces pieces;
	struct view piece;
	size_t n = 0;

	(void)state;
	tagpieces_init(&pieces, view_str(" a :b\r\n :: c d:"), ':');
	while (tagpieces_next(&pieces, &piece)) {
		assert_true(n < 5);
		assert_true(view_equal(piece, view_str(want[n++])));
	}
	assert_int_equal(n, 5);
	tagpieces_init(&pieces, view_str(""), ':');
	assert_true(tagpieces_next(&pieces, &piece));
	assert_int_equal(piece.len, 0);
	assert_false(tagpieces_next(&pieces, &piece));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
