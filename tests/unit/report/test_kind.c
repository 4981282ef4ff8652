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
	const char	*client, *list_id;
	long long	 hops;
	const char	*word;
} cases[] = {
	{ "192.0.2.1",	NULL,	2,	"platform" },
	{ "192.0.2.1",	NULL,	0,	"direct" },
	{ "192.0.2.1",	"l.example", 2,	"list" },
	{ "127.0.0.1",	"l.example", 2,	"list" },
	{ "127.0.0.1",	NULL,	2,	"reinjected" },
	{ "127.1.2.3",	NULL,	0,	"local" },
	{ "::1",	NULL,	1,	"reinjected" },
	{ "::1",	NULL,	0,	"local" },
	{ "::12",	NULL,	0,	"direct" },
	{ NULL,		NULL,	0,	"local" },
	{ "127.0.0.1",	NULL,	DECISION_NO_HOPS, "platform" },
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
		d.hops = cases[i].hops;
		kind = kind_of(&d);
		assert_string_equal(kind_word(kind), cases[i].word);
		assert_non_null(kind_name(kind));
		assert_true((kind_advice(kind) == NULL) ==
		    (kind == KIND_PLATFORM));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
