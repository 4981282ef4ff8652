/* SPDX-License-Identifier: ISC */

/*
 * From fields of every honest and dishonest shape: those that the grammar
 * holds for and that have one mailbox, each with its domain, and why others
 * are none of them.  Where there is a domain, no reader sees another author,
 * but for routes with commas.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dkimsig/dkimsig.h"
#include "dkimsig/rfc5322.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))
#define L10	"abcdefghij"
#define L60	L10 L10 L10 L10 L10 L10

/* Names a case by its text; octets after a NUL count. */
#define S(s)	s, sizeof(s) - 1

#define OK	0
#define SYNTAX	DKIMSIG_E_SYNTAX
#define MANY	1
#define GROUP	2
#define NODOM	3
#define LITERAL	4
#define DOMAIN	DKIMSIG_E_DOMAIN

struct author_case {
	const char	*in;
	size_t		 len;
	int		 want;
	const char	*domain;	/* NULL: good.example, if any */
};

/* Why there is not exactly one mailbox with a domain name, or 0. */
static int
check_author(const struct rfc5322_from *from)
{
	if (from->ngroups > 0)
		return GROUP;
	if (from->nmailboxes > 1)
		return MANY;
	if (from->nmailboxes == 0 ||
	    from->domain.kind == RFC5322_DOMAIN_ABSENT)
		return NODOM;
	if (from->domain.kind == RFC5322_DOMAIN_LITERAL)
		return LITERAL;
	return from->domain.is_truncated ? DOMAIN : 0;
}

/* The domain of the only mailbox. */
static int
author_domain(const char *value, size_t len, char *domain, size_t domainsize)
{
	struct rfc5322_from from;
	int r;

	if (domainsize > 0)
		domain[0] = '\0';
	if (len > DKIMSIG_MAX_HEADER)
		return DKIMSIG_E_TOOBIG;
	if (len == 0)
		return NODOM;
	if ((r = rfc5322_from(view_of(value, len), &from)) != 0 ||
	    (r = check_author(&from)) != 0)
		return r;
	return dkimsig_domain_normalize(from.domain.text, from.domain.len,
	    domain, domainsize);
}

/* All readers agree with the grammar. */
static void
assert_only_author(const char *value, size_t len, const char *domain)
{
	struct dkimsig_authors *authors;

	assert_int_equal(dkimsig_authors_new(&authors), 0);
	assert_int_equal(dkimsig_authors_field(authors, value, len), 0);
	assert_int_equal(dkimsig_authors_count(authors), 1);
	assert_string_equal(dkimsig_authors_domain(authors, 0), domain);
	assert_false(dkimsig_authors_uncertain(authors));
	dkimsig_authors_free(authors);
}

/* Forms of section 3, as mail programs write them. */
static const struct author_case current[] = {
	{ S("a@good.example"),				OK, NULL },
	{ S(" a@good.example"),				OK, NULL },
	{ S(" a@good.example "),			OK, NULL },
	{ S("<a@good.example>"),			OK, NULL },
	{ S(" <a@good.example>\t"),			OK, NULL },
	{ S("A <a@good.example>"),			OK, NULL },
	{ S("A B C <a@good.example>"),			OK, NULL },
	{ S("A B<a@good.example>"),			OK, NULL },
	{ S("\"A, B\" <a@good.example>"),		OK, NULL },
	{ S("\"A \\\"B\\\" C\" <a@good.example>"),	OK, NULL },
	{ S("\"A\" B \"C\" <a@good.example>"),		OK, NULL },
	{ S("\"\" <a@good.example>"),			OK, NULL },
	{ S("a@GOOD.Example"),				OK, NULL },
	{ S("a.b.c@good.example"),			OK, NULL },
	{ S("a+b=c!d#e$f%g&h'i*j/k?l^m_n`o{p|q}r~s-t@good.example"),
	    OK, NULL },
	{ S("\"a b\"@good.example"),			OK, NULL },
	{ S("\"a\\\"b\"@good.example"),			OK, NULL },
	{ S("\"\"@good.example"),			OK, NULL },
	{ S("=?utf-8?q?J=C3=BCrgen?= <a@good.example>"), OK, NULL },
	{ S("=?utf-8?b?SsO8cmdlbg==?=\r\n =?utf-8?q?_M?= <a@good.example>"),
	    OK, NULL },
	{ S("a@sub.good.example"),		OK, "sub.good.example" },
	{ S("a@b-c.d1.example"),		OK, "b-c.d1.example" },
	{ S("A\r\n <a@good.example>"),			OK, NULL },
	{ S("\r\n a@good.example"),			OK, NULL },
	{ S(" \r\n\ta@good.example"),			OK, NULL },
	{ S("A\r\n B\r\n\tC\r\n <a@good.example>"),	OK, NULL },
	{ S("\"A\r\n B\" <a@good.example>"),		OK, NULL },
	{ S("A <a@good.example>\r\n "),			OK, NULL },
	{ S("J\xc3\xbcrgen <a@good.example>"),		OK, NULL },
	{ S("\"J\xc3\xbcrgen\" <a@good.example>"),	OK, NULL },
	{ S("j\xc3\xbcrgen@good.example"),		OK, NULL },
	{ S("a@b\xc3\xbc" "cher.example"), OK, "xn--bcher-kva.example" },
	{ S("a@B\xc3\xbc" "cher.EXAMPLE"), OK, "xn--bcher-kva.example" },
	{ S("a@xn--bcher-kva.example"), OK, "xn--bcher-kva.example" },
	{ S("\xe4\xbe\x8b <\xe4\xbe\x8b@\xe4\xbe\x8b\xe3\x81\x88.jp>"),
	    OK, "xn--r8jz45g.jp" },
};

/* Comments, where the grammar has them and where it has not. */
static const struct author_case comments[] = {
	{ S("a@good.example (A)"),			OK, NULL },
	{ S("(A) a@good.example"),			OK, NULL },
	{ S("a(x)@(y)good.example"),			OK, NULL },
	{ S("a (x) @ (y) good.example"),		OK, NULL },
	{ S("A (x) <a@good.example> (y)"),		OK, NULL },
	{ S("<(x)a(y)@(z)good.example(w)>"),		OK, NULL },
	{ S("(a@evil.example) b@good.example"),		OK, NULL },
	{ S("b@good.example (@evil.example)"),		OK, NULL },
	{ S("b@good.example (, c@evil.example)"),	OK, NULL },
	{ S("b@good.example (<c@evil.example>)"),	OK, NULL },
	{ S("b@(evil.example)good.example"),		OK, NULL },
	{ S("b@good(.evil).example"),			OK, NULL },
	{ S("b@good.(evil.)example"),			OK, NULL },
	{ S("b@good.example(.evil.com)"),		OK, NULL },
	{ S("(\\)) a@good.example"),			OK, NULL },
	{ S("(\\() a@good.example"),			OK, NULL },
	{ S("((())) a@good.example"),			OK, NULL },
	{ S("(a(b)c(d(e)f)g) a@good.example"),		OK, NULL },
	{ S("(\") a@good.example (\")"),		OK, NULL },
	{ S("\"(\" <a@good.example> (\"\\)\")"),	OK, NULL },
	{ S("\"(\" <a@good.example> (\")\")"),	SYNTAX, NULL },
	{ S("(a\r\n b) a@good.example"),		OK, NULL },
	{ S("(J\xc3\xbcrgen) a@good.example"),		OK, NULL },
	{ S("() a@good.example"),			OK, NULL },
	{ S("a@good.example ("),			SYNTAX, NULL },
	{ S("a@good.example (x"),			SYNTAX, NULL },
	{ S("a@good.example (x\\)"),			SYNTAX, NULL },
	{ S("a@good.example (x))"),			SYNTAX, NULL },
	{ S("a@good.example )x("),			SYNTAX, NULL },
	{ S("(a@good.example"),				SYNTAX, NULL },
	{ S("(a@good.example)"),			NODOM, NULL },
	{ S("a@go(x)od.example"),			SYNTAX, NULL },
	{ S("a(x)b@good.example"),			SYNTAX, NULL },
};

/* The obsolete forms of section 4. */
static const struct author_case obsolete[] = {
	{ S("J. R. Doe <a@good.example>"),		OK, NULL },
	{ S("Doe . . <a@good.example>"),		OK, NULL },
	{ S(". <a@good.example>"),			SYNTAX, NULL },
	{ S("a . b @ good . example"),			OK, NULL },
	{ S("\"a\".b.\"c\"@good.example"),		OK, NULL },
	{ S("a@good\r\n .example"),			OK, NULL },
	{ S("a@ good (x) . (y) example"),		OK, NULL },
	{ S("a @good.example"),				OK, NULL },
	{ S("<@evil.example:a@good.example>"),		OK, NULL },
	{ S("<@[192.0.2.1]:a@good.example>"),		OK, NULL },
	{ S("<@evil.example:>"),			SYNTAX, NULL },
	{ S("<evil.example:a@good.example>"),		SYNTAX, NULL },
	{ S("@evil.example:a@good.example"),		SYNTAX, NULL },
	{ S(",a@good.example"),				OK, NULL },
	{ S(", ,(x), a@good.example"),			OK, NULL },
	{ S("a@good.example,"),				OK, NULL },
	{ S("a@good.example, (x) ,"),			OK, NULL },
	{ S("a@good.example\r\n \r\n "),		OK, NULL },
};

/* Not one mailbox. */
static const struct author_case several[] = {
	{ S(""),					NODOM, NULL },
	{ S(" "),					NODOM, NULL },
	{ S("\r\n "),					NODOM, NULL },
	{ S(","),					NODOM, NULL },
	{ S("<>"),					NODOM, NULL },
	{ S("A < (x) >"),				NODOM, NULL },
	{ S("root"),					NODOM, NULL },
	{ S("A <root>"),				NODOM, NULL },
	{ S("\"a@good.example\""),			NODOM, NULL },
	{ S("\"A <a@good.example>\""),			NODOM, NULL },
	{ S("MAILER-DAEMON (Mail Delivery System)"),	NODOM, NULL },
	{ S("a@good.example, b@good.example"),		MANY, NULL },
	{ S("a@good.example,b@evil.example"),		MANY, NULL },
	{ S("a@evil.example,b@good.example"),		MANY, NULL },
	{ S("A <a@good.example>, B <b@evil.example>"),	MANY, NULL },
	{ S("a@good.example,, <b@good.example>"),	MANY, NULL },
	{ S("root, a@good.example"),			MANY, NULL },
	{ S("a@good.example, root"),			MANY, NULL },
	{ S("Doe, John <a@good.example>"),		MANY, NULL },
	{ S("a@good.example, <>"),			MANY, NULL },
	{ S("g: a@good.example;"),			GROUP, NULL },
	{ S("g:;"),					GROUP, NULL },
	{ S("g: ;"),					GROUP, NULL },
	{ S("\"g\": a@good.example, b@good.example;"),	GROUP, NULL },
	{ S("g: ,,a@good.example,;"),			GROUP, NULL },
	{ S("g: a@good.example;, b@good.example"),	GROUP, NULL },
	{ S("b@good.example, g:;"),			GROUP, NULL },
	{ S("g: A <a@good.example>; (x)"),		GROUP, NULL },
	{ S("g: h: a@good.example;;"),			SYNTAX, NULL },
	{ S("g: a@good.example"),			SYNTAX, NULL },
	{ S("g: a@good.example; b@good.example"),	SYNTAX, NULL },
	{ S("a@good.example;"),				SYNTAX, NULL },
	{ S("a@good.example; b@good.example"),		SYNTAX, NULL },
	{ S("a@good.example b@good.example"),		SYNTAX, NULL },
	{ S("<a@good.example> <b@good.example>"),	SYNTAX, NULL },
	{ S("mailto:a@good.example"),			SYNTAX, NULL },
};

/* Look-alikes and broken text. */
static const struct author_case tricks[] = {
	{ S("\"a@evil.example\" <x@good.example>"),	OK, NULL },
	{ S("\"<a@evil.example>\" <x@good.example>"),	OK, NULL },
	{ S("\"<a@evil.example>,\" <x@good.example>"),	OK, NULL },
	{ S("\"a@evil.example\"@good.example"),		OK, NULL },
	{ S("=?utf-8?q?a=40evil.example?= <x@good.example>"), OK, NULL },
	{ S("a@evil.example <x@good.example>"),		SYNTAX, NULL },
	{ S("a@evil.example<x@good.example>"),		SYNTAX, NULL },
	{ S("<x@good.example> evil.example"),		SYNTAX, NULL },
	{ S("<x@good.example>@evil.example"),		SYNTAX, NULL },
	{ S("<x@good.example>.evil.example"),		SYNTAX, NULL },
	{ S("A <x@good.example> B"),			SYNTAX, NULL },
	{ S("a@good.example@evil.example"),		SYNTAX, NULL },
	{ S("a@@good.example"),				SYNTAX, NULL },
	{ S("@good.example"),				SYNTAX, NULL },
	{ S("<@good.example>"),				SYNTAX, NULL },
	{ S("a@"),					SYNTAX, NULL },
	{ S("<a@>"),					SYNTAX, NULL },
	{ S("a@.good.example"),				SYNTAX, NULL },
	{ S("a@good..example"),				SYNTAX, NULL },
	{ S("a@good.example."),				SYNTAX, NULL },
	{ S(".a@good.example"),				SYNTAX, NULL },
	{ S("a.@good.example"),				SYNTAX, NULL },
	{ S("a..b@good.example"),			SYNTAX, NULL },
	{ S("a b@good.example"),			SYNTAX, NULL },
	{ S("John Doe"),				SYNTAX, NULL },
	{ S("a@good .evil example"),			SYNTAX, NULL },
	{ S("<a@good.example"),				SYNTAX, NULL },
	{ S("a@good.example>"),				SYNTAX, NULL },
	{ S("<<a@good.example>>"),			SYNTAX, NULL },
	{ S("A <a@good.example>>"),			SYNTAX, NULL },
	{ S("<a@evil.example, b@good.example>"),	SYNTAX, NULL },
	{ S("<A <a@good.example>"),			SYNTAX, NULL },
	{ S("\"A <a@good.example>"),			SYNTAX, NULL },
	{ S("A\" <a@good.example>"),			SYNTAX, NULL },
	{ S("\"A\\\" <a@good.example>"),		SYNTAX, NULL },
	{ S("\"A\"B\" <a@good.example>"),		SYNTAX, NULL },
	{ S("A\\ <a@good.example>"),			SYNTAX, NULL },
	{ S("a\\@evil.example@good.example"),		SYNTAX, NULL },
	{ S("A [x] <a@good.example>"),			SYNTAX, NULL },
	{ S("A: <a@good.example>"),			SYNTAX, NULL },
	{ S("=?utf-8?q?a?=@good.example"),		SYNTAX, NULL },
	{ S("<=?utf-8?q?a=40evil.example=3e?=@good.example>"), SYNTAX, NULL },
	{ S("\"=?utf-8?q?a=40evil.example?=\"@good.example"), SYNTAX, NULL },
	{ S("=?utf-8?q?a.b?=@good.example"),		SYNTAX, NULL },
	{ S("=?utf-8?q?a@evil.example?=@good.example"),	SYNTAX, NULL },
	{ S("a@=?utf-8?q?good.example?="),		DOMAIN, NULL },
	{ S("a@=?utf-8?q?good?=.example"),		DOMAIN, NULL },
	{ S("=?utf-8?q?=3Ca=40good.example=3E?="),	SYNTAX, NULL },
	{ S("a@good.example\0"),			SYNTAX, NULL },
	{ S("a@good.example\0.evil.example"),		SYNTAX, NULL },
	{ S("a\0b@good.example"),			SYNTAX, NULL },
	{ S("\"a\0b\" <a@good.example>"),		SYNTAX, NULL },
	{ S("(a\0b) a@good.example"),			SYNTAX, NULL },
	{ S("\"a\\\0b\" <a@good.example>"),		SYNTAX, NULL },
	{ S("a@good.example\r"),			SYNTAX, NULL },
	{ S("a@good.example\n"),			SYNTAX, NULL },
	{ S("a@good.example\r\n"),			SYNTAX, NULL },
	{ S("a@good.example\r\nb"),			SYNTAX, NULL },
	{ S("A\n <a@good.example>"),			SYNTAX, NULL },
	{ S("A\r <a@good.example>"),			SYNTAX, NULL },
	{ S("A\r\n\r\n <a@good.example>"),		SYNTAX, NULL },
	{ S("\"A\nB\" <a@good.example>"),		SYNTAX, NULL },
	{ S("\"A\\\r\n B\" <a@good.example>"),		SYNTAX, NULL },
	{ S("(A\rB) a@good.example"),			SYNTAX, NULL },
	{ S("A\x01 <a@good.example>"),			SYNTAX, NULL },
	{ S("\"A\x08\" <a@good.example>"),		SYNTAX, NULL },
	{ S("(A\x7f) a@good.example"),			SYNTAX, NULL },
	{ S("A\x0b<a@good.example>"),			SYNTAX, NULL },
	{ S("\x1b[2K a@good.example"),			SYNTAX, NULL },
	{ S("J\xfcrgen <a@good.example>"),		SYNTAX, NULL },
	{ S("\"J\xfcrgen\" <a@good.example>"),		SYNTAX, NULL },
	{ S("(J\xfcrgen) a@good.example"),		SYNTAX, NULL },
	{ S("A\x80 <a@good.example>"),			SYNTAX, NULL },
	{ S("A <a\xc0\x80@good.example>"),		SYNTAX, NULL },
	{ S("\xed\xa0\x80 <a@good.example>"),		SYNTAX, NULL },
	{ S("A <a@good.example>\xc3"),			SYNTAX, NULL },
	{ S("\xef\xbb\xbf" "a@evil.example <a@good.example>"), SYNTAX, NULL },
	{ S("a\xef\xbc\xa0" "evil.example@good.example"), OK, NULL },
	{ S("a@good.example\xef\xbc\x8c" "b"),		DOMAIN, NULL },
	{ S("a@good\xe3\x80\x82" "example"),		DOMAIN, NULL },
	{ S("a@good.example\xe2\x80\x8b"),		DOMAIN, NULL },
	{ S("a@evil.example\xc2\xa0<x@good.example>"),	SYNTAX, NULL },
	{ S("a@g\xd0\xbe" "od.example"), OK, "xn--god-sed.example" },
};

/* Domains that are none. */
static const struct author_case domains[] = {
	{ S("a@[192.0.2.1]"),				LITERAL, NULL },
	{ S("A <a@[IPv6:2001:db8::1]>"),		LITERAL, NULL },
	{ S("a@ [ 192.0.2.1 ] (x)"),			LITERAL, NULL },
	{ S("a@[good.example]"),			LITERAL, NULL },
	{ S("a@[good\\]example]"),			LITERAL, NULL },
	{ S("a@[]"),					LITERAL, NULL },
	{ S("a@[192.0.2.1"),				SYNTAX, NULL },
	{ S("a@192.0.2.1]"),				SYNTAX, NULL },
	{ S("a@[[192.0.2.1]]"),				SYNTAX, NULL },
	{ S("a@[192.0.2.1].good.example"),		SYNTAX, NULL },
	{ S("a@good.example[192.0.2.1]"),		SYNTAX, NULL },
	{ S("a@192.0.2.1"),				DOMAIN, NULL },
	{ S("a@localhost"),				DOMAIN, NULL },
	{ S("a@example"),				DOMAIN, NULL },
	{ S("a@-good.example"),				DOMAIN, NULL },
	{ S("a@go_od.example"),				DOMAIN, NULL },
	{ S("a@*.good.example"),			DOMAIN, NULL },
	{ S("a@good.example/evil.example"),		DOMAIN, NULL },
	{ S("a@good%00.example"),			DOMAIN, NULL },
	{ S("a@\"good.example\""),			SYNTAX, NULL },
	{ S("a@good.example:25"),			SYNTAX, NULL },
	{ S("a@xn--abc-.example"),			DOMAIN, NULL },
	{ S("a@xn--ls8h.example"),			DOMAIN, NULL },
	{ S("a@" L60 "abcd.example"),			DOMAIN, NULL },
	{ S("a@" L60 "." L60 "." L60 "." L60 "." L60 ".example"),
	    DOMAIN, NULL },
};

static void
run(const char *title, const struct author_case *cases, size_t n)
{
	char domain[DKIMSIG_DOMAIN_SIZE], *copy;
	const char *want;
	size_t i;
	int r;

	for (i = 0; i < n; i++) {
		/* In memory of just its size, so that no octet beyond
		 * it is read. */
		copy = malloc(cases[i].len > 0 ? cases[i].len : 1);
		assert_non_null(copy);
		memcpy(copy, cases[i].in, cases[i].len);
		domain[0] = 'x';
		r = author_domain(copy, cases[i].len, domain,
		    sizeof(domain));
		if (r == 0)
			assert_only_author(copy, cases[i].len, domain);
		free(copy);
		want = cases[i].want != OK ? "" : cases[i].domain != NULL ?
		    cases[i].domain : "good.example";
		if (r != cases[i].want || strcmp(domain, want) != 0)
			fail_msg("%s %zu: %s: %d, \"%s\"", title, i,
			    cases[i].in, r, domain);
	}
}

static void
test_current(void **state)
{
	(void)state;
	run("current", current, N(current));
}

static void
test_comments(void **state)
{
	(void)state;
	run("comments", comments, N(comments));
}

/* A reader that takes the commas of a route for a list's sees two authors. */
static void
test_long_routes(void **state)
{
	static const char *const routes[] = {
		"A <@e.example,@f.example:a@good.example>",
		"<,,@e.example,,(x),@f.example:a@good.example>",
	};
	struct dkimsig_authors *a;
	char domain[DKIMSIG_DOMAIN_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < N(routes); i++) {
		assert_int_equal(author_domain(routes[i], strlen(routes[i]),
		    domain, sizeof(domain)), 0);
		assert_string_equal(domain, "good.example");
		assert_int_equal(dkimsig_authors_new(&a), 0);
		assert_int_equal(dkimsig_authors_field(a, routes[i],
		    strlen(routes[i])), 0);
		assert_int_equal(dkimsig_authors_count(a), 3);
		assert_string_equal(dkimsig_authors_domain(a, 0),
		    "good.example");
		dkimsig_authors_free(a);
	}
}

static void
test_obsolete(void **state)
{
	(void)state;
	run("obsolete", obsolete, N(obsolete));
}

static void
test_several(void **state)
{
	(void)state;
	run("several", several, N(several));
}

static void
test_tricks(void **state)
{
	(void)state;
	run("tricks", tricks, N(tricks));
}

static void
test_domains(void **state)
{
	(void)state;
	run("domains", domains, N(domains));
}

static int
author_of(const char *value, size_t len)
{
	char domain[DKIMSIG_DOMAIN_SIZE];

	return author_domain(value, len, domain, sizeof(domain));
}

/* A field that was cut short has no author. */
static void
test_cut(void **state)
{
	static const char value[] = "\"A\" <a@good.example>";
	size_t len;

	(void)state;
	for (len = 0; len < sizeof(value) - 1; len++)
		assert_int_not_equal(author_of(value, len), 0);
	assert_int_equal(author_of(value, len), 0);
}

static void
test_buffer(void **state)
{
	char domain[13];

	(void)state;
	assert_int_equal(author_domain("a@good.example", 14, domain,
	    13), 0);
	assert_string_equal(domain, "good.example");
	assert_int_equal(author_domain("a@good.example", 14, domain,
	    12), DKIMSIG_E_NOSPACE);
	assert_string_equal(domain, "");
	assert_int_equal(author_domain("a@good.example", 14, NULL, 0),
	    DKIMSIG_E_NOSPACE);
	assert_int_equal(author_domain(NULL, 0, domain, 13),
	    NODOM);
}

/* Text of n copies of a piece, then the rest. */
static int
author_of_many(const char *piece, size_t n, const char *rest)
{
	size_t piecelen = strlen(piece), restlen = strlen(rest), i;
	char *value = malloc(n * piecelen + restlen);
	int r;

	assert_non_null(value);
	for (i = 0; i < n; i++)
		memcpy(value + i * piecelen, piece, piecelen);
	memcpy(value + n * piecelen, rest, restlen);
	r = author_of(value, n * piecelen + restlen);
	free(value);
	return r;
}

static void
test_limits(void **state)
{
	size_t most = DKIMSIG_MAX_HEADER - 14;

	(void)state;
	assert_int_equal(author_of_many(" ", most, "a@good.example"), 0);
	assert_int_equal(author_of_many(" ", most + 1, "a@good.example"),
	    DKIMSIG_E_TOOBIG);
	assert_int_equal(author_of_many("(", 32,
	    "))))))))" "))))))))" "))))))))" "))))))))" "a@good.example"), 0);
	assert_int_equal(author_of_many("(", 33, "a@good.example"),
	    DKIMSIG_E_TOOBIG);
	assert_int_equal(author_of_many("(", 200000, ""), DKIMSIG_E_TOOBIG);
	assert_int_equal(author_of_many("()", 100000, "a@good.example"), 0);
}

/* Input that invites going back again and again is read in linear time. */
static void
test_long(void **state)
{
	static const char *const pieces[] = {
		"a ", "a.", "\"", "\"a\" ", "<", "a@", "(a ", "()\"", "a,",
		"a@b.c,", "a:", "g:;,", "<@a:", "@a,", "[", "a@[", "\\", " ",
		"\r\n ", "=?", "\xc3\xbc", "(\\", "a(", "a<", "\"a\"@",
	};
	size_t i;

	(void)state;
	for (i = 0; i < N(pieces); i++) {
		(void)author_of_many(pieces[i], 260000 / strlen(pieces[i]),
		    "");
		(void)author_of_many(pieces[i], 250000 / strlen(pieces[i]),
		    " a@good.example(");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_current),
		cmocka_unit_test(test_comments),
		cmocka_unit_test(test_obsolete),
		cmocka_unit_test(test_long_routes),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_tricks),
		cmocka_unit_test(test_domains),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_buffer),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
