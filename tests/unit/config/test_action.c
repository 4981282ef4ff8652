/* SPDX-License-Identifier: ISC */

/*
 * The words for what becomes of a message, and their order.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/action.h"

static const struct {
	enum action	 action;
	const char	*name, *done;
	bool		 delivers;
} actions[] = {
	{ ACTION_UNDECIDED,	"undecided",	"undecided",	false },
	{ ACTION_PASS,		"pass",		"passed",	true },
	{ ACTION_TEMPFAIL,	"tempfail",	"tempfailed",	false },
	{ ACTION_QUARANTINE,	"quarantine",	"quarantined",	false },
	{ ACTION_REJECT,	"reject",	"rejected",	false },
	{ ACTION_SIGN,		"sign",		"signed",	true },
};

static void
words(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		assert_string_equal(action_name(actions[i].action),
		    actions[i].name);
		assert_string_equal(action_done(actions[i].action),
		    actions[i].done);
		assert_int_equal(action_delivers(actions[i].action),
		    actions[i].delivers);
	}
}

/* Of two the stricter one is the greater; what was not set lets nothing by. */
static void
order(void **state)
{
	const enum action unset = 0;

	(void)state;
	assert_int_equal(unset, ACTION_UNDECIDED);
	assert_true(ACTION_PASS < ACTION_TEMPFAIL);
	assert_true(ACTION_TEMPFAIL < ACTION_QUARANTINE);
	assert_true(ACTION_QUARANTINE < ACTION_REJECT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),
		cmocka_unit_test(order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
