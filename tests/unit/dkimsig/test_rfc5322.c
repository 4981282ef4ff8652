/* SPDX-License-Identifier: ISC */

/*
 * The From grammar: how many mailboxes and groups a field has, and what
 * stands after the "@" of the last one, octet by octet.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dkimsig/rfc5322.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))

static const struct {
	const char	*in;
	size_t		 nmailboxes, ngroups;
	enum rfc5322_domain_kind kind;
	const char	*text;
} right[] = {
	{ "",				0, 0, RFC5322_DOMAIN_ABSENT, "" },
	{ ",,(x),",			0, 0, RFC5322_DOMAIN_ABSENT, "" },
	{ "<>",				1, 0, RFC5322_DOMAIN_ABSENT, "" },
	{ "a",				1, 0, RFC5322_DOMAIN_ABSENT, "" },
	{ "a.b",			1, 0, RFC5322_DOMAIN_ABSENT, "" },
	{ "\"a b\"",			1, 0, RFC5322_DOMAIN_ABSENT, "" },
	{ "A <b>",			1, 0, RFC5322_DOMAIN_ABSENT, "" },
	{ "a@b",			1, 0, RFC5322_DOMAIN_NAME, "b" },
	{ "a@B.c",			1, 0, RFC5322_DOMAIN_NAME, "B.c" },
	{ "a@ B (x) . (y) c ",		1, 0, RFC5322_DOMAIN_NAME, "B.c" },
	{ "a@b!#$%&'*+-/=?^_`{|}~0",	1, 0, RFC5322_DOMAIN_NAME,
	    "b!#$%&'*+-/=?^_`{|}~0" },
	{ "a@[b c]",			1, 0, RFC5322_DOMAIN_LITERAL, "" },
	{ "a@b,c@d",			2, 0, RFC5322_DOMAIN_NAME, "d" },
	{ "a@b,c",			2, 0, RFC5322_DOMAIN_ABSENT, "" },
	{ "a@b,c@[d]",			2, 0, RFC5322_DOMAIN_LITERAL, "" },
	{ "a,<>,b@c,",			3, 0, RFC5322_DOMAIN_NAME, "c" },
	{ "g:;",			0, 1, RFC5322_DOMAIN_ABSENT, "" },
	{ "g:a@b,c@d;",			0, 1, RFC5322_DOMAIN_ABSENT, "" },
	{ "a@b,g:c@d;",			1, 1, RFC5322_DOMAIN_NAME, "b" },
	{ "g:c@d;,a@b,h:;",		1, 2, RFC5322_DOMAIN_NAME, "b" },
	{ "<@x,@y:a@b>",		1, 0, RFC5322_DOMAIN_NAME, "b" },
};

static const char *const wrong[] = {
	"a b", "a@", "@a", "a@b@c", "a@b c", "<a@b", "a@b>", "<a@b>c", "(", ")",
	"\"", "a@b;", ":", ";", "g:", "g:;x", "g:h:;;", "[a]", "a@[", "a@]",
	"a@[b]c", "a@b[c]", "\\a@b", "a\\", "<@a:>", "<@a>", "<a:b@c>", "..",
	"a@b.", "a@.b", "a@b..c", "a@\"b\"", "\x01", "\x7f", "\x80", "\r", "\n",
	"\r\n", "\r\na", "a\r\n", "\r \n",
};

static void
test_right(void **state)
{
	struct rfc5322_from from;
	size_t i, len;
	int r;

	(void)state;
	for (i = 0; i < N(right); i++) {
		memset(&from, 0x5a, sizeof(from));
		r = rfc5322_from(view_str(right[i].in), &from);
		if (r != 0 || from.nmailboxes != right[i].nmailboxes ||
		    from.ngroups != right[i].ngroups ||
		    from.domain.kind != right[i].kind)
			fail_msg("\"%s\": %d, %zu, %zu", right[i].in, r,
			    from.nmailboxes, from.ngroups);
		len = strlen(right[i].text);
		if (from.domain.kind == RFC5322_DOMAIN_NAME &&
		    (from.domain.is_truncated || from.domain.len != len ||
		    memcmp(from.domain.text, right[i].text, len) != 0))
			fail_msg("\"%s\": \"%.*s\"", right[i].in,
			    (int)from.domain.len, from.domain.text);
	}
}

static void
test_wrong(void **state)
{
	struct rfc5322_from from;
	size_t i;

	(void)state;
	for (i = 0; i < N(wrong); i++)
		if (rfc5322_from(view_str(wrong[i]), &from) !=
		    DKIMSIG_E_SYNTAX)
			fail_msg("\"%s\" is taken", wrong[i]);
}

/*
 * Between before and after each octet may stand but the controls, what is not
 * ASCII, and those in special, which have a meaning there.
 */
static const struct {
	const char	*before, *after, *special;
} places[] = {
	{ "a",		" <b@c.d>",	"()<>[]:;@\\,\"" },
	{ "\"a",	"b\" <b@c.d>",	"\"\\" },
	{ "(a",		"b) b@c.d",	"()\\" },
	{ "a",		"b@c.d",	"()<>[]:;@\\,\" \t" },
	{ "\"a",	"b\"@c.d",	"\"\\" },
	{ "b@[a",	"b]",		"[]\\" },
	{ "b@a",	"b",		"()<>[]:;@\\,\" \t" },
	{ "\"a\\",	"\" <b@c.d>",	"" },
	{ "(a\\",	") b@c.d",	"" },
};

static void
test_octets(void **state)
{
	struct rfc5322_from from;
	char text[64];
	size_t i;
	int c, len, want, r;

	(void)state;
	for (i = 0; i < N(places); i++)
		for (c = 0; c < 256; c++) {
			len = snprintf(text, sizeof(text), "%s_%s",
			    places[i].before, places[i].after);
			text[strlen(places[i].before)] = (char)c;
			if (c != 0 && strchr(places[i].special, c) != NULL)
				continue;
			want = c == '\t' || (c >= ' ' && c < 0x7f) ?
			    0 : DKIMSIG_E_SYNTAX;
			r = rfc5322_from(view_of(text, (size_t)len), &from);
			if (r != want || (r == 0 && from.nmailboxes != 1))
				fail_msg("\"%s\", octet %d: %d",
				    places[i].before, c, r);
		}
}

static void
test_long_domain(void **state)
{
	struct rfc5322_from from;
	char text[2 + RFC5322_DOMAIN_SIZE + 1];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[1] = '@';
	assert_int_equal(rfc5322_from(view_of(text, sizeof(text) - 1), &from),
	    0);
	assert_false(from.domain.is_truncated);
	assert_int_equal(from.domain.len, RFC5322_DOMAIN_SIZE);
	assert_int_equal(rfc5322_from(view_of(text, sizeof(text)), &from), 0);
	assert_true(from.domain.is_truncated);
}

static void
test_depth(void **state)
{
	struct rfc5322_from from;
	char text[2 * (RFC5322_MAX_COMMENTS + 1)];
	size_t n = RFC5322_MAX_COMMENTS;

	(void)state;
	memset(text, '(', n);
	memset(text + n, ')', n);
	assert_int_equal(rfc5322_from(view_of(text, 2 * n), &from), 0);
	n++;
	memset(text, '(', n);
	memset(text + n, ')', n);
	assert_int_equal(rfc5322_from(view_of(text, 2 * n), &from),
	    DKIMSIG_E_TOOBIG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_right),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_octets),
		cmocka_unit_test(test_long_domain),
		cmocka_unit_test(test_depth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
