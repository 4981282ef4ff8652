/* SPDX-License-Identifier: ISC */

/*
 * Which child that hangs is replaced, and when.
 */

#include <sys/wait.h>

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "master/private.h"

#define NOW_MS		1000000
#define START_LIMIT_MS	30000
#define HUNG_AFTER_MS	(CHILD_PINGS * CHILD_ANSWER_MS)
#define NEXT_MS		60000	/* from one replacement to the next */
#define NCHILDREN	3

static struct master master;
static struct master_opts opts;

static struct child *
nth_child(unsigned int n)
{
	return n == 0 ? &master.front : &master.signers[n - 1].child;
}

/* A process that does nothing, and is ready. */
static void
start(struct child *child)
{
	static char name_sleep[] = "sleep", long_time[] = "100";
	char *const argv[] = { name_sleep, long_time, NULL };

	assert_int_equal(child_start(child, "/bin/sleep", argv,
	    master.now_ms), 0);
	assert_true(child_note_ready(child));
	child_note_answer(child, master.now_ms);
}

static void
begin(enum master_part part)
{
	memset(&master, 0, sizeof(master));
	opts.part = part;
	master.opts = &opts;
	master.now_ms = NOW_MS;
	master.nsigners = NCHILDREN - 1;
	master.store_is_usable = true;
	child_init(&master.front, "front", START_LIMIT_MS);
	child_init(&master.signers[0].child, "signer 0", START_LIMIT_MS);
	child_init(&master.signers[1].child, "signer 1", START_LIMIT_MS);
	watchdog_init(&master);
}

static int
setup(void **state)
{
	unsigned int i;

	(void)state;
	begin(MASTER_ALL);
	for (i = 0; i < NCHILDREN; i++)
		start(nth_child(i));
	return 0;
}

static int
teardown(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < NCHILDREN; i++) {
		if (nth_child(i)->pid == 0)
			continue;
		(void)kill(nth_child(i)->pid, SIGKILL);
		(void)waitpid(nth_child(i)->pid, NULL, 0);
		child_finish(nth_child(i));
	}
	return 0;
}

/* The master runs for so long; the children of that mask answer. */
static void
run(int64_t for_ms, unsigned int answering)
{
	const int64_t end_ms = master.now_ms + for_ms;
	unsigned int i;

	for (; master.now_ms < end_ms; master.now_ms += 100) {
		for (i = 0; i < NCHILDREN; i++)
			if ((answering & 1U << i) != 0 &&
			    nth_child(i)->npings > 0)
				child_note_answer(nth_child(i), master.now_ms);
		watchdog_attend(&master);
	}
}

/* It was killed; true when it has been reaped. */
static bool
was_killed(unsigned int n)
{
	struct child *child = nth_child(n);
	int status;

	if (child->is_ready)
		return false;
	assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	(void)child_ended(child, status, master.now_ms);
	return true;
}

static void
test_all_answer(void **state)
{
	unsigned int i;

	(void)state;
	run(10 * HUNG_AFTER_MS, 7);
	for (i = 0; i < NCHILDREN; i++)
		assert_false(was_killed(i));
}

static void
test_one_hangs(void **state)
{
	unsigned int n;

	(void)state;
	for (n = 0; n < NCHILDREN; n++) {
		run(NEXT_MS, 7);
		run(HUNG_AFTER_MS, 7U & ~(1U << n));
		assert_false(was_killed(n));
		run(CHILD_PING_MS + 1000, 7U & ~(1U << n));
		assert_true(was_killed(n));
		start(nth_child(n));
	}
}

/* All hang: the front first, the next when that is ready, a minute later. */
static void
test_all_hang(void **state)
{
	(void)state;
	run(CHILD_PING_MS + HUNG_AFTER_MS + 1000, 0);
	assert_true(was_killed(0));
	/* Nobody else, as long as it is not ready. */
	run(2 * NEXT_MS, 0);
	assert_false(was_killed(1));
	start(nth_child(0));
	run(100, 1);
	assert_true(was_killed(1));
	start(nth_child(1));
	run(NEXT_MS - 200, 3);
	assert_false(was_killed(2));
	run(300, 3);
	assert_true(was_killed(2));
}

/* A signer is asked first, and so is known to hang before the front is. */
static void
test_front_is_asked_later(void **state)
{
	(void)state;
	child_note_answer(nth_child(0), master.now_ms + CHILD_PING_MS / 2);
	run(CHILD_PING_MS + HUNG_AFTER_MS + 1000, 0);
	assert_true(nth_child(1)->is_hung);
	assert_false(was_killed(1));
	run(CHILD_PING_MS, 0);
	assert_true(was_killed(0));
	assert_false(was_killed(1));
}

/* They were stopped, and go on: those that answer are kept. */
static void
test_answers_again(void **state)
{
	(void)state;
	run(CHILD_PING_MS + HUNG_AFTER_MS + 1000, 0);
	assert_true(was_killed(0));
	assert_true(nth_child(1)->is_hung && nth_child(2)->is_hung);
	start(nth_child(0));
	run(2 * NEXT_MS, 7);
	assert_false(was_killed(1) || was_killed(2));
	assert_false(nth_child(1)->is_hung || nth_child(2)->is_hung);
}

/* One that cannot be started keeps nobody waiting. */
static void
test_failing_start(void **state)
{
	static char name_false[] = "false";
	char *const argv[] = { name_false, NULL };
	int status;

	(void)state;
	run(CHILD_PING_MS + HUNG_AFTER_MS + 1000, 6);
	assert_true(was_killed(0));
	assert_int_equal(child_start(&master.front, "/bin/false", argv,
	    master.now_ms), 0);
	run(NEXT_MS + HUNG_AFTER_MS, 4);
	assert_false(was_killed(1));
	assert_int_equal(waitpid(master.front.pid, &status, 0),
	    master.front.pid);
	(void)child_ended(&master.front, status, master.now_ms);
	assert_int_equal(master.front.nfailures, 1);
	run(100, 4);
	assert_true(was_killed(1));
}

/* What is stopped is not replaced. */
static void
test_stopping(void **state)
{
	(void)state;
	run(CHILD_PING_MS + HUNG_AFTER_MS, 1);
	master.phase = STOPPING_FRONT;
	run(NEXT_MS, 1);
	assert_false(was_killed(1) || was_killed(2));
}

/* A service that ends with its front waits before it does so. */
static void
test_front_alone(void **state)
{
	(void)state;
	begin(MASTER_FRONT);
	master.nsigners = 0;
	start(&master.front);
	run(NEXT_MS - 100, 0);
	assert_false(was_killed(0));
	run(300, 0);
	assert_true(was_killed(0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_all_answer, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_one_hangs, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_all_hang, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_front_is_asked_later,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(test_answers_again, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_failing_start, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_stopping, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_front_alone, NULL,
		    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
