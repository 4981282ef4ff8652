/* SPDX-License-Identifier: ISC */

/*
 * Which fields a signature leaves out.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "message/coverage.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static const char *const names[] = {
	"cc", "Content-Type", "from", "list-unsubscribe",
	"list-unsubscribe-post", "reply-to", "sender", "to"
};

/* Fields and mentions parted by blanks. */
static const struct {
	const char	*name, *fields, *mentions, *want;
} cases[] = {
	{ "all covered", "From To", "from to", "" },
	{ "one is not", "From To Cc", "from to", "cc" },
	{ "case", "FROM tO", "From TO", "" },
	{ "as the list has it", "content-type", "", "Content-Type" },
	{ "second instance", "To To", "to", "to" },
	{ "each instance", "To To", "to to", "" },
	{ "oversigned", "From", "from from to to", "" },
	{ "others do not matter", "X-A Subject From", "from", "" },
	{ "one name begins another", "List-Unsubscribe-Post",
	    "list-unsubscribe", "list-unsubscribe-post" },
	{ "one name ends early", "List-Unsubscribe", "list-unsubscribe-post",
	    "list-unsubscribe" },
	{ "beginnings of names", "L List- T Froma", "", "" },
	{ "several", "Cc Reply-To To Sender", "reply-to", "cc sender to" },
	{ "no fields", "", "from to", "" },
};

/* The words of a text, NUL-terminated in buf. */
static size_t
split(char *buf, const char *words[16])
{
	size_t n = 0;
	char *p, *rest = NULL;

	for (p = strtok_r(buf, " ", &rest); p != NULL;
	    p = strtok_r(NULL, " ", &rest))
		words[n++] = p;
	return n;
}

static void
test_left_out(void **state)
{
	char fields[128], mentions[128], text[128];
	const char *words[16], *left_out[COUNT(names)];
	struct coverage *c;
	size_t i, j, n;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		c = coverage_new(names, COUNT(names));
		assert_non_null(c);
		(void)snprintf(fields, sizeof(fields), "%s", cases[i].fields);
		n = split(fields, words);
		for (j = 0; j < n; j++)
			coverage_field(c, words[j], strlen(words[j]));
		(void)snprintf(mentions, sizeof(mentions), "%s",
		    cases[i].mentions);
		n = split(mentions, words);
		n = coverage_left_out(c, words, n, left_out);
		text[0] = '\0';
		for (j = 0; j < n; j++) {
			(void)strlcat(text, j > 0 ? " " : "", sizeof(text));
			(void)strlcat(text, left_out[j], sizeof(text));
		}
		if (strcmp(text, cases[i].want) != 0)
			fail_msg("%s: \"%s\"", cases[i].name, text);
		/* The next signature of the message is judged by itself. */
		assert_int_equal(coverage_left_out(c, words, 0, left_out),
		    coverage_left_out(c, words, 0, left_out));
		coverage_free(c);
	}
	coverage_free(NULL);
}

static void
test_names_as_they_come(void **state)
{
	const char *left_out[COUNT(names)];
	struct coverage *c = coverage_new(names, COUNT(names));

	(void)state;
	assert_non_null(c);
	coverage_field(c, "To \t", 4);
	coverage_field(c, "cc\0evil", 7);
	coverage_field(c, "", 0);
	coverage_field(c, "senderella", 6);
	assert_int_equal(coverage_left_out(c, NULL, 0, left_out), 2);
	assert_string_equal(left_out[0], "sender");
	assert_string_equal(left_out[1], "to");
	coverage_free(c);
	c = coverage_new(NULL, 0);
	assert_non_null(c);
	coverage_field(c, "To", 2);
	assert_int_equal(coverage_left_out(c, NULL, 0, left_out), 0);
	coverage_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_left_out),
		cmocka_unit_test(test_names_as_they_come),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
