/* SPDX-License-Identifier: ISC */

/*
 * Waiting for a descriptor: ready, over, and interrupted.
 */

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/wait_fd.h"

static int fds[2];
static volatile sig_atomic_t nsignals;

static int
make_pipe(void **state)
{
	(void)state;
	return pipe(fds);
}

static int
close_pipe(void **state)
{
	(void)state;
	(void)close(fds[0]);
	(void)close(fds[1]);
	return 0;
}

static void
test_ready(void **state)
{
	(void)state;
	assert_int_equal(wait_fd(fds[1], POLLOUT, WAIT_FD_FOREVER), 1);
	assert_int_equal(wait_fd(fds[1], POLLOUT, monotonic_ms() + 60000), 1);
	/* A deadline that is over: looked at once. */
	assert_int_equal(wait_fd(fds[1], POLLOUT, 0), 1);
	/* Further away than poll(2) can wait. */
	assert_int_equal(wait_fd(fds[1], POLLOUT, INT64_MAX), 1);
}

static void
test_over(void **state)
{
	int64_t deadline_ms;

	(void)state;
	assert_int_equal(wait_fd(fds[0], POLLIN, 0), 0);
	deadline_ms = monotonic_ms() + 20;
	assert_int_equal(wait_fd(fds[0], POLLIN, deadline_ms), 0);
	assert_true(monotonic_ms() >= deadline_ms);
}

static void
count_signal(int sig)
{
	(void)sig;
	nsignals++;
}

/* A timer that rings more often than the deadline neither ends it nor puts
 * it off. */
static void
test_signals(void **state)
{
	const struct itimerval often = { { 0, 2000 }, { 0, 2000 } };
	const struct itimerval never = { { 0, 0 }, { 0, 0 } };
	const struct sigaction action = { .sa_handler = count_signal };
	int64_t deadline_ms;

	(void)state;
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	deadline_ms = monotonic_ms() + 30;
	assert_int_equal(wait_fd(fds[0], POLLIN, deadline_ms), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	assert_true(monotonic_ms() >= deadline_ms);
	assert_true(nsignals > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ready),
		cmocka_unit_test(test_over),
		cmocka_unit_test(test_signals),
	};

	return cmocka_run_group_tests(tests, make_pipe, close_pipe);
}
