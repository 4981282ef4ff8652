/* SPDX-License-Identifier: ISC */

/*
 * Who a message says it is from: authors and mentions of single fields, what
 * several fields add up to, and the limits.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dkimsig/dkimsig.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))

/* A value with its length: octets after a NUL count. */
#define S(s)	s, sizeof(s) - 1

#define READ	false
#define UNREAD	true

/* Lists are as text, with a blank between names. */
static const struct {
	const char	*in;
	size_t		 len;
	const char	*authors, *mentions;
	bool		 is_unreadable;
} cases[] = {
	/* Right by the grammar. */
	{ S("a@d.test"),			"d.test", "", READ },
	{ S("A <a@D.Test>"),			"d.test", "", READ },
	{ S("A <a@d.test> (b)"),		"d.test", "", READ },
	{ S("a@d.test, B <b@d.test>"),		"d.test", "", READ },
	{ S("a@d.test, B <b@e.test>"),		"d.test e.test", "", READ },
	{ S("g: a@d.test, b@e.test;, c@f.test"), "d.test e.test f.test", "",
	    READ },
	{ S("g:;"),				"", "", READ },
	{ S("\"b@example.com via DocuSign\" <dse@x.test>"), "x.test",
	    "example.com", READ },
	{ S("\"jane@customer.test\" <support@example.com>"), "example.com",
	    "customer.test", READ },
	{ S("\"a@d.test\" <a@d.test>"),		"d.test", "", READ },
	{ S("a@d.test (b@e.test)"),		"d.test", "e.test", READ },
	{ S("=?utf-8?q?b=40e=2Etest?= <a@d.test>"), "d.test", "e.test", READ },
	{ S("=?utf-8?b?YkBlLnRlc3Q=?= <a@d.test>"), "d.test", "e.test", READ },
	{ S("=?x?q?b=40?= =?utf-8?q?e.test?= <a@d.test>"), "d.test",
	    "e.test", READ },
	{ S("<@e.test:a@d.test>"),		"d.test", "e.test", READ },
	{ S("J\xfcrgen <a@d.test>"),		"d.test", "", READ },
	{ S("\"J\xfcrgen b@e.test\" <a@d.test>"), "d.test", "e.test", READ },
	/* No address at all. */
	{ S(""),				"", "", READ },
	{ S("MAILER-DAEMON"),			"", "", READ },
	{ S("John Doe"),			"", "", READ },
	/* Two readings of one name. */
	{ S("a@stra\xc3\x9f" "e.test"),	"xn--strae-oqa.test strasse.test", "",
	    READ },
	{ S("a@d\xe3\x80\x82test"),		"d.test", "", READ },
	{ S("a@\xef\xbd\x84.test"),		"d.test", "", READ },
	{ S("a@d\xc2\xad" "d.test"),		"dd.test", "", READ },
	{ S("a@B\xc3\x9c" "cher.test"),	"xn--bcher-kva.test", "", READ },
	/* Wrong by the grammar, and read. */
	{ S("a@d.test <a@d.test>"),		"d.test", "", READ },
	{ S("a@e.test <a@d.test>"),		"e.test d.test", "", READ },
	{ S("A [B] <a@d.test>"),		"d.test", "", READ },
	{ S("\"b@e.test\" <a@d.test> B"),	"d.test", "e.test", READ },
	{ S("\"b@e.test\" [B] <a@d.test>"),	"d.test e.test", "", READ },
	{ S("=?utf-8?q?ceo?=@d.test"),		"d.test", "", READ },
	{ S("=?utf-8?q?=3Cceo=40d.test=3E?="),	"d.test", "", READ },
	{ S("A <a@=?utf-8?q?d.test?=>"),	"d.test", "", UNREAD },
	{ S("A <a@d.test>>"),			"d.test", "", READ },
	{ S("A <a@d.test"),			"d.test", "", READ },
	{ S("A <a.@d.test>"),			"d.test", "", READ },
	{ S("<mailto:a@d.test>"),		"d.test", "", READ },
	{ S("A: <a@d.test>"),			"d.test", "", READ },
	{ S("A; <a@d.test>"),			"d.test", "", READ },
	{ S("<a@d.test> A"),			"d.test", "", READ },
	{ S("<a@d.test>, x@e.test, ."),		"d.test e.test", "", READ },
	{ S("\"A <a@d.test>"),			"d.test", "", READ },
	{ S("\"a@d.test\""),			"d.test", "", READ },
	{ S("a@d.test\0.e.test"),		"d.?.e.test d.test", "", READ },
	{ S("A <a@d .test b>"),			"d.testb d.test", "", READ },
	{ S("A <a@d.te st>"),			"d.test d.te", "", READ },
	{ S("A <a@d(x).te(y)st>"),		"d.test d.te", "", READ },
	{ S("b@d.test (\"<a@e.test>\")"),	"d.test e.test", "", READ },
	/* Words that readers begin and end in different places. */
	{ S("=?utf-8?q?a=40d.test?= =?us-ascii?q?x?="), "d.testx d.test", "",
	    READ },
	{ S("=?utf-8?q?a=40d.test?=x"),		"d.testx d.test", "", READ },
	{ S("=?utf-8?q? =?utf-8?b?YUBkLnRlc3Q=?="), "d.test", "", READ },
	{ S("=?utf-8?q?=61=40d.test"),		"d.test", "", READ },
	/* Brackets that are not in pairs, a group's colon in a wrong place. */
	{ S("\"a@d.test\" <"),			"d.test", "", READ },
	{ S("\"a@d.test\" <<b@e.test>"),	"e.test d.test", "", READ },
	{ S("< \"a@d.test\" <b@e.test>"),	"e.test d.test", "", READ },
	{ S("A: = \"a@d.test\" :"),		"d.test", "", READ },
	{ S("a@>d.test"),			"d.test", "", READ },
	{ S("a@b.d.test\r\n .x"),		"b.d.test.x b.d.test", "",
	    READ },
	{ S("\"x (a@d.test)"),			"d.test", "", READ },
	{ S("a@d.test\xc2\xa0"),		"d.test", "", READ },
	{ S("a@d.test\xe2\x80\x83x"),		"d.testx d.test", "", READ },
	/* An address that is put together from tokens. */
	{ S("<a@\"x\"d\t.test>"),		"d.test", "", UNREAD },
	{ S("a@x:d.e.test]"),			"?.e.test", "", UNREAD },
	{ S("<b@e.test, a@d>.test"),		"e.test d.test", "", UNREAD },
	{ S("<a@[x]d .test>"),			"d.test", "", READ },
	/* White space of Python, and what is found on one side of it. */
	{ S("a@d\x1c.test"),			"d.test", "", READ },
	{ S("a@d(x).tes\vt"),			"d.test d.tes", "", READ },
	/* A string that some do not see between brackets. */
	{ S("<\"a@d.test>\"b@e.test>"),		"e.test d.test", "", READ },
	{ S("<b@[x]y\"a@d.test\"z@e.test>"),	"e.test d.test", "", UNREAD },
	{ S("<b@\"x\"e.test>m\" <a@d.test>m\" <c@f.test>"),
	    "f.test e.testc e.test d.test", "", UNREAD },
	{ S("g: b@;c.d.test, b@e;"),		"?.d.test", "", UNREAD },
	{ S("<b@[x.;1]y\"a@d.test\"z@e.test>"), "e.test d.test", "", UNREAD },
	{ S("a@d\x1c.test\\x"),		"d.test", "", READ },
	{ S("<a@[IPv6:1::x.d.test]>"),		"x.d.test", "", READ },
	{ S("C<a@d<x,y.e.te\tst>"),		"?.e.te ?.e.test", "",
	    UNREAD },
	/* What is structure to some and an encoded word to others. */
	{ S("b =?utf-8?q?(?=a@d.test)"),	"d.test", "", READ },
	{ S("=?utf-8?q?b(?= a@d.test) <c@e.test>"), "e.test d.test", "", READ },
	{ S("\"=?utf-8?q?B_<b=40e.test>?=\" <a@d.test>"), "d.test", "e.test",
	    READ },
	{ S("=?utf-8?q?B_(x)?= <a@d.test>"),	"d.test", "", READ },
	/* Nothing certain. */
	{ S("a@[192.0.2.1]"),			"", "", UNREAD },
	{ S("a@192.0.2.1"),			"", "", UNREAD },
	{ S("a@localhost"),			"", "", UNREAD },
	{ S("A @ B <a@d.test>"),		"d.test", "", UNREAD },
	{ S("a@"),				"", "", UNREAD },
	{ S("a@b+c.d.test"),			"?.d.test", "", UNREAD },
	{ S("a@\xf0\x9f\x92\xa9.d.test"), "?.d.test xn--ls8h.d.test",
	    "", UNREAD },
	{ S("a@b\xfc.d.test"),			"?.d.test", "", UNREAD },
	{ S("a@_b.d.test"),			"_b.d.test", "", READ },
	{ S("a@b..d.test"),			"b.?.d.test", "", UNREAD },
	{ S("a@d..test"),			"", "", UNREAD },
	{ S("a@d.test\xc2\xa0"),		"d.test", "", READ },
	{ S("a@xn--abc-.d.test"),		"xn--abc-.d.test", "", UNREAD },
	/* An "@" may be hidden in UTF-7; a name before an address is none. */
	{ S("=?utf-7?q?a+AEA-d.test?="),	"", "", UNREAD },
	{ S("=?utf-7?q?a+AEA-d.test?=\"b@e.test\""), "e.test", "", UNREAD },
	{ S("=?cp037?q?=81=7Cd?= b@e.test"),	"e.test", "", UNREAD },
	{ S("=?utf-7?q?a+AEA-d.test?= <b@e.test>"), "e.test", "", READ },
	{ S("=?gb2312?b?uf4=?= [B] <b@e.test>"), "e.test", "", READ },
};

static struct dkimsig_authors *
make(void)
{
	struct dkimsig_authors *a;

	assert_int_equal(dkimsig_authors_new(&a), 0);
	return a;
}

/* Add a field that is in memory of just its size. */
static void
add(struct dkimsig_authors *a, const char *value, size_t len)
{
	char *copy = malloc(len > 0 ? len : 1);

	assert_non_null(copy);
	if (len > 0)
		memcpy(copy, value, len);
	assert_int_equal(dkimsig_authors_field(a, copy, len), 0);
	free(copy);
}

static void
join(char *buf, size_t bufsize, const struct dkimsig_authors *a, size_t n,
    const char *(*name)(const struct dkimsig_authors *, size_t))
{
	size_t i, len = 0;

	buf[0] = '\0';
	for (i = 0; i < n && len < bufsize; i++)
		len += (size_t)snprintf(buf + len, bufsize - len, "%s%s",
		    i > 0 ? " " : "", name(a, i));
}

static void
check(const struct dkimsig_authors *a, const char *what, const char *authors,
    const char *mentions, bool is_unreadable)
{
	char found[2][1024];

	join(found[0], sizeof(found[0]), a, dkimsig_authors_count(a),
	    dkimsig_authors_domain);
	join(found[1], sizeof(found[1]), a, dkimsig_authors_nmentions(a),
	    dkimsig_authors_mention);
	if (strcmp(found[0], authors) != 0 || strcmp(found[1], mentions) != 0 ||
	    dkimsig_authors_uncertain(a) != is_unreadable)
		fail_msg("%s: authors \"%s\", mentions \"%s\"%s", what,
		    found[0], found[1], dkimsig_authors_uncertain(a) ?
		    ", unreadable" : "");
}

static void
test_fields(void **state)
{
	struct dkimsig_authors *a;
	size_t i;

	(void)state;
	for (i = 0; i < N(cases); i++) {
		a = make();
		add(a, cases[i].in, cases[i].len);
		check(a, cases[i].in, cases[i].authors, cases[i].mentions,
		    cases[i].is_unreadable);
		assert_int_equal(dkimsig_authors_nfields(a), 1);
		dkimsig_authors_free(a);
	}
}

/* Fields add up, and an author is no mention, whichever came first. */
static void
test_several_fields(void **state)
{
	struct dkimsig_authors *a = make();

	(void)state;
	check(a, "none", "", "", false);
	assert_int_equal(dkimsig_authors_nfields(a), 0);
	add(a, S("\"b@e.test, c@f.test\" <a@d.test>"));
	check(a, "first", "d.test", "e.test f.test", false);
	add(a, S("\"a@d.test\" <b@e.test>"));
	check(a, "second", "d.test e.test", "f.test", false);
	add(a, S("a@localhost"));
	check(a, "third", "d.test e.test", "f.test", true);
	assert_int_equal(dkimsig_authors_field(a, NULL, 0), 0);
	assert_int_equal(dkimsig_authors_nfields(a), 4);
	assert_null(dkimsig_authors_domain(a, 2));
	assert_null(dkimsig_authors_mention(a, 1));
	dkimsig_authors_free(a);
	dkimsig_authors_free(NULL);
}

/* Add n copies of a piece, then the rest, as one field. */
static void
add_many(struct dkimsig_authors *a, const char *piece, size_t n,
    const char *rest)
{
	size_t len = strlen(piece), restlen = strlen(rest), i;
	char *value = malloc(n * len + restlen + 1);

	assert_non_null(value);
	for (i = 0; i < n; i++)
		memcpy(value + i * len, piece, len);
	memcpy(value + n * len, rest, restlen);
	assert_int_equal(dkimsig_authors_field(a, value, n * len + restlen),
	    0);
	free(value);
}

static void
test_most_authors(void **state)
{
	struct dkimsig_authors *a = make();
	char value[64];
	size_t i;

	(void)state;
	for (i = 0; i < DKIMSIG_MAX_AUTHORS; i++) {
		(void)snprintf(value, sizeof(value),
		    "\"x@m%zu.test\" <a@d%zu.test>", i, i);
		add(a, value, strlen(value));
	}
	add(a, S("a@d0.test"));
	assert_int_equal(dkimsig_authors_count(a), DKIMSIG_MAX_AUTHORS);
	assert_int_equal(dkimsig_authors_nmentions(a), DKIMSIG_MAX_AUTHORS);
	add(a, S("\"x@more.test\" <a@d0.test>"));
	assert_int_equal(dkimsig_authors_nmentions(a), DKIMSIG_MAX_AUTHORS);
	assert_false(dkimsig_authors_uncertain(a));
	assert_false(dkimsig_authors_overflow(a));
	add(a, S("a@more.test"));
	assert_int_equal(dkimsig_authors_count(a), DKIMSIG_MAX_AUTHORS);
	assert_true(dkimsig_authors_uncertain(a));
	assert_true(dkimsig_authors_overflow(a));
	dkimsig_authors_free(a);
}

static void
test_most_addrspecs(void **state)
{
	struct dkimsig_authors *a = make();

	(void)state;
	add_many(a, "a@d.test,", DKIMSIG_MAX_ADDRSPECS, "");
	check(a, "as many as may be", "d.test", "", false);
	assert_false(dkimsig_authors_overflow(a));
	add(a, S("a@e.test"));
	check(a, "one more", "d.test", "", true);
	assert_true(dkimsig_authors_overflow(a));
	dkimsig_authors_free(a);
}

/* However many addresses are mentioned, they hide no author. */
static void
test_most_mentions(void **state)
{
	struct dkimsig_authors *a = make();

	(void)state;
	add_many(a, "\"a@m.test\" ", DKIMSIG_MAX_ADDRSPECS + 1, "<a@d.test>");
	check(a, "many mentions", "d.test", "m.test", false);
	add(a, S("a@e.test"));
	check(a, "then an author", "d.test e.test", "m.test", false);
	assert_false(dkimsig_authors_overflow(a));
	dkimsig_authors_free(a);
}

static void
test_most_octets(void **state)
{
	struct dkimsig_authors *a = make();

	(void)state;
	add_many(a, " ", DKIMSIG_MAX_HEADER - 8, "a@d.test");
	check(a, "as long as may be", "d.test", "", false);
	assert_false(dkimsig_authors_overflow(a));
	add_many(a, " ", DKIMSIG_MAX_HEADER - 7, "a@e.test");
	check(a, "one more", "d.test", "", true);
	assert_true(dkimsig_authors_overflow(a));
	dkimsig_authors_free(a);
}

static void
test_deep_comments(void **state)
{
	struct dkimsig_authors *a = make();

	(void)state;
	add_many(a, "(", 32, "))))))))" "))))))))" "))))))))" "))))))))"
	    "a@d.test");
	check(a, "as deep as may be", "d.test", "", false);
	add_many(a, "(", 33, "))))))))" "))))))))" "))))))))" ")))))))))"
	    "a@e.test");
	check(a, "one deeper", "d.test e.test", "", true);
	assert_false(dkimsig_authors_overflow(a));
	dkimsig_authors_free(a);
}

/* A name that is too long keeps what an organization is known by. */
static void
test_long_names(void **state)
{
	struct dkimsig_authors *a = make();

	(void)state;
	add_many(a, "", 0, "a@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.d.test");
	check(a, "a long label", "?.d.test", "", true);
	dkimsig_authors_free(a);
	a = make();
	add_many(a, "", 0, "a@");
	add_many(a, "x@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
	    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb."
	    "cccccccccccccccccccccccccccccccccccccccccccccccc."
	    "dddddddddddddddddddddddddddddddddddddddddddddddd."
	    "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee."
	    "ffffffffffffffffffffffffffffffffffff.test", 1, "");
	/* And a reader may cut it. */
	assert_int_equal(dkimsig_authors_count(a), 2);
	assert_memory_equal(dkimsig_authors_domain(a, 0), "?.bbb", 5);
	assert_true(strlen(dkimsig_authors_domain(a, 0)) <=
	    DKIMSIG_MAX_DOMAIN);
	dkimsig_authors_free(a);
}

/* Input that invites going back again and again is read in linear time. */
static void
test_long_fields(void **state)
{
	static const char *const pieces[] = {
		"a ", "a.", "\"", "\"a\" ", "<", "a@", "(a ", "()\"", "a,",
		"a@b.c,", "a:", "g:;,", "<@a:", "@a,", "[", "a@[", "\\", " ",
		"\r\n ", "=?", "=?a?q?", "=?a?b?YUBi?= ", "\xc3\xbc", "(\\",
		"a(", "a<", "\"a\"@", "@\"", "@'", "@(", "@ ",
		"@\xc3\xbc.\xc3\xbc ", "@xn--a.", "@\xe3\x80\x82", "=?a?q?=41",
		"=?a?q?b ", "=?=", "?=?=", "@>", "\"(", "@\xc2\xa0",
		"\"\\", "[\\", "[\"", "=?a?q?(?=", "@]", "<a@'", "@\"x\"",
		"a@d.test:", "a@d\x1c",
	};
	struct dkimsig_authors *a;
	size_t i;

	(void)state;
	for (i = 0; i < N(pieces); i++) {
		a = make();
		add_many(a, pieces[i], 260000 / strlen(pieces[i]), "");
		add_many(a, pieces[i], 250000 / strlen(pieces[i]),
		    " a@d.test(");
		dkimsig_authors_free(a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_several_fields),
		cmocka_unit_test(test_most_authors),
		cmocka_unit_test(test_most_addrspecs),
		cmocka_unit_test(test_most_mentions),
		cmocka_unit_test(test_most_octets),
		cmocka_unit_test(test_deep_comments),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_long_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
