/* SPDX-License-Identifier: ISC */

/*
 * Kinds of mail, by list, client and hops.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/kind.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))

static const struct {
	const char	*client, *list_id, *way;
	long long	 hops;
	const char	*word;
} cases[] = {
	{ "192.0.2.1",	NULL,	NULL, 2,	"platform" },
	{ "192.0.2.1",	NULL,	NULL, 0,	"direct" },
	{ "192.0.2.1",	"l.example", NULL, 2,	"list" },
	{ "127.0.0.1",	"l.example", NULL, 2,	"list" },
	{ "127.0.0.1",	NULL,	NULL, 2,	"reinjected" },
	{ "127.1.2.3",	NULL,	NULL, 0,	"local" },
	{ "::1",	NULL,	NULL, 1,	"reinjected" },
	{ "::1",	NULL,	NULL, 0,	"local" },
	{ "::12",	NULL,	NULL, 0,	"direct" },
	{ NULL,		NULL,	NULL, 0,	"local" },
	{ "127.0.0.1",	NULL,	NULL, DECISION_NO_HOPS, "platform" },
	/* What the header says about the way before. */
	{ "127.0.0.1",	NULL,	"web", 0,	"local" },
	{ "127.0.0.1",	NULL,	"web", 3,	"local" },
	{ "192.0.2.1",	NULL,	"web", 0,	"direct" },
	{ "192.0.2.1",	NULL,	"web", 2,	"platform" },
	{ "127.0.0.1",	NULL,	"fetched", 3,	"fetched" },
	{ "192.0.2.1",	NULL,	"fetched", 3,	"fetched" },
	{ "127.0.0.1",	NULL,	"filter", 2,	"reinjected" },
	{ "192.0.2.1",	NULL,	"filter", 2,	"reinjected" },
	{ "127.0.0.1",	NULL,	"forwarded", 2,	"forwarded" },
	{ "192.0.2.1",	NULL,	"forwarded", 2,	"forwarded" },
	{ "192.0.2.1",	"l.example", "forwarded", 2, "list" },
	/* A word of a later version. */
	{ "127.0.0.1",	NULL,	"pigeon", 2,	"reinjected" },
};

static void
test_kinds(void **state)
{
	static struct logged_decision d;
	enum mail_kind kind;
	size_t i;

	(void)state;
	for (i = 0; i < N(cases); i++) {
		d.client = cases[i].client;
		d.list_id = cases[i].list_id;
		d.way = cases[i].way;
		d.hops = cases[i].hops;
		kind = kind_of(&d);
		assert_string_equal(kind_word(kind), cases[i].word);
		assert_non_null(kind_name(kind));
		assert_true((kind_advice(kind) == NULL) ==
		    (kind == KIND_PLATFORM));
	}
}

/* Who logs in as a source wants it is no device that could not. */
static void
test_login(void **state)
{
	static struct logged_decision d = { .client = "192.0.2.1",
	    .factors = { .texts = { "tls:holds", "login:holds" } } };

	(void)state;
	d.factors.n = 1;
	assert_string_equal(kind_word(kind_of(&d)), "direct");
	d.factors.n = 2;
	assert_string_equal(kind_word(kind_of(&d)), "platform");
	d.factors.texts[1] = "login:differs";
	assert_string_equal(kind_word(kind_of(&d)), "direct");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_login),
		cmocka_unit_test(test_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
