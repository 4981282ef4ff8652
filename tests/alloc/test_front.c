/* SPDX-License-Identifier: ISC */

/*
 * A front in its cell, whose first verifications of signatures run out of
 * memory: the first at its first allocation, the second at its second, and so
 * on, each there or from there on.  When memory is back, one works.
 *
 * There is none in between that works: what OpenSSL has found once it does not
 * look for again.
 */

#include <sys/wait.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "enclosed.h"
#include "failing.h"
#include "front/crypto.h"

#define MOST	10000	/* allocations of one verification */
#define FIRST	10	/* of them; fewer is no verification */

enum { RECOVERED, BROKEN, NEVER_FAILED, NOT_ENCLOSED };

static int
run_out(bool all_later)
{
	char why[128];
	bool has_failed = true;
	size_t n;

	if (enclosed_enter() != 0)
		return NOT_ENCLOSED;
	for (n = 1; has_failed && n < MOST; n++) {
		failing_arm(n, all_later);
		(void)crypto_works(why, sizeof(why));
		has_failed = failing_disarm();
	}
	if (!crypto_works(why, sizeof(why))) {
		(void)fprintf(stderr, "%s\n", why);
		return BROKEN;
	}
	return n > FIRST && n < MOST ? RECOVERED : NEVER_FAILED;
}

static void
check(bool all_later)
{
	int status;
	pid_t pid;

	assert_int_not_equal(pid = fork(), -1);
	if (pid == 0)
		_exit(run_out(all_later));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), RECOVERED);
}

static void
test_one(void **state)
{
	(void)state;
	check(false);
}

static void
test_all_later(void **state)
{
	(void)state;
	check(true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one),
		cmocka_unit_test(test_all_later),
	};

	return cmocka_run_group_tests_name("front", tests, enclosed_make,
	    enclosed_remove);
}
