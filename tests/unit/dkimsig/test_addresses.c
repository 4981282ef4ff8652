/* SPDX-License-Identifier: ISC */

/*
 * The addresses of From fields: local parts that all readers agree about,
 * those that they do not, mentions, and the limits.
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

#define SURE	false
#define UNSURE	true

/* Addresses with a blank between them; a local part that is not certain is
 * written as "?". */
static const struct {
	const char	*in, *addresses;
	bool		 is_unsure;
} cases[] = {
	/* Valid fields. */
	{ "a@d.test",				"a@d.test", SURE },
	{ " \r\n a@d.test ",			"a@d.test", SURE },
	{ "A <a@D.Test>",			"a@d.test", SURE },
	{ "A <Ann.Other@d.test>",		"Ann.Other@d.test", SURE },
	{ "A < a@d.test>",			"a@d.test", SURE },
	{ "a@d.test, B <b@e.test>",		"a@d.test b@e.test", SURE },
	{ "a@d.test, b@d.test, a@d.test",	"a@d.test b@d.test", SURE },
	{ "A: a@d.test, b@d.test;",		"a@d.test b@d.test", UNSURE },
	{ "a@d.test, A@d.test",			"a@d.test A@d.test", SURE },
	{ "o'brien@d.test",			"o'brien@d.test", SURE },
	{ "a+b/c=d@d.test",			"a+b/c=d@d.test", SURE },
	{ "j\xc3\xbcrgen@d.test",		"j\xc3\xbcrgen@d.test", SURE },
	{ "a@stra\xc3\x9f" "e.test",
	    "a@xn--strae-oqa.test a@strasse.test", SURE },
	/* Quoted local parts. */
	{ "\"a\"@d.test",			"a@d.test", SURE },
	{ "\"a b\"@d.test",			"a b@d.test", SURE },
	{ "A <\"a b\"@d.test>",			"a b@d.test", SURE },
	{ "\"a\", \"b\"@d.test",		"b@d.test", UNSURE },
	{ "\"a@e.test\"@d.test",		"a@e.test@d.test a@e.test",
	    SURE },
	{ "\"a\\b\"@d.test",			"?@d.test", SURE },
	{ "\"a\\\"b\"@d.test",			"?@d.test b@d.test", SURE },
	{ "\"\"@d.test",			"?@d.test", SURE },
	{ "\"a\".b@d.test",			"?@d.test", SURE },
	{ "a.\"b\"@d.test",			"?@d.test b@d.test", SURE },
	/* Blanks and comments, about which readers disagree. */
	{ "a @d.test",				"?@d.test", SURE },
	{ "a . b@d.test",			"?@d.test b@d.test", SURE },
	{ "(x)a@d.test",			"?@d.test a@d.test", SURE },
	{ "a(x)@d.test",			"?@d.test", SURE },
	{ "A <(x) a@d.test>",			"?@d.test a@d.test", SURE },
	{ "\xc2\xa0" "a@d.test",		"?@d.test", SURE },
	{ "a\xe2\x80\x83@d.test",		"?@d.test", SURE },
	{ "j\xfcrgen@d.test",			"?@d.test", SURE },
	/* Mentions: the word in front. */
	{ "\"a@d.test\" <b@d.test>",		"b@d.test a@d.test", SURE },
	{ "\"A a@d.test\" <b@d.test>",		"b@d.test a@d.test", SURE },
	{ "\"A <a@d.test>\" <b@d.test>",	"b@d.test a@d.test", SURE },
	{ "\"'b@d.test'\" <b@d.test>",		"b@d.test", SURE },
	{ "\"a @d.test\" <b@d.test>",		"b@d.test ?@d.test", SURE },
	{ "\"@d.test\" <b@d.test>",		"b@d.test ?@d.test", SURE },
	{ "\"..a@d.test\" <b@d.test>",		"b@d.test ?@d.test", SURE },
	{ "\"c\\eo@d.test\" <b@d.test>",	"b@d.test ?@d.test", SURE },
	{ "\"\\\"a\\\"@d.test\" <b@d.test>",	"b@d.test ?@d.test", SURE },
	{ "b@d.test (a@d.test)",		"b@d.test a@d.test", SURE },
	{ "b@d.test (a@d.test via (c@d.test))",
	    "b@d.test a@d.test c@d.test", UNSURE },
	{ "=?utf-8?q?a=40d.test?= <b@d.test>",	"b@d.test a@d.test", SURE },
	{ "=?utf-8?b?YUBkLnRlc3Q=?= <b@d.test>", "b@d.test a@d.test", SURE },
	{ "=?utf-8?q?a@d.test?= <b@d.test>",	"a@d.test b@d.test",
	    UNSURE },
	{ "=?utf-8?q?=22a=40d.test=22?= <b@d.test>",
	    "b@d.test a@d.test", SURE },
	{ "=?utf-8?q?\"a=40d.test\"?= <b@d.test>",
	    "b@d.test a@d.test", UNSURE },
	{ "<@e.test:a@d.test>",			"?@d.test ?@e.test a@d.test",
	    SURE },
	{ "\"a@\" <b@d.test>",			"b@d.test", SURE },
	{ "\"a@home\" <b@d.test>",		"b@d.test", SURE },
	/* Not valid, and all readers agree. */
	{ "A, Inc. <a@d.test>",			"a@d.test", SURE },
	{ "A. B., C. <a@d.test>",		"a@d.test", SURE },
	{ "a@d.test <a@d.test>",		"a@d.test", SURE },
	{ "a@d.test\r\n <a@d.test>",		"a@d.test", SURE },
	{ "a@d.test <b@d.test>",		"a@d.test b@d.test", SURE },
	{ "=?utf-8?q?M=C3=BC?=, Inc. <a@d.test>", "a@d.test", SURE },
	/* Not valid, and they do not. */
	{ "A B a@d.test",			"a@d.test", UNSURE },
	{ "A b@d.test <a@d.test>",		"b@d.test a@d.test", UNSURE },
	{ "'a@d.test' <a@d.test>",		"a@d.test", UNSURE },
	{ "A <'a@d.test>",			"'a@d.test a@d.test", SURE },
	{ "<ce><o@d.test>",			"o@d.test", UNSURE },
	{ "A <ce> <o@d.test>",			"o@d.test", UNSURE },
	{ "A <a@d.test",			"a@d.test", UNSURE },
	{ "A <a@d.test>>",			"a@d.test", UNSURE },
	{ "A <a@d.test> B",			"a@d.test", UNSURE },
	{ "A [B] <a@d.test>",			"a@d.test", UNSURE },
	{ "A; B <a@d.test>",			"a@d.test", UNSURE },
	{ "A <a.@d.test>",			"?@d.test", UNSURE },
	{ "A <.a@d.test>",			"?@d.test", UNSURE },
	{ "A <a b@d.test>",			"b@d.test", UNSURE },
	{ "A <mailto:a@d.test>",		"a@d.test", UNSURE },
	{ "su(x)pport@d.test <b@d.test>",
	    "pport@d.test b@d.test", UNSURE },
	{ "=?utf-8?q?ceo?=@d.test",		"?@d.test ceo@d.test",
	    UNSURE },
	{ "=?utf-8?q?=3Cceo=40d.test=3E?=",	"ceo@d.test", UNSURE },
	{ "a@localhost",			"", UNSURE },
	{ "a@[192.0.2.1]",			"", UNSURE },
	{ "a@d.test, b",			"a@d.test", UNSURE },
	/* No address. */
	{ "",					"", SURE },
	{ "A B",				"", SURE },
	{ "A: ;",				"", SURE },
	{ "b@d.test, A: ;",			"b@d.test", UNSURE },
};

static struct dkimsig_authors *
make(void)
{
	struct dkimsig_authors *a;

	assert_int_equal(dkimsig_authors_new(&a), 0);
	dkimsig_authors_keep_addresses(a);
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
check(const struct dkimsig_authors *a, const char *what, const char *want,
    bool is_unsure)
{
	const char *local;
	char found[1024] = "";
	size_t i, len = 0;

	for (i = 0; i < dkimsig_authors_naddresses(a); i++) {
		local = dkimsig_authors_address_local(a, i);
		len += (size_t)snprintf(found + len, sizeof(found) - len,
		    "%s%s@%s", i > 0 ? " " : "", local != NULL ? local : "?",
		    dkimsig_authors_address_domain(a, i));
		assert_true(len < sizeof(found));
	}
	if (strcmp(found, want) != 0 ||
	    dkimsig_authors_addresses_uncertain(a) != is_unsure)
		fail_msg("%s: \"%s\"%s", what, found,
		    dkimsig_authors_addresses_uncertain(a) ? ", unsure" : "");
}

static void
test_fields(void **state)
{
	struct dkimsig_authors *a;
	size_t i;

	(void)state;
	for (i = 0; i < N(cases); i++) {
		a = make();
		add(a, cases[i].in, strlen(cases[i].in));
		check(a, cases[i].in, cases[i].addresses, cases[i].is_unsure);
		dkimsig_authors_free(a);
	}
}

/* Addresses are kept only for those who ask, and the rest is the same. */
static void
test_not_asked(void **state)
{
	struct dkimsig_authors *a, *kept;
	size_t i;

	(void)state;
	for (i = 0; i < N(cases); i++) {
		assert_int_equal(dkimsig_authors_new(&a), 0);
		kept = make();
		add(a, cases[i].in, strlen(cases[i].in));
		add(kept, cases[i].in, strlen(cases[i].in));
		assert_int_equal(dkimsig_authors_naddresses(a), 0);
		assert_int_equal(dkimsig_authors_count(a),
		    dkimsig_authors_count(kept));
		assert_int_equal(dkimsig_authors_nmentions(a),
		    dkimsig_authors_nmentions(kept));
		assert_int_equal(dkimsig_authors_uncertain(a),
		    dkimsig_authors_uncertain(kept));
		dkimsig_authors_free(a);
		dkimsig_authors_free(kept);
	}
}

static void
test_several_fields(void **state)
{
	struct dkimsig_authors *a = make();

	(void)state;
	check(a, "none", "", false);
	assert_null(dkimsig_authors_address_local(a, 0));
	assert_null(dkimsig_authors_address_domain(a, 0));
	add(a, "a@d.test", 8);
	add(a, "b@d.test", 8);
	check(a, "two", "a@d.test b@d.test", false);
	add(a, "A c@d.test", 10);
	check(a, "three", "a@d.test b@d.test c@d.test", true);
	dkimsig_authors_free(a);
}

static void
test_longest_local(void **state)
{
	char value[DKIMSIG_MAX_LOCAL + sizeof("x@d.test")];
	struct dkimsig_authors *a = make();

	(void)state;
	memset(value, 'x', DKIMSIG_MAX_LOCAL + 1);
	memcpy(value + DKIMSIG_MAX_LOCAL + 1, "@d.test", 8);
	add(a, value + 1, strlen(value + 1));
	assert_int_equal(dkimsig_authors_naddresses(a), 1);
	assert_int_equal(strlen(dkimsig_authors_address_local(a, 0)),
	    DKIMSIG_MAX_LOCAL);
	add(a, value, strlen(value));
	assert_int_equal(dkimsig_authors_naddresses(a), 2);
	assert_null(dkimsig_authors_address_local(a, 1));
	dkimsig_authors_free(a);
}

static void
test_most_addresses(void **state)
{
	struct dkimsig_authors *a = make();
	char value[32];
	size_t i;

	(void)state;
	for (i = 0; i < DKIMSIG_MAX_AUTHORS; i++) {
		(void)snprintf(value, sizeof(value), "a%zu@d.test", i);
		add(a, value, strlen(value));
	}
	assert_int_equal(dkimsig_authors_naddresses(a), DKIMSIG_MAX_AUTHORS);
	assert_false(dkimsig_authors_addresses_uncertain(a));
	add(a, "more@d.test", 11);
	assert_int_equal(dkimsig_authors_naddresses(a), DKIMSIG_MAX_AUTHORS);
	assert_true(dkimsig_authors_addresses_uncertain(a));
	assert_false(dkimsig_authors_uncertain(a));
	dkimsig_authors_free(a);
}

/* More mentions than are examined may hide an address. */
static void
test_most_mentions(void **state)
{
	static const char piece[] = "a@d.test ";
	const size_t len = sizeof(piece) - 1;
	struct dkimsig_authors *a = make();
	char *value = malloc((DKIMSIG_MAX_ADDRSPECS + 2) * len);
	size_t n = 0, i;

	(void)state;
	assert_non_null(value);
	value[n++] = '"';
	for (i = 0; i + 1 < DKIMSIG_MAX_ADDRSPECS; i++, n += len)
		memcpy(value + n, piece, len);
	memcpy(value + n, "\" <b@d.test>", 12);
	add(a, value, n + 12);
	check(a, "as many as may be", "b@d.test a@d.test", false);
	dkimsig_authors_free(a);
	a = make();
	memcpy(value + n, "c@d.test\" <b@d.test>", 20);
	add(a, value, n + 20);
	check(a, "one more", "b@d.test a@d.test c@d.test", true);
	assert_false(dkimsig_authors_uncertain(a));
	dkimsig_authors_free(a);
	free(value);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_not_asked),
		cmocka_unit_test(test_several_fields),
		cmocka_unit_test(test_longest_local),
		cmocka_unit_test(test_most_addresses),
		cmocka_unit_test(test_most_mentions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
