/* SPDX-License-Identifier: ISC */

/*
 * What a message says of its authors becomes facts: their domains, and, if a
 * source has patterns of authors, their addresses.  A local part that cannot be
 * read is kept as unknown.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/private.h"
#include "fakesigners.h"
#include "message/message.h"

#define NOW	1790000000
#define PLAIN	"source \"a\" { login = crm domains = example.com }\n"
#define PATTERNS \
	"source \"a\" { login = crm domains = example.com authors = {\n" \
	"\"a@example.com\", \"b@example.com\", \"\303\251@example.com\" } }\n"
#define UNREADABLE	"?"

static struct fakesigners signers;

static int64_t
read_clock(void)
{
	return NOW;
}

static const struct {
	const char	*name, *config, *from;
	const char	*locals[3];	/* of the addresses that are kept */
	enum action	 action;
} cases[] = {
	{ "no source asks for addresses", PLAIN, " c@example.com", { NULL },
	    ACTION_SIGN },
	{ "nor for those that cannot be read", PLAIN,
	    " \"\303\"@example.com", { NULL }, ACTION_SIGN },
	{ "one that a pattern allows", PATTERNS, " a@example.com",
	    { "a" }, ACTION_SIGN },
	{ "one that none allows", PATTERNS, " c@example.com", { "c" },
	    ACTION_REJECT },
	{ "two", PATTERNS, " a@example.com, b@example.com", { "a", "b" },
	    ACTION_SIGN },
	{ "two, and one of them none allows", PATTERNS,
	    " a@example.com, c@example.com", { "a", "c" }, ACTION_REJECT },
	{ "one that is composed otherwise", PATTERNS,
	    " e\314\201@example.com", { "\303\251" }, ACTION_SIGN },
	{ "one that is not UTF-8", PATTERNS, " \"\303\"@example.com",
	    { UNREADABLE }, ACTION_REJECT },
	{ "the same beside another", PATTERNS,
	    " a@example.com, \"\303\"@example.com", { "a", UNREADABLE },
	    ACTION_REJECT },
};

static void
check_addresses(const struct facts *facts, size_t i)
{
	const char *local;
	size_t n;

	for (n = 0; cases[i].locals[n] != NULL; n++) {
		assert_true(n < facts->naddresses);
		local = facts->addresses[n].local;
		if (strcmp(local != NULL ? local : UNREADABLE,
		    cases[i].locals[n]) != 0)
			fail_msg("%s: %s", cases[i].name, local);
		assert_string_equal(facts->addresses[n].domain,
		    "example.com");
	}
	assert_int_equal(facts->naddresses, n);
	assert_int_equal(facts->nfrom, 1);
	assert_int_equal(facts->nauthors, 1);
	assert_string_equal(facts->authors[0].name, "example.com");
}

static void
test_cases(void **state)
{
	const struct message_means means = { .signers =
	    fakesigners_service(&signers),
	    .now = read_clock };
	struct config *config;
	struct message *m;
	struct facts facts;
	struct fate fate;
	size_t i, nfaults;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		config = config_load_text("f", cases[i].config,
		    strlen(cases[i].config), stderr, &nfaults);
		assert_non_null(config);
		memset(&facts, 0, sizeof(facts));
		assert_int_equal(facts_set(&facts.login, "crm"), 0);
		assert_non_null(m = message_new(config, &facts, &means));
		message_header(m, "From", 4, cases[i].from,
		    strlen(cases[i].from));
		message_header(m, "Subject", 7, " s", 2);
		if (!message_decide(m, &fate)) {
			message_body(m, "b\r\n", 3);
			message_end(m, &fate);
		}
		if (fate.action != cases[i].action)
			fail_msg("%s: %s", cases[i].name,
			    action_name(fate.action));
		check_addresses(&facts, i);
		message_free(m);
		facts_finish(&facts);
		config_unref(config);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
