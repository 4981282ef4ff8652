/* SPDX-License-Identifier: ISC */

/*
 * What is taken out of a message: which fields, and their numbers.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "message/removals.h"

static const char *const removed[] = { "X-Internal-*", "x-one" };
static const char *const signers[] = { "old.example", "*.shared.example" };
static const char *const secrets[] = { "x-secret" };
static const struct source sources[] = {
	{ .name = "plain" },
	{ .name = "a", .remove = { removed, 2 },
	    .remove_signatures = { signers, 2 } },
};
static const struct config config = {
	.sources = sources, .nsources = 2, .secret_names = { secrets, 1 },
	.remove = { removed, 2 }, .removes_signatures = true
};

/* Fields as "Name:value", and what is wanted out, "Name#instance@field". */
static const struct {
	const char	*name;
	const char	*fields[12];
	int		 source;	/* -1: none decided */
	const char	*wanted;
} cases[] = {
	{ "nothing", { "From: a", "To: b" }, 1, "" },
	{ "not by another source", { "X-Internal-A: 1" }, 0, "" },
	{ "a secret always", { "From: a", "X-Secret: 1" }, -1,
	    "X-Secret#1@1" },
	{ "every secret", { "X-SECRET: 1", "From: a", "x-secret : 2" }, 0,
	    "x-secret#2@2 X-SECRET#1@0" },
	{ "a pattern, from the bottom", { "X-Internal-A: 1", "X-Internal: 1",
	    "x-internal-b: 1", "X-INTERNAL-A: 2", "X-One: 1", "X-Ones: 1" }, 1,
	    "X-One#1@4 X-INTERNAL-A#2@3 x-internal-b#1@2 X-Internal-A#1@0" },
	{ "signatures by their domain", {
	    "DKIM-Signature: v=1; d=old.example; s=a",
	    "DKIM-Signature: v=1; d=new.example; s=a",
	    "dkim-signature: s=a; d = OLD.example ; v=1",
	    "DKIM-Signature: d=a.shared.example",
	    "DKIM-Signature: d=shared.example" }, 1,
	    "DKIM-Signature#4@3 dkim-signature#3@2 DKIM-Signature#1@0" },
	{ "signatures that cannot be read stay", {
	    "DKIM-Signature: d=old.example; d=old.example",
	    "DKIM-Signature: v=1; s=a", "DKIM-Signature:",
	    "DKIM-Signature: nonsense", "DKIM-Signature: d=old example" }, 1,
	    "" },
};

static void
print_chosen(const struct removals *removals, char *buf, size_t bufsize)
{
	char one[128];
	size_t i;

	buf[0] = '\0';
	for (i = removals->n; i-- > 0;) {
		if (!removals->list[i].is_chosen)
			continue;
		(void)snprintf(one, sizeof(one), "%s%s#%u@%zu",
		    buf[0] != '\0' ? " " : "", removals->list[i].name,
		    removals->list[i].instance, removals->list[i].field);
		strlcat(buf, one, bufsize);
	}
}

static void
each_case(void **state)
{
	struct removals removals;
	const char *field, *colon;
	char wanted[512];
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&removals, 0, sizeof(removals));
		for (j = 0; (field = cases[i].fields[j]) != NULL; j++) {
			colon = strchr(field, ':');
			assert_int_equal(removals_field(&removals, &config,
			    field, (size_t)(colon - field), colon + 1,
			    strlen(colon + 1)), 0);
		}
		if (cases[i].source >= 0)
			removals_choose(&removals, &sources[cases[i].source]);
		print_chosen(&removals, wanted, sizeof(wanted));
		if (strcmp(wanted, cases[i].wanted) != 0)
			fail_msg("%s: %s", cases[i].name, wanted);
		assert_int_equal(removals_any(&removals), wanted[0] != '\0');
		removals_finish(&removals);
		assert_false(removals_any(&removals));
	}
}

static void
is_bounded(void **state)
{
	struct removals removals = { 0 };
	int i;

	(void)state;
	for (i = 0; i < REMOVALS_MAX; i++)
		assert_int_equal(removals_field(&removals, &config,
		    "X-Secret", 8, " a", 2), 0);
	assert_false(removals.overflow);
	assert_int_equal(removals_field(&removals, &config, "From", 4,
	    " a", 2), 0);
	assert_false(removals.overflow);
	assert_int_equal(removals_field(&removals, &config, "X-Secret", 8,
	    " a", 2), 0);
	assert_true(removals.overflow);
	assert_int_equal(removals.n, REMOVALS_MAX);
	removals_finish(&removals);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_case),
		cmocka_unit_test(is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
