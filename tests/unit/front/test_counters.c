/* SPDX-License-Identifier: ISC */

/*
 * Counters: from several threads none is lost, and the line has all of them.
 */

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/action.h"
#include "front/counters.h"

#define THREADS	4
#define ROUNDS	1000

static void *
add_to_all(void *arg)
{
	size_t i, counter;

	(void)arg;
	for (i = 0; i < ROUNDS; i++)
		for (counter = 0; counter < COUNTER_MAX; counter++)
			counters_add(counter, counter);
	return NULL;
}

static void
test_threads(void **state)
{
	pthread_t threads[THREADS];
	size_t i;

	(void)state;
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, add_to_all,
		    NULL), 0);
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	for (i = 0; i < COUNTER_MAX; i++)
		assert_int_equal(counters_get(i), i * THREADS * ROUNDS);
}

/* The longest that there can be. */
static void
test_line(void **state)
{
	char buf[2048], word[32], *p;
	enum action action;
	int fds[2], saved;
	size_t i, n = 0;
	ssize_t len;

	(void)state;
	for (i = 0; i < COUNTER_MAX; i++)
		counters_add(i, UINT64_MAX - counters_get(i));
	assert_int_equal(pipe(fds), 0);
	assert_true((saved = dup(STDERR_FILENO)) != -1);
	assert_true(dup2(fds[1], STDERR_FILENO) != -1);
	(void)close(fds[1]);
	counters_log();
	assert_true(dup2(saved, STDERR_FILENO) != -1);
	(void)close(saved);
	assert_true((len = read(fds[0], buf, sizeof(buf) - 1)) > 0);
	(void)close(fds[0]);
	buf[len] = '\0';
	assert_non_null(strstr(buf, ": counters signed=18446744073709551615 "
	    "signatures=18446744073709551615 passed="));
	for (p = buf; (p = strstr(p, "=18446744073709551615")) != NULL; p++)
		n++;
	assert_int_equal(n, COUNTER_MAX);
	assert_null(strstr(buf, "(null)"));
	/* What became of mail is called as in the line of each message. */
	for (action = ACTION_PASS; action <= ACTION_SIGN; action++) {
		(void)snprintf(word, sizeof(word), " %s=",
		    action_done(action));
		assert_non_null(strstr(buf, word));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_line)
	};

	return cmocka_run_group_tests_name("counters", tests, NULL, NULL);
}
