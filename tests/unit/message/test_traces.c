/* SPDX-License-Identifier: ISC */

/*
 * What the header says about a message's way: hops, a mailing list, signatures.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "message/traces.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))

#define SIGNATURE(d)	" v=1; a=rsa-sha256; d=" d "; s=x;\r\n b=="

struct field {
	const char	*name, *value;
};

static const struct {
	const char	*name;
	struct field	 fields[4];
	size_t		 nhops;
	const char	*list_id;
	const char	*signers[3];
} cases[] = {
	{ "nothing", { { "From", " a@example.com" } }, 0, "", { NULL } },
	{ "hops", { { "Received", " from a by b" }, { "received", "by c" },
	    { "X-Received", " from a" }, { "Received ", " from d" } },
	    3, "", { NULL } },
	{ "a local submission", { { "Received", "\r\n\t(from root@localhost)"
	    "\r\n\tby relay" }, { "Received", "(fro" } }, 1, "", { NULL } },
	{ "a list", { { "List-Id", " \"All <users>\" <users.lists.example>" } },
	    0, "users.lists.example", { NULL } },
	{ "a folded list", { { "LIST-ID", " Users\r\n <users.example>\r\n" } },
	    0, "users.example", { NULL } },
	{ "a list without brackets", { { "List-Id", " users.example " } }, 0,
	    "users.example", { NULL } },
	{ "a list that does not end", { { "List-Id", "<users.example" } }, 0,
	    "users.example", { NULL } },
	{ "an empty list", { { "List-Id", " <>" } }, 0, "?", { NULL } },
	{ "two lists", { { "List-Id", "<a>" }, { "List-Id", "<b>" } }, 0, "a",
	    { NULL } },
	{ "signatures", { { "DKIM-Signature", SIGNATURE("Example.COM") },
	    { "dkim-signature", SIGNATURE("b.example") },
	    { "DKIM-Signature", SIGNATURE("example.com") },
	    { "X-DKIM-Signature", SIGNATURE("c.example") } }, 0, "",
	    { "example.com", "b.example" } },
	{ "no signatures", { { "DKIM-Signature", "" },
	    { "DKIM-Signature", " v=1; s=x" },
	    { "DKIM-Signature", SIGNATURE("-") },
	    { "DKIM-Signature", SIGNATURE("a.example") } }, 0, "",
	    { "a.example" } },
};

static void
test_fields(void **state)
{
	struct traces traces;
	size_t i, j, n;

	(void)state;
	for (i = 0; i < N(cases); i++) {
		memset(&traces, 0, sizeof(traces));
		for (j = 0; j < N(cases[i].fields) &&
		    cases[i].fields[j].name != NULL; j++)
			traces_field(&traces, cases[i].fields[j].name,
			    strlen(cases[i].fields[j].name),
			    cases[i].fields[j].value,
			    strlen(cases[i].fields[j].value));
		for (n = 0; cases[i].signers[n] != NULL; n++)
			if (n < traces.nsigners)
				assert_string_equal(traces.signers[n],
				    cases[i].signers[n]);
		if (traces.nhops != cases[i].nhops ||
		    strcmp(traces.list_id, cases[i].list_id) != 0 ||
		    traces.nsigners != n)
			fail_msg("%s: %zu, \"%s\", %zu", cases[i].name,
			    traces.nhops, traces.list_id, traces.nsigners);
	}
}

static void
test_limits(void **state)
{
	struct traces traces;
	char value[300];
	int i;

	(void)state;
	memset(&traces, 0, sizeof(traces));
	for (i = 0; i < TRACES_MAX_SIGNERS + 3; i++) {
		(void)snprintf(value, sizeof(value), "d=d%d.example", i);
		traces_field(&traces, "DKIM-Signature", 14, value,
		    strlen(value));
	}
	assert_int_equal(traces.nsigners, TRACES_MAX_SIGNERS);
	assert_string_equal(traces.signers[TRACES_MAX_SIGNERS - 1],
	    "d7.example");
	memset(value, 'l', sizeof(value));
	traces_field(&traces, "List-Id", 7, value, sizeof(value));
	assert_int_equal(strlen(traces.list_id), TRACES_LIST_ID_SIZE - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
