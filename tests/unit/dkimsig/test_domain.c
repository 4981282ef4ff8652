/* SPDX-License-Identifier: ISC */

/*
 * Domain names: what is brought into which form, what is refused, and the
 * comparison of names in that form.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dkimsig/dkimsig.h"
#include "dkimsig/domain.h"
#include "dkimsig/utf8.h"

#define L10	"abcdefghij"
#define L60	L10 L10 L10 L10 L10 L10
#define L63	L60 "abc"
#define N(a)	(sizeof(a) / sizeof((a)[0]))

static const struct {
	const char	*name, *in, *want;
} good[] = {
	{ "as it is",		"example.com",		"example.com" },
	{ "capitals",		"EXAMPLE.Com",		"example.com" },
	{ "dot of the root",	"example.com.",		"example.com" },
	{ "many labels",	"a.b.c.d.e.f",		"a.b.c.d.e.f" },
	{ "digits",		"3.14.example",		"3.14.example" },
	{ "digits in the last",	"a.4b",			"a.4b" },
	{ "inner hyphens",	"a-b--c.ex-ample.com",	"a-b--c.ex-ample.com" },
	{ "hyphens in 3 and 4",	"r3---sn-x.example",	"r3---sn-x.example" },
	{ "label of 63",	L63 ".com",		L63 ".com" },
	{ "name of 253",	L63 "." L63 "." L63 "." L60 "a",
	    L63 "." L63 "." L63 "." L60 "a" },
	{ "253 and the root",	L63 "." L63 "." L63 "." L60 "a.",
	    L63 "." L63 "." L63 "." L60 "a" },
	{ "A-label",		"xn--bcher-kva.example",
	    "xn--bcher-kva.example" },
	{ "A-label, capitals",	"XN--Bcher-KVA.Example",
	    "xn--bcher-kva.example" },
	{ "U-label",		"b\xc3\xbc" "cher.example",
	    "xn--bcher-kva.example" },
	{ "U-label, ASCII capitals", "B\xc3\xbc" "CHER.Example",
	    "xn--bcher-kva.example" },
	{ "sharp s is kept",	"stra\xc3\x9f" "e.example",
	    "xn--strae-oqa.example" },
	{ "Japanese",		"\xe4\xbe\x8b\xe3\x81\x88.jp",
	    "xn--r8jz45g.jp" },
	{ "all labels",
	    "\xe4\xbe\x8b\xe3\x81\x88.\xe3\x83\x86\xe3\x82\xb9\xe3\x83\x88",
	    "xn--r8jz45g.xn--zckzah" },
	{ "final sigma",	"\xce\xb2\xcf\x8c\xce\xbb\xce\xbf\xcf\x82.com",
	    "xn--nxasmm1c.com" },
	{ "joiner by its rule",
	    "\xe0\xa4\x95\xe0\xa5\x8d\xe2\x80\x8d\xe0\xa4\xb7.example",
	    "xn--11b2ezcw70k.example" },
	{ "right to left",	"\xd7\x90\xd7\x91.example",
	    "xn--4dbc.example" },
	{ "mixed",		"mail.b\xc3\xbc" "cher.co.uk",
	    "mail.xn--bcher-kva.co.uk" },
};

static const struct {
	const char	*name, *in;
	size_t		 len;
} bad[] = {
#define S(s) s, sizeof(s) - 1
	{ "nothing",			S("") },
	{ "a dot",			S(".") },
	{ "dots",			S("..") },
	{ "one label",			S("localhost") },
	{ "one label and the root",	S("com.") },
	{ "first label empty",		S(".example.com") },
	{ "inner label empty",		S("example..com") },
	{ "two dots at the end",	S("example.com..") },
	{ "hyphen first",		S("-a.example.com") },
	{ "hyphen last",		S("a-.example.com") },
	{ "hyphen alone",		S("-.example.com") },
	{ "hyphen first in the last",	S("example.-com") },
	{ "underscore",			S("_a.example.com") },
	{ "blank",			S("exa mple.com") },
	{ "blank first",		S(" example.com") },
	{ "blank last",			S("example.com ") },
	{ "tab",			S("example\t.com") },
	{ "NUL inside",			S("exam\0ple.com") },
	{ "NUL last",			S("example.com\0") },
	{ "NUL in a U-label",		S("b\xc3\xbc\0x.example") },
	{ "NUL and dot",		S("good.example\0.com") },
	{ "CR LF",			S("example.com\r\n") },
	{ "delete",			S("exam\x7f.com") },
	{ "star",			S("*.example.com") },
	{ "at",				S("a@example.com") },
	{ "slash",			S("a/b.example.com") },
	{ "colon",			S("example.com:25") },
	{ "quotes",			S("\"example\".com") },
	{ "backslash",			S("exam\\.ple.com") },
	{ "percent",			S("exam%2eple.com") },
	{ "encoded word",		S("=?utf-8?q?example?=.com") },
	{ "label of 64",		S(L63 "d.com") },
	{ "name of 254",		S(L63 "." L63 "." L63 "." L60 "ab") },
	{ "address",			S("192.0.2.1") },
	{ "number as last label",	S("example.123") },
	{ "address literal",		S("[192.0.2.1]") },
	{ "IPv6",			S("2001:db8::1") },
	{ "ideographic dot",		S("example\xe3\x80\x82" "com") },
	{ "ideographic dot besides",	S("a\xe3\x80\x82" "b.example.com") },
	{ "wide dot",			S("example\xef\xbc\x8e" "com") },
	{ "half wide dot",		S("example\xef\xbd\xa1" "com.org") },
	{ "one dot leader",		S("a\xe2\x80\xa4" "b.example") },
	{ "wide letters",		S("\xef\xbd\x81\xef\xbd\x82.example") },
	{ "wide at",			S("a\xef\xbc\xa0" "b.example") },
	{ "capital U umlaut",		S("B\xc3\x9c" "CHER.example") },
	{ "capital sharp s",		S("stra\xe1\xba\x9e" "e.example") },
	{ "not composed",		S("bu\xcc\x88" "cher.example") },
	{ "combining mark first",	S("\xcc\x88" "a.example") },
	{ "zero width space",		S("a\xe2\x80\x8b" "b.example") },
	{ "joiner without its rule",	S("a\xe2\x80\x8d" "b.example") },
	{ "non-joiner without rule",	S("a\xe2\x80\x8c" "b.example") },
	{ "soft hyphen",		S("exam\xc2\xadple.com") },
	{ "byte order mark",		S("\xef\xbb\xbf" "example.com") },
	{ "right to left override",	S("a\xe2\x80\xae" "b.example") },
	{ "no-break space",		S("a\xc2\xa0" "b.example") },
	{ "direction mixed",		S("a\xd7\x90.example") },
	{ "emoji",			S("\xf0\x9f\x92\xa9.la") },
	{ "emoji as A-label",		S("xn--ls8h.la") },
	{ "heart as A-label",		S("xn--i-7iq.ws") },
	{ "middle dot without rule",	S("a\xc2\xb7" "b.example") },
	{ "two hyphens in a U-label",	S("ab--\xc3\xbc.example") },
	{ "xn-- with UTF-8",		S("xn--b\xc3\xbc" "cher.example") },
	{ "xn-- alone",			S("xn--.example") },
	{ "xn-- of ASCII",		S("xn--abc-.example") },
	{ "xn-- that does not decode",	S("xn--zz99999999.example") },
	{ "xn-- of a control",		S("xn--a.example") },
	{ "xn-- of a capital",		S("xn--bcher-2pa.example") },
	{ "xn-- not composed",		S("xn--bucher-xyd.example") },
	{ "lone continuation",		S("a\x80.example") },
	{ "cut sequence",		S("a\xc3") },
	{ "cut at the dot",		S("a\xc3.example") },
	{ "Latin-1",			S("b\xfc" "cher.example") },
	{ "overlong dot",		S("a\xc0\xae" "example.com") },
	{ "overlong slash of 3",	S("a\xe0\x80\xaf.example") },
	{ "surrogate",			S("a\xed\xa0\x80.example") },
	{ "beyond U+10FFFF",		S("a\xf4\x90\x80\x80.example") },
	{ "five octets",		S("a\xf8\x88\x80\x80\x80.example") },
#undef S
};

static void
test_good(void **state)
{
	char buf[DKIMSIG_DOMAIN_SIZE], again[DKIMSIG_DOMAIN_SIZE];
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < N(good); i++) {
		r = dkimsig_domain_normalize(good[i].in, strlen(good[i].in),
		    buf, sizeof(buf));
		if (r != 0 || strcmp(buf, good[i].want) != 0)
			fail_msg("%s: %d, \"%s\"", good[i].name, r, buf);
		r = dkimsig_domain_normalize(buf, strlen(buf), again,
		    sizeof(again));
		if (r != 0 || strcmp(buf, again) != 0)
			fail_msg("%s: not stable: %d, \"%s\"", good[i].name,
			    r, again);
	}
}

static void
test_bad(void **state)
{
	char buf[DKIMSIG_DOMAIN_SIZE];
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < N(bad); i++) {
		buf[0] = 'x';
		r = dkimsig_domain_normalize(bad[i].in, bad[i].len, buf,
		    sizeof(buf));
		if (r != DKIMSIG_E_DOMAIN || buf[0] != '\0')
			fail_msg("%s: %d, \"%s\"", bad[i].name, r, buf);
	}
}

static void
test_buffer(void **state)
{
	char buf[12];

	(void)state;
	assert_int_equal(dkimsig_domain_normalize("example.com", 11, buf, 12),
	    0);
	assert_string_equal(buf, "example.com");
	assert_int_equal(dkimsig_domain_normalize("example.com", 11, buf, 11),
	    DKIMSIG_E_NOSPACE);
	assert_string_equal(buf, "");
	assert_int_equal(dkimsig_domain_normalize("example.com", 11, NULL, 0),
	    DKIMSIG_E_NOSPACE);
	assert_int_equal(dkimsig_domain_normalize("example.comX", 11, buf,
	    12), 0);
	assert_int_equal(dkimsig_domain_normalize(NULL, 0, buf, 12),
	    DKIMSIG_E_DOMAIN);
}

static void
test_flags(void **state)
{
	char buf[DKIMSIG_DOMAIN_SIZE];

	(void)state;
	assert_int_equal(domain_normalize("S1", 2, DOMAIN_ONE_LABEL, buf,
	    sizeof(buf)), 0);
	assert_string_equal(buf, "s1");
	assert_int_equal(domain_normalize("2026", 4, DOMAIN_ONE_LABEL, buf,
	    sizeof(buf)), 0);
	assert_int_equal(domain_normalize("a_b", 3, DOMAIN_ONE_LABEL, buf,
	    sizeof(buf)), DKIMSIG_E_DOMAIN);
	assert_int_equal(domain_normalize("_A_b", 4, DOMAIN_ONE_LABEL |
	    DOMAIN_UNDERSCORE, buf, sizeof(buf)), 0);
	assert_string_equal(buf, "_a_b");
	assert_int_equal(domain_normalize("b\xc3\xbc" "cher", 7,
	    DOMAIN_ONE_LABEL, buf, sizeof(buf)), 0);
	assert_string_equal(buf, "xn--bcher-kva");
}

static void
test_key_name(void **state)
{
	char buf[DKIMSIG_DOMAIN_SIZE];

	(void)state;
	assert_int_equal(domain_key_name("s1.mail", "example.com", buf,
	    sizeof(buf)), 0);
	assert_string_equal(buf, "s1.mail._domainkey.example.com");
	assert_int_equal(domain_key_name("s", "a.b", buf, 17), 0);
	assert_int_equal(domain_key_name("s", "a.b", buf, 16),
	    DKIMSIG_E_NOSPACE);
	/* 253, then 254. */
	assert_int_equal(domain_key_name(L60, L63 "." L63 "." L10 L10 L10
	    L10 L10 "abc", buf, sizeof(buf)), 0);
	assert_int_equal(strlen(buf), 253);
	assert_int_equal(domain_key_name(L60, L63 "." L63 "." L10 L10 L10
	    L10 L10 "abcd", buf, sizeof(buf)), DKIMSIG_E_DOMAIN);
}

static const struct {
	const char	*domain, *parent;
	bool		 equal, below;
} pairs[] = {
	{ "example.com",	"example.com",		true,	false },
	{ "sub.example.com",	"example.com",		false,	true },
	{ "a.b.example.com",	"example.com",		false,	true },
	{ "x.example.com",	"example.com",		false,	true },
	{ "notexample.com",	"example.com",		false,	false },
	{ "example.com",	"sub.example.com",	false,	false },
	{ "example.com.org",	"example.com",		false,	false },
	{ "example.org",	"example.com",		false,	false },
	{ "example.com",	"com",			false,	true },
	{ ".example.com",	"example.com",		false,	false },
	{ "",			"",			true,	false },
	{ "example.com",	"",			false,	false },
	{ "",			"example.com",		false,	false },
};

static void
test_pairs(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < N(pairs); i++)
		if (dkimsig_domain_equal(pairs[i].domain, pairs[i].parent) !=
		    pairs[i].equal ||
		    dkimsig_domain_is_below(pairs[i].domain,
		    pairs[i].parent) != pairs[i].below)
			fail_msg("\"%s\" and \"%s\"", pairs[i].domain,
			    pairs[i].parent);
}

static const char *const selectors[] = {
	"s", "s1", "20261123r1", "2026", "S1", "a-b", "a.b",
	"march2026.newyork", "a--b", L63,
};

static const char *const no_selectors[] = {
	"", ".", "a.", ".a", "a..b", "-a", "a-", "a.-b", "a_b", "_a", "a b",
	"a/b", "../a", "a\n", "a\xc3\xbc", "*", "a;b", "a=b", L63 "d",
	L60 ".abc",
};

static void
test_selectors(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < N(selectors); i++)
		if (!dkimsig_selector_is_valid(selectors[i]))
			fail_msg("\"%s\" refused", selectors[i]);
	for (i = 0; i < N(no_selectors); i++)
		if (dkimsig_selector_is_valid(no_selectors[i]))
			fail_msg("\"%s\" taken", no_selectors[i]);
}

/* Every character has one form, and every other octet string has none. */
static void
test_utf8(void **state)
{
	static const struct {
		const char	*in;
		size_t		 want;
	} cases[] = {
		{ "a", 1 }, { "\x7f", 1 }, { "\xc2\x80", 2 },
		{ "\xdf\xbf", 2 }, { "\xe0\xa0\x80", 3 },
		{ "\xed\x9f\xbf", 3 }, { "\xee\x80\x80", 3 },
		{ "\xef\xbf\xbf", 3 }, { "\xf0\x90\x80\x80", 4 },
		{ "\xf4\x8f\xbf\xbf", 4 }, { "\x80", 0 }, { "\xbf", 0 },
		{ "\xc0\x80", 0 }, { "\xc1\xbf", 0 }, { "\xc2", 0 },
		{ "\xc2\x7f", 0 }, { "\xc2\xc0", 0 },
		{ "\xe0\x9f\xbf", 0 }, { "\xed\xa0\x80", 0 },
		{ "\xed\xbf\xbf", 0 }, { "\xe1\x80", 0 },
		{ "\xe1\x80\x7f", 0 }, { "\xe1\x80\xc0", 0 },
		{ "\xf0\x8f\xbf\xbf", 0 }, { "\xf1\x80\x80", 0 },
		{ "\xf1\x80\x80\x7f", 0 }, { "\xf4\x90\x80\x80", 0 },
		{ "\xf5\x80\x80\x80", 0 }, { "\xfe", 0 }, { "\xff", 0 },
		{ "", 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < N(cases); i++)
		if (utf8_length(cases[i].in, strlen(cases[i].in)) !=
		    cases[i].want)
			fail_msg("case %zu", i);
	assert_int_equal(utf8_length("\0", 1), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_buffer),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_key_name),
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_selectors),
		cmocka_unit_test(test_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
