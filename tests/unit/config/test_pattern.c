/* SPDX-License-Identifier: ISC */

/*
 * Patterns of domains and of texts.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "config/pattern.h"

static const struct {
	const char	*pattern, *name;
	bool		 matches;
} domains[] = {
	/* Without "*": the name itself. */
	{ "example.com",	"example.com",		true },
	{ "example.com",	"EXAMPLE.Com",		true },
	{ "EXAMPLE.Com",	"example.com",		true },
	{ "example.com",	"example.com.",		true },
	{ "example.com",	"example.com..",	false },
	{ "example.com",	"www.example.com",	false },
	{ "example.com",	"notexample.com",	false },
	{ "example.com",	"example.com.net",	false },
	{ "example.com",	"example.co",		false },
	{ "example.com",	"xample.com",		false },
	{ "example.com",	"exampleXcom",		false },
	{ "example.com",	"",			false },
	{ "example.com",	".",			false },
	{ "example.com",	"example.com\n",	false },
	{ "[\\]",		"{|}",			false },
	{ "@a",			"`a",			false },
	{ "",			"",			true },
	{ "",			".",			true },
	{ "",			"a",			false },

	/* "*." in front: one label or more. */
	{ "*.example.com",	"a.example.com",	true },
	{ "*.example.com",	"a.b.example.com",	true },
	{ "*.example.com",	"A.B.EXAMPLE.COM.",	true },
	{ "*.example.com",	"example.com.example.com", true },
	{ "*.example.com",	"*.example.com",	true },
	{ "*.example.com",	"example.com",		false },
	{ "*.example.com",	".example.com",		false },
	{ "*.example.com",	"..example.com",	false },
	{ "*.example.com",	"a..example.com",	false },
	{ "*.example.com",	".a.example.com",	false },
	{ "*.example.com",	"a..b.example.com",	false },
	{ "*.example.com",	"notexample.com",	false },
	{ "*.example.com",	"a.notexample.com",	false },
	{ "*.example.com",	"a.example.com.evil.example", false },
	{ "*.example.com",	"a.example.comx",	false },
	{ "*.example.com",	"a.exampleXcom",	false },
	{ "*.example.com",	"",			false },
	{ "*.",			"a.",			false },

	/* Any other "*": a part of one label. */
	{ "mx*.example.com",	"mx.example.com",	true },
	{ "mx*.example.com",	"mx17.example.com",	true },
	{ "mx*.example.com",	"mx.17.example.com",	false },
	{ "mx*.example.com",	"m.example.com",	false },
	{ "mx*.example.com",	"mx1.example.com.example.com", false },
	{ "*mx.example.com",	"mx.example.com",	true },
	{ "*mx.example.com",	"amx.example.com",	true },
	{ "*mx.example.com",	"a.mx.example.com",	false },
	{ "a.*.com",		"a.b.com",		true },
	{ "a.*.com",		"a.bc.com",		true },
	{ "a.*.com",		"a.b.c.com",		false },
	{ "a.*.com",		"a.com",		false },
	{ "a.*",		"a.b",			true },
	{ "a.*",		"a.b.c",		false },
	{ "*",			"anything",		true },
	{ "*",			"any.thing",		false },
	{ "*",			"",			true },
	{ "*.*",		"a.b",			true },
	{ "*.*",		"a.b.c",		true },
	{ "*.*",		"a",			false },
	{ "*a*b*.x",		"aabb.x",		true },
	{ "*a*b*.x",		"ba.x",			false },
	{ "*a*b*.x",		"a.b.x",		false },
	{ "*ab.*ab",		"aab.aab",		true },
	{ "*ab.*ab",		"ab.ab.ab",		false },
	{ "*ab.c",		"abab.c",		true },
	{ "example-com.*.gappssmtp.com",
	    "example-com.20230601.gappssmtp.com",	true },
	{ "example-com.*.gappssmtp.com",
	    "evil-com.20230601.gappssmtp.com",		false },
	{ "example-com.*.gappssmtp.com",
	    "example-com.evil.20230601.gappssmtp.com",	false },
	{ "example-com.*.gappssmtp.com",
	    "example-com.20230601.gappssmtp.com.evil.example", false },
	{ "*.a*.example.com",	"x.ab.example.com",	true },
	{ "*.a*.example.com",	"x.y.a.example.com",	true },
	{ "*.a*.example.com",	"ab.example.com",	false },
	{ "*.a*.example.com",	"x.ba.example.com",	false },
};

static const struct {
	const char	*pattern, *text;
	bool		 matches;
} texts[] = {
	{ "Foo, Inc.",		"foo, inc.",		true },
	{ "Foo, Inc.",		"Foo, Inc",		false },
	{ "Foo, Inc.",		"Foo, Inc. ",		false },
	{ "*",			"",			true },
	{ "**",			"",			true },
	{ "*",			"a@b.c",		true },
	{ "",			"",			true },
	{ "",			"a",			false },
	{ "a",			"",			false },
	{ "*@example.com",	"a@example.com",	true },
	{ "*@example.com",	"a@b@example.com",	true },
	{ "*@example.com",	"a@sub.example.com",	false },
	{ "*@example.com",	"a@example.com.",	false },
	{ "*@example.com",	"a@example.com.evil.example", false },
	{ "*@*.example.com",	"a@b.c.example.com",	true },
	{ "bounce-*@*",		"bounce-1@x",		true },
	{ "bounce-*@*",		"bounce-1",		false },
	{ "a*b*c",		"abc",			true },
	{ "a*b*c",		"axxbxxc",		true },
	{ "a*b*c",		"acb",			false },
	{ "a*bc",		"abbc",			true },
	{ "a*bc",		"abcbcb",		false },
	{ "a*bc",		"abcbcbc",		true },
	{ "a?c",		"abc",			false },
	{ "a[b]c",		"abc",			false },
	{ "a\\*c",		"a*c",			false },
	{ "a\\*c",		"a\\bc",		true },
	{ "\xc3\xa9",		"\xc3\xa9",		true },
	{ "\xc3\xa9",		"\xc3\x89",		false },
};

static void
matches_domains(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(domains) / sizeof(domains[0]); i++)
		if (pattern_domain_matches(domains[i].pattern,
		    domains[i].name) != domains[i].matches)
			fail_msg("%s against %s: wanted %d",
			    domains[i].pattern, domains[i].name,
			    domains[i].matches);
}

static void
matches_texts(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (pattern_text_matches(texts[i].pattern, texts[i].text,
		    strlen(texts[i].text)) != texts[i].matches)
			fail_msg("%s against %s: wanted %d",
			    texts[i].pattern, texts[i].text,
			    texts[i].matches);
}

/*
 * Trying every split of the text between 32 stars would take more than 10^90
 * steps: that this ends at all is the proof.
 */
static void
many_stars_end(void **state)
{
	char pattern[2 * 32 + 8], text[4096];
	size_t i;

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (i = 0; i < 64; i += 2)
		memcpy(pattern + i, "*a", 2);
	memcpy(pattern + 64, "b", 2);
	assert_false(pattern_text_matches(pattern, text, strlen(text)));
	assert_false(pattern_domain_matches(pattern, text));
	memcpy(pattern + 64, "*b.a", 5);
	assert_false(pattern_domain_matches(pattern, text));
	memcpy(pattern, "*.", 2);
	for (i = 1; i < sizeof(text) - 1; i += 2)
		text[i] = '.';
	assert_false(pattern_domain_matches(pattern, text));
}

/*
 * Every pattern and text of up to five letters of a few, against the
 * definition, written as plainly as it can be.
 */
static bool
defined(const char *pattern, const char *text, char stop)
{
	if (*pattern == '\0')
		return *text == '\0';
	if (*pattern == '*')
		return defined(pattern + 1, text, stop) || (*text != '\0' &&
		    *text != stop && defined(pattern, text + 1, stop));
	return *pattern == *text && defined(pattern + 1, text + 1, stop);
}

/* The n-th word of an alphabet; an octet 0 ends it. */
static void
nth_word(unsigned int n, const char *alphabet, char word[6])
{
	unsigned int base = (unsigned int)strlen(alphabet) + 1, i;

	for (i = 0; i < 5; i++, n /= base)
		word[i] = n % base == 0 ? '\0' : alphabet[n % base - 1];
	word[5] = '\0';
}

static void
agrees_with_the_definition(void **state)
{
	char pattern[6], text[6];
	unsigned int i, j;

	(void)state;
	for (i = 0; i < 4 * 4 * 4 * 4 * 4; i++)
		for (j = 0; j < 4 * 4 * 4 * 4 * 4; j++) {
			nth_word(i, "*a.", pattern);
			nth_word(j, "ab.", text);
			if (pattern_text_matches(pattern, text,
			    strlen(text)) != defined(pattern, text, '\0'))
				fail_msg("%s, %s", pattern, text);
			if (strncmp(pattern, "*.", 2) == 0 ||
			    (*text != '\0' &&
			    text[strlen(text) - 1] == '.'))
				continue;
			if (pattern_domain_matches(pattern, text) !=
			    defined(pattern, text, '.'))
				fail_msg("domain: %s, %s", pattern, text);
		}
}

static const struct {
	const char	*a, *b;
	bool		 meet;
} pairs[] = {
	{ "example.com", "example.com", true },
	{ "Example.COM", "example.com", true },
	{ "example.com", "example.net", false },
	{ "example.com", "*.example.com", false },
	{ "a.example.com", "*.example.com", true },
	{ "a.b.example.com", "*.example.com", true },
	{ "*.example.com", "*.example.com", true },
	{ "*.a.example.com", "*.example.com", true },
	{ "*.a.example.com", "*.b.example.com", false },
	{ "mail*.example.com", "*.example.com", true },
	{ "mail*.example.com", "*relay.example.com", true },
	{ "mail*.example.com", "web*.example.com", false },
	{ "mail*.example.com", "mail.example.com", true },
	{ "mail*.example.com", "mail1.a.example.com", false },
	{ "a-*.example.com", "*.example.com", true },
	{ "contoso.onmicrosoft.com", "*.example.com", false },
	{ "*.a", "*.b.a", true },
};

static void
domains_meet(void **state)
{
	char longest[300] = "*";
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (pattern_domains_meet(pairs[i].a, pairs[i].b) !=
		    pairs[i].meet || pattern_domains_meet(pairs[i].b,
		    pairs[i].a) != pairs[i].meet)
			fail_msg("%s, %s", pairs[i].a, pairs[i].b);
	memset(longest + 1, 'a', sizeof(longest) - 2);
	assert_true(pattern_domains_meet(longest, "b"));
}

#define NPATTERNS	(4 * 4 * 4 * 4)
#define NNAMES		(3 * 3 * 3 * 3 * 3 * 3 * 3)

/* The n-th name of letters and dots, no label of it empty; else false. */
static bool
nth_name(unsigned int n, char name[8])
{
	unsigned int i, len = 0;

	for (i = 0; i < 7; i++, n /= 3)
		if (n % 3 != 0)
			name[len++] = "a."[n % 3 - 1];
		else if (n != 0)
			return false;
	name[len] = '\0';
	return len > 0 && name[0] != '.' && name[len - 1] != '.' &&
	    strstr(name, "..") == NULL;
}

/* Whether a pattern is not empty, nor one of its labels. */
static bool
is_pattern(const char *pattern)
{
	size_t len = strlen(pattern);

	return len > 0 && pattern[0] != '.' && pattern[len - 1] != '.' &&
	    strstr(pattern, "..") == NULL;
}

/* Two patterns meet if a name of up to seven letters matches both. */
static void
meet_agrees_with_matches(void **state)
{
	static bool matched[NPATTERNS][NNAMES];
	char a[6], b[6], name[8];
	unsigned int i, j, k;
	bool meet;

	(void)state;
	for (i = 0; i < NPATTERNS; i++)
		for (k = 0; k < NNAMES; k++) {
			nth_word(i, "*a.", a);
			matched[i][k] = nth_name(k, name) &&
			    pattern_domain_matches(a, name);
		}
	for (i = 0; i < NPATTERNS; i++)
		for (j = 0; j < NPATTERNS; j++) {
			nth_word(i, "*a.", a);
			nth_word(j, "*a.", b);
			if (!is_pattern(a) || !is_pattern(b))
				continue;
			for (k = 0, meet = false; k < NNAMES && !meet; k++)
				meet = matched[i][k] && matched[j][k];
			if (meet && !pattern_domains_meet(a, b))
				fail_msg("%s, %s: do not meet", a, b);
			/* What meets in an empty label only is no matter. */
			if (!meet && pattern_domains_meet(a, b) &&
			    strspn(a, "*") == 0 && strspn(b, "*") == 0)
				fail_msg("%s, %s: meet", a, b);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches_domains),
		cmocka_unit_test(matches_texts),
		cmocka_unit_test(many_stars_end),
		cmocka_unit_test(agrees_with_the_definition),
		cmocka_unit_test(domains_meet),
		cmocka_unit_test(meet_agrees_with_matches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
