/* SPDX-License-Identifier: ISC */

/*
 * Patterns of addresses: how they are read, what a list of them allows, and
 * how two lists relate.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/address_pattern.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))
#define MOST	4	/* patterns of a list here */

/* One character, composed and decomposed. */
#define UE	"\xc3\xbc"
#define U_E	"u\xcc\x88"

static const struct {
	const char	*text, *want;	/* NULL: a fault */
	enum address_pattern_fault fault;
} patterns[] = {
	{ "a@example.com",		"a@example.com", ADDRESS_PATTERN_OK },
	{ "A@Example.COM",		"A@example.com", ADDRESS_PATTERN_OK },
	{ "*@example.com",		"*@example.com", ADDRESS_PATTERN_OK },
	{ "*@*.example.com",		"*@*.example.com",
	    ADDRESS_PATTERN_OK },
	{ "a@*.Example.com.",		"a@*.example.com",
	    ADDRESS_PATTERN_OK },
	{ "!a@example.com",		"!a@example.com", ADDRESS_PATTERN_OK },
	{ "!*@example.com",		"!*@example.com", ADDRESS_PATTERN_OK },
	{ "a@b@example.com",		"a@b@example.com",
	    ADDRESS_PATTERN_OK },
	{ "\"a\"@example.com",		"a@example.com", ADDRESS_PATTERN_OK },
	{ "\"a b\"@example.com",	"a b@example.com",
	    ADDRESS_PATTERN_OK },
	{ "\"a@b\"@example.com",	"a@b@example.com",
	    ADDRESS_PATTERN_OK },
	{ "\"a\\\"b\"@example.com",	"a\"b@example.com",
	    ADDRESS_PATTERN_OK },
	{ "\"a\\\\\"@example.com",	"a\\@example.com",
	    ADDRESS_PATTERN_OK },
	{ "!\"a b\"@example.com",	"!a b@example.com",
	    ADDRESS_PATTERN_OK },
	{ "!\"!a\"@example.com",	"!!a@example.com",
	    ADDRESS_PATTERN_OK },
	{ "a@b" UE "cher.example",	"a@xn--bcher-kva.example",
	    ADDRESS_PATTERN_OK },
	{ "j" UE "rgen@example.com",	"j" UE "rgen@example.com",
	    ADDRESS_PATTERN_OK },
	{ "j" U_E "rgen@example.com",	"j" UE "rgen@example.com",
	    ADDRESS_PATTERN_OK },
	{ "",				NULL, ADDRESS_PATTERN_NO_AT },
	{ "!",				NULL, ADDRESS_PATTERN_NO_AT },
	{ "example.com",		NULL, ADDRESS_PATTERN_NO_AT },
	{ "@example.com",		NULL, ADDRESS_PATTERN_NO_AT },
	{ "!@example.com",		NULL, ADDRESS_PATTERN_NO_AT },
	{ "\"\"@example.com",		NULL, ADDRESS_PATTERN_BAD_LOCAL },
	{ "\"@example.com",		NULL, ADDRESS_PATTERN_BAD_LOCAL },
	{ "\"a@example.com",		NULL, ADDRESS_PATTERN_BAD_LOCAL },
	{ "a\"@example.com",		NULL, ADDRESS_PATTERN_BAD_LOCAL },
	{ "\"a\"b\"@example.com",	NULL, ADDRESS_PATTERN_BAD_LOCAL },
	{ "\"a\\\"@example.com",	NULL, ADDRESS_PATTERN_BAD_LOCAL },
	{ "\"a\\\\\"b\"@example.com",	NULL, ADDRESS_PATTERN_BAD_LOCAL },
	{ "a b@example.com",		NULL, ADDRESS_PATTERN_BAD_LOCAL },
	{ "a\\b@example.com",		NULL, ADDRESS_PATTERN_BAD_LOCAL },
	{ "a\tb@example.com",		NULL, ADDRESS_PATTERN_BAD_LOCAL },
	{ "\"a\tb\"@example.com",	NULL, ADDRESS_PATTERN_BAD_LOCAL },
	{ "a\x7f@example.com",		NULL, ADDRESS_PATTERN_BAD_LOCAL },
	{ "j\xfcrgen@example.com",	NULL, ADDRESS_PATTERN_BAD_LOCAL },
	{ "\"!a\"@example.com",		NULL, ADDRESS_PATTERN_EXCLAMATION },
	{ "a@",				NULL, ADDRESS_PATTERN_BAD_DOMAIN },
	{ "a@*",			NULL, ADDRESS_PATTERN_BAD_DOMAIN },
	{ "a@*.",			NULL, ADDRESS_PATTERN_BAD_DOMAIN },
	{ "a@*.com",			NULL, ADDRESS_PATTERN_BAD_DOMAIN },
	{ "a@com",			NULL, ADDRESS_PATTERN_BAD_DOMAIN },
	{ "a@*example.com",		NULL, ADDRESS_PATTERN_BAD_DOMAIN },
	{ "a@x.*.example.com",		NULL, ADDRESS_PATTERN_BAD_DOMAIN },
	{ "a@[192.0.2.1]",		NULL, ADDRESS_PATTERN_BAD_DOMAIN },
	{ "a@example.com>",		NULL, ADDRESS_PATTERN_BAD_DOMAIN },
	{ "<a@example.com>",		NULL, ADDRESS_PATTERN_BAD_DOMAIN },
};

#define YES	true
#define NO	false

/* A list, separated by blanks, and an address: may it be signed for? */
static const struct {
	const char	*list, *local, *domain;
	bool		 allows;
} lists[] = {
	/* Names. */
	{ "a@d.test",		"a",	"d.test",	YES },
	{ "a@d.test",		"A",	"d.test",	YES },
	{ "A@d.test",		"a",	"d.test",	YES },
	{ "a@d.test",		"b",	"d.test",	NO },
	{ "a@d.test",		"aa",	"d.test",	NO },
	{ "aa@d.test",		"a",	"d.test",	NO },
	{ "a@d.test",		"",	"d.test",	NO },
	{ "a@d.test",		"a",	"e.test",	NO },
	{ "a@d.test",		"a",	"x.d.test",	NO },
	{ "a@d.test",		"a",	"d.test.evil.test", NO },
	{ "a@d.test",		"a@d.test", "d.test",	NO },
	{ "a@d.test",		"ceo@d.test>, a", "d.test", NO },
	{ "a@d.test",		"a\n",	"d.test",	NO },
	{ "a@d.test",		" a",	"d.test",	NO },
	{ "a@d.test",		"a+x",	"d.test",	NO },
	{ "a@d.test",		"a.",	"d.test",	NO },
	{ "first.last@d.test",	"first.last", "d.test",	YES },
	{ "first.last@d.test",	"firstxlast", "d.test",	NO },
	{ "first.last@d.test",	"firstlast", "d.test",	NO },
	{ "a+x@d.test",		"a+x",	"d.test",	YES },
	{ "a+x@d.test",		"aax",	"d.test",	NO },
	{ "a?@d.test",		"ab",	"d.test",	NO },
	{ "[ab]@d.test",	"a",	"d.test",	NO },
	{ "o'brien@d.test",	"O'Brien", "d.test",	YES },
	/* "*" before the "@". */
	{ "*@d.test",		"a",	"d.test",	YES },
	{ "*@d.test",		"a.b+c", "d.test",	YES },
	{ "*@d.test",		"a@b",	"d.test",	YES },
	{ "*@d.test",		UE,	"d.test",	YES },
	{ "*@d.test",		"a",	"x.d.test",	NO },
	{ "*@d.test",		"a",	"xd.test",	NO },
	{ "a*@d.test",		"a",	"d.test",	YES },
	{ "a*@d.test",		"abc",	"d.test",	YES },
	{ "a*@d.test",		"ba",	"d.test",	NO },
	{ "*a@d.test",		"ba",	"d.test",	YES },
	{ "*a@d.test",		"ab",	"d.test",	NO },
	{ "a*c@d.test",		"abc",	"d.test",	YES },
	{ "a*c@d.test",		"ac",	"d.test",	YES },
	{ "a*c@d.test",		"acb",	"d.test",	NO },
	{ "a*b*c@d.test",	"aXbYc", "d.test",	YES },
	{ "a*b*c@d.test",	"acb",	"d.test",	NO },
	{ "**@d.test",		"a",	"d.test",	YES },
	{ "no-reply+*@d.test",	"no-reply+1", "d.test",	YES },
	{ "no-reply+*@d.test",	"no-reply", "d.test",	NO },
	/* "*." after it: one or more labels. */
	{ "*@*.d.test",		"a",	"x.d.test",	YES },
	{ "*@*.d.test",		"a",	"y.x.d.test",	YES },
	{ "*@*.d.test",		"a",	"d.test",	NO },
	{ "*@*.d.test",		"a",	"xd.test",	NO },
	{ "*@*.d.test",		"a",	"x.d.test.evil.test", NO },
	{ "a@*.d.test",		"a",	"x.d.test",	YES },
	{ "a@*.d.test",		"b",	"x.d.test",	NO },
	{ "*@desk.d.test",	"a",	"desk.d.test",	YES },
	{ "*@desk.d.test",	"a",	"d.test",	NO },
	/* Split at the last "@". */
	{ "a@b@d.test",		"a@b",	"d.test",	YES },
	{ "a@b@d.test",		"a",	"d.test",	NO },
	{ "a@b@d.test",		"b",	"d.test",	NO },
	{ "a*@d.test",		"a@d.test", "d.test",	YES },
	/* Quotes are no part of it. */
	{ "\"a\"@d.test",	"a",	"d.test",	YES },
	{ "\"a\"@d.test",	"\"a\"", "d.test",	NO },
	{ "\"a*\"@d.test",	"ab",	"d.test",	YES },
	{ "\"a@b\"@d.test",	"a@b",	"d.test",	YES },
	/* More than one name. */
	{ "a@d.test b@d.test",	"a",	"d.test",	YES },
	{ "a@d.test b@d.test",	"b",	"d.test",	YES },
	{ "a@d.test b@d.test",	"c",	"d.test",	NO },
	{ "a@d.test b@e.test",	"b",	"d.test",	NO },
	{ "a@d.test *@e.test",	"b",	"e.test",	YES },
	{ "a@d.test *@e.test",	"b",	"d.test",	NO },
	/* Exclusions alone mean all others. */
	{ "!a@d.test",		"a",	"d.test",	NO },
	{ "!a@d.test",		"A",	"d.test",	NO },
	{ "!a@d.test",		"b",	"d.test",	YES },
	{ "!a@d.test",		"a",	"e.test",	YES },
	{ "!a@d.test",		"a",	"x.d.test",	YES },
	{ "!a@d.test",		"a+x",	"d.test",	YES },
	{ "!a*@d.test",		"a+x",	"d.test",	NO },
	{ "!*@d.test",		"x",	"d.test",	NO },
	{ "!*@d.test",		"x",	"e.test",	YES },
	{ "!a@*.d.test",	"a",	"x.d.test",	NO },
	{ "!a@*.d.test",	"a",	"d.test",	YES },
	{ "!a@d.test !b@d.test", "a",	"d.test",	NO },
	{ "!a@d.test !b@d.test", "b",	"d.test",	NO },
	{ "!a@d.test !b@d.test", "c",	"d.test",	YES },
	{ "!\"a b\"@d.test",	"x",	"d.test",	YES },
	/* An exclusion wins, wherever it is. */
	{ "*@d.test !a@d.test",	"a",	"d.test",	NO },
	{ "!a@d.test *@d.test",	"a",	"d.test",	NO },
	{ "*@d.test !a@d.test",	"b",	"d.test",	YES },
	{ "a@d.test !a@d.test",	"a",	"d.test",	NO },
	{ "a@d.test !*@d.test",	"a",	"d.test",	NO },
	{ "*@d.test !a@d.test",	"b",	"e.test",	NO },
	{ "*@d.test !a@e.test",	"a",	"d.test",	YES },
	{ "*@*.d.test !*@x.d.test", "a", "x.d.test",	NO },
	{ "*@*.d.test !*@x.d.test", "a", "y.d.test",	YES },
	{ "support@d.test *@desk.d.test !ceo@d.test", "support", "d.test",
	    YES },
	{ "support@d.test *@desk.d.test !ceo@d.test", "ceo", "desk.d.test",
	    YES },
	{ "support@d.test *@desk.d.test !ceo@d.test", "ceo", "d.test", NO },
	{ "support@d.test *@desk.d.test !ceo@d.test", "sales", "d.test", NO },
	/* Beyond ASCII: one form, and case counts. */
	{ "j" UE "rgen@d.test",	"j" UE "rgen", "d.test", YES },
	{ "j" U_E "rgen@d.test", "j" UE "rgen", "d.test", YES },
	{ "J" UE "RGEN@d.test",	"j" UE "rgen", "d.test", YES },
	{ "j\xc3\x9crgen@d.test", "j" UE "rgen", "d.test", NO },
	{ "jurgen@d.test",	"j" UE "rgen", "d.test", NO },
	{ "!j" U_E "rgen@d.test", "j" UE "rgen", "d.test", NO },
	{ "ceo@d.test",		"\xd1\x81" "eo", "d.test", NO },
	/* The fullwidth letters are others. */
	{ "a@d.test",		"\xef\xbd\x81",	"d.test", NO },
	/* Nothing allows all. */
	{ "",			"a",	"d.test",	YES },
};

/* Whether a list names all that it allows. */
static const struct {
	const char	*list;
	bool		 is_closed;
} closed[] = {
	{ "",				NO },
	{ "a@d.test",			YES },
	{ "a@d.test b@*.d.test",	YES },
	{ "a@d.test !b@d.test",		YES },
	{ "a@d.test *@d.test",		NO },
	{ "a*@d.test",			NO },
	{ "!a@d.test",			NO },
	{ "a@d.test !b*@d.test",	YES },
};

static const struct {
	const char	*a, *b;
	bool		 meet;
} pairs[] = {
	{ "a@d.test",		"a@d.test",		YES },
	{ "a@d.test",		"A@d.test",		YES },
	{ "a@d.test",		"b@d.test",		NO },
	{ "a@d.test",		"a@e.test",		NO },
	{ "a@d.test",		"a@*.d.test",		NO },
	{ "a@x.d.test",		"a@*.d.test",		YES },
	{ "a@*.x.d.test",	"a@*.d.test",		YES },
	{ "*@d.test",		"b@d.test",		YES },
	{ "a*@d.test",		"b@d.test",		NO },
	{ "a*@d.test",		"*b@d.test",		YES },
	{ "a@d.test b@d.test",	"c@d.test b@d.test",	YES },
	{ "!a@d.test",		"a@d.test",		YES },
	{ "",			"a@d.test",		YES },
	{ "",			"",			YES },
};

struct parsed {
	char		 texts[MOST][ADDRESS_PATTERN_SIZE];
	const char	*pointers[MOST];
	struct text_list list;
};

/* A blank in quotes separates nothing. */
static void
parse(struct parsed *p, const char *text)
{
	char raw[ADDRESS_PATTERN_SIZE];
	bool is_quoted = false;
	size_t n;

	memset(p, 0, sizeof(*p));
	p->list.texts = p->pointers;
	while (*text != '\0') {
		for (n = 0; text[n] != '\0' && (is_quoted || text[n] != ' ');
		    n++)
			is_quoted ^= text[n] == '"';
		assert_true(n < sizeof(raw) && p->list.n < MOST);
		memcpy(raw, text, n);
		raw[n] = '\0';
		assert_int_equal(address_pattern_parse(raw,
		    p->texts[p->list.n]), ADDRESS_PATTERN_OK);
		p->pointers[p->list.n] = p->texts[p->list.n];
		p->list.n++;
		text += n + (text[n] == ' ');
	}
}

static void
test_patterns(void **state)
{
	char buf[ADDRESS_PATTERN_SIZE];
	enum address_pattern_fault fault;
	size_t i;

	(void)state;
	for (i = 0; i < N(patterns); i++) {
		fault = address_pattern_parse(patterns[i].text, buf);
		if (fault != patterns[i].fault)
			fail_msg("%s: fault %d", patterns[i].text, fault);
		if (fault == ADDRESS_PATTERN_OK &&
		    strcmp(buf, patterns[i].want) != 0)
			fail_msg("%s: %s", patterns[i].text, buf);
	}
}

static void
test_lists(void **state)
{
	struct parsed p;
	size_t i;

	(void)state;
	for (i = 0; i < N(lists); i++) {
		parse(&p, lists[i].list);
		if (address_pattern_list_allows(&p.list, lists[i].local,
		    lists[i].domain) != lists[i].allows)
			fail_msg("{ %s }: %s@%s", lists[i].list,
			    lists[i].local, lists[i].domain);
	}
}

static void
test_closed(void **state)
{
	struct parsed p;
	size_t i;

	(void)state;
	for (i = 0; i < N(closed); i++) {
		parse(&p, closed[i].list);
		if (address_pattern_list_is_closed(&p.list) !=
		    closed[i].is_closed)
			fail_msg("{ %s }", closed[i].list);
	}
}

static void
test_pairs(void **state)
{
	struct parsed a, b;
	size_t i;

	(void)state;
	for (i = 0; i < N(pairs); i++) {
		parse(&a, pairs[i].a);
		parse(&b, pairs[i].b);
		if (address_pattern_lists_meet(&a.list, &b.list) !=
		    pairs[i].meet || address_pattern_lists_meet(&b.list,
		    &a.list) != pairs[i].meet)
			fail_msg("{ %s } and { %s }", pairs[i].a, pairs[i].b);
	}
}

/* The longest local part and the longest domain. */
static void
test_longest(void **state)
{
	char text[2 * ADDRESS_PATTERN_SIZE], buf[ADDRESS_PATTERN_SIZE];
	size_t i, n = 0;

	(void)state;
	memset(text, 'a', ADDRESS_MAX_LOCAL);
	n = ADDRESS_MAX_LOCAL;
	memcpy(text + n, "@*.", 3);
	n += 3;
	for (i = 0; i < DKIMSIG_MAX_DOMAIN; i++)
		text[n++] = i % 50 == 49 ? '.' : 'x';
	text[n] = '\0';
	assert_int_equal(address_pattern_parse(text, buf),
	    ADDRESS_PATTERN_OK);
	assert_string_equal(buf, text);
	memmove(text + 1, text, n + 1);
	assert_int_equal(address_pattern_parse(text, buf),
	    ADDRESS_PATTERN_LONG_LOCAL);
	text[0] = '!';
	assert_int_equal(address_pattern_parse(text, buf),
	    ADDRESS_PATTERN_OK);
	assert_string_equal(buf, text);
}

static void
test_copies(void **state)
{
	char *copy;

	(void)state;
	assert_non_null(copy = address_local_copy("A.b"));
	assert_string_equal(copy, "A.b");
	free(copy);
	assert_non_null(copy = address_local_copy("j" U_E "rgen"));
	assert_string_equal(copy, "j" UE "rgen");
	free(copy);
	assert_null(address_local_copy("j\xfcrgen"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_closed),
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_longest),
		cmocka_unit_test(test_copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
