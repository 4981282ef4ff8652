/* SPDX-License-Identifier: ISC */

/*
 * Which fields, and which patterns of fields, DKIM2 covers.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "dkim2/covered.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))

static const struct {
	const char	*name;
	bool		 covered;
} names[] = {
	{ "From", true }, { "to", true }, { "Subject", true },
	{ "Reply-To", true }, { "List-Id", true }, { "Feedback-ID", true },
	{ "List-Unsubscribe-Post", true }, { "Bcc", true },
	{ "Resent-From", true }, { "Sender", true }, { "Unheard-Of", true },
	/* Since -08. */
	{ "Auto-Submitted", true }, { "VBR-Info", true },
	/* Part of the chain. */
	{ "DKIM2-Signature", true }, { "Message-Instance", true },
	{ "Received", false }, { "RECEIVED", false },
	{ "Received-SPF", false }, { "Return-Path", false },
	{ "Delivered-To", false }, { "Authentication-Results", false },
	{ "DKIM-Signature", false }, { "ARC-Seal", false },
	{ "ARC-Message-Signature", false },
	{ "ARC-Authentication-Results", false }, { "ARC-Other", true },
	{ "Apparently-To", false }, { "DL-Expansion-History", false },
	{ "Original-Recipient", false }, { "SIO-Label-History", false },
	{ "X400-Received", false }, { "x400-trace", false },
	{ "X400-Content-Type", true }, { "X-SFDC-LK", false },
	{ "x-", false }, { "X", true }, { "Receive", true }, { "", true },
};

static const struct {
	const char	*pattern;
	bool		 covered;
} patterns[] = {
	{ "X-SFDC*", false }, { "x-*", false }, { "X-A", false },
	{ "Received-*", false }, { "Received-SPF", false },
	{ "Receiv*", true }, { "received", false }, { "received*", false },
	{ "ARC-*", false }, { "arc-s*", false }, { "ARC*", true },
	{ "Feedback-ID", true }, { "Feedback-*", true }, { "x40*", true },
	{ "List-*", true }, { "Authentication-Results", false },
	{ "*", true },
};

static void
test_names(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < N(names); i++)
		if (dkim2_covers(names[i].name, strlen(names[i].name)) !=
		    names[i].covered)
			fail_msg("%s", names[i].name);
}

/* The name need not end with a NUL. */
static void
test_length(void **state)
{
	(void)state;
	assert_false(dkim2_covers("ReceivedX", 8));
	assert_true(dkim2_covers("Received", 7));
	assert_true(dkim2_covers("X-", 1));
}

static void
test_patterns(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < N(patterns); i++)
		if (dkim2_covers_pattern(patterns[i].pattern) !=
		    patterns[i].covered)
			fail_msg("%s", patterns[i].pattern);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_patterns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
