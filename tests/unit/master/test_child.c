/* SPDX-License-Identifier: ISC */

/*
 * When a child is started again, above all where it cannot be.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/resource.h>
#include <sys/wait.h>

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "master/child.h"

#define NOW_MS		1000000
#define START_LIMIT_MS	30000

static char name_true[] = "true";
static char *const argv_true[] = { name_true, NULL };
static char name_sleep[] = "sleep", long_time[] = "100";
static char *const argv_sleep[] = { name_sleep, long_time, NULL };

/* No further descriptor: nothing can be started. */
static void
forbid_descriptors(struct rlimit *before)
{
	struct rlimit none;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, before), 0);
	none = *before;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
}

static int
start_without_descriptors(struct child *child, int64_t now_ms)
{
	struct rlimit before;
	int r;

	forbid_descriptors(&before);
	r = child_start(child, "/bin/true", argv_true, now_ms);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	return r;
}

/* The reading end of a pipe that a child and its children hold open. */
static int
start_with_pipe(struct child *child, char *script)
{
	static char name_sh[] = "sh", command[] = "-c";
	char *argv[] = { name_sh, command, script, NULL };
	int fds[2], saved;

	assert_int_equal(pipe(fds), 0);
	assert_true((saved = dup(STDOUT_FILENO)) != -1);
	assert_true(dup2(fds[1], STDOUT_FILENO) != -1);
	assert_int_equal(child_start(child, "/bin/sh", argv, NOW_MS), 0);
	assert_true(dup2(saved, STDOUT_FILENO) != -1);
	(void)close(saved);
	(void)close(fds[1]);
	return fds[0];
}

/* One that ignores SIGTERM, and so does the program that it becomes. */
static void
start_deaf(struct child *child)
{
	static char script[] = "trap '' TERM; echo; exec sleep 100";
	int fd = start_with_pipe(child, script);
	char octet;

	assert_int_equal(read(fd, &octet, 1), 1);
	(void)close(fd);
}

static void
test_failed_start_is_delayed(void **state)
{
	struct child child;
	int64_t delay_ms;

	(void)state;
	child_init(&child, "test", START_LIMIT_MS);
	for (delay_ms = CHILD_MIN_DELAY_MS; delay_ms <= 800; delay_ms *= 2) {
		assert_int_equal(start_without_descriptors(&child, NOW_MS),
		    -1);
		assert_int_equal(child.pid, 0);
		assert_int_equal(child.restart_at_ms, NOW_MS + delay_ms);
	}
}

/* One that was stopped to be renewed: the stop was no failure, this is. */
static void
test_failed_renewal_is_delayed(void **state)
{
	struct child child;
	int status;

	(void)state;
	child_init(&child, "test", START_LIMIT_MS);
	assert_int_equal(child_start(&child, "/bin/true", argv_true, NOW_MS),
	    0);
	child_stop(&child, NOW_MS + 1);
	assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
	(void)child_ended(&child, status, NOW_MS);
	assert_int_equal(child.restart_at_ms, NOW_MS);

	assert_int_equal(start_without_descriptors(&child, NOW_MS), -1);
	assert_int_equal(child.restart_at_ms, NOW_MS + CHILD_MIN_DELAY_MS);
	assert_int_equal(start_without_descriptors(&child, NOW_MS), -1);
	assert_int_equal(child.restart_at_ms,
	    NOW_MS + 2 * CHILD_MIN_DELAY_MS);
}

/* A program that was removed or spoilt while the service runs. */
static void
test_missing_program_is_delayed(void **state)
{
	static const char *const paths[] = { "/nonexistent", "/dev/null" };
	struct child child;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		child_init(&child, "test", START_LIMIT_MS);
		assert_int_equal(child_start(&child, paths[i], argv_true,
		    NOW_MS), -1);
		assert_int_equal(child.pid, 0);
		assert_int_equal(child.restart_at_ms,
		    NOW_MS + CHILD_MIN_DELAY_MS);
		assert_int_equal(child_start(&child, "/bin/true", argv_true,
		    NOW_MS), 0);
		assert_int_equal(waitpid(child.pid, NULL, 0), child.pid);
		child_finish(&child);
	}
}

/* One whose control socket is closed: its own end, SIGTERM, SIGKILL. */
static void
test_lost_child_is_ended(void **state)
{
	const int64_t term_ms = NOW_MS + CHILD_END_MS;
	struct child child;
	int status;

	(void)state;
	child_init(&child, "test", START_LIMIT_MS);
	assert_int_equal(child_start(&child, "/bin/sleep", argv_sleep,
	    NOW_MS), 0);
	assert_true(child_note_ready(&child));
	/* Due is only the next question whether it works. */
	child_note_answer(&child, NOW_MS);
	assert_int_equal(child_due_ms(&child), NOW_MS + CHILD_PING_MS);
	child_lose(&child, NOW_MS);
	assert_int_equal(child.control.fd, -1);
	assert_int_equal(child_due_ms(&child), term_ms);
	child_end_late(&child, term_ms - 1);
	assert_int_equal(child_due_ms(&child), term_ms);
	child_end_late(&child, term_ms);
	assert_int_equal(child_due_ms(&child), term_ms + CHILD_TERM_MS);
	assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);

	(void)child_ended(&child, status, term_ms);
	assert_int_equal(child_due_ms(&child), INT64_MAX);
}

/* One that never says that it is ready is terminated, then killed. */
static void
test_late_child_is_ended(void **state)
{
	const int64_t term_ms = NOW_MS + START_LIMIT_MS;
	const int64_t kill_ms = term_ms + CHILD_TERM_MS;
	struct child child;
	int status;

	(void)state;
	child_init(&child, "test", START_LIMIT_MS);
	start_deaf(&child);
	assert_int_equal(child_due_ms(&child), term_ms);
	child_end_late(&child, term_ms - 1);
	assert_int_equal(child_due_ms(&child), term_ms);
	child_end_late(&child, term_ms);
	assert_int_equal(child_due_ms(&child), kill_ms);
	/* Too late to be ready; and the loss of its socket gives no time. */
	assert_false(child_note_ready(&child));
	child_lose(&child, term_ms);
	assert_int_equal(child_due_ms(&child), kill_ms);
	child_end_late(&child, kill_ms);
	assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);

	/* However long it lived, its start has failed. */
	assert_int_equal(child_ended(&child, status, kill_ms), 128 + SIGKILL);
	assert_int_equal(child.restart_at_ms, kill_ms + CHILD_MIN_DELAY_MS);
	assert_string_equal(child.why, "not ready within 30000 ms");
}

/* One that is told to stop before it is ready has the time of the stop. */
static void
test_stop_before_ready(void **state)
{
	const int64_t kill_ms = NOW_MS + START_LIMIT_MS + 1;
	struct child child;
	int status;

	(void)state;
	child_init(&child, "test", START_LIMIT_MS);
	assert_int_equal(child_start(&child, "/bin/sleep", argv_sleep,
	    NOW_MS), 0);
	child_stop(&child, kill_ms);
	assert_int_equal(child_due_ms(&child), kill_ms);
	assert_false(child_note_ready(&child));
	child_end_late(&child, kill_ms);
	assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	(void)child_ended(&child, status, kill_ms);
	assert_int_equal(child.restart_at_ms, kill_ms);
}

/* One that was ready and lived for a while is replaced at once. */
static void
test_delay_after_a_life(void **state)
{
	static const struct {
		const char	*name;
		bool		 is_ready;
		int64_t		 lived_ms;
		unsigned int	 delay_ms;
	} cases[] = {
		{ "ready, lived",	true,	CHILD_MIN_LIFE_MS,	0 },
		{ "ready, died young",	true,	CHILD_MIN_LIFE_MS - 1,
		    CHILD_MIN_DELAY_MS },
		{ "never ready",	false,	CHILD_MIN_LIFE_MS,
		    CHILD_MIN_DELAY_MS },
	};
	struct child child;
	size_t i;
	int status;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		child_init(&child, cases[i].name, START_LIMIT_MS);
		assert_int_equal(child_start(&child, "/bin/true", argv_true,
		    NOW_MS), 0);
		if (cases[i].is_ready)
			assert_true(child_note_ready(&child));
		assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
		assert_int_equal(child_ended(&child, status,
		    NOW_MS + cases[i].lived_ms), 0);
		assert_int_equal(child.delay_ms, cases[i].delay_ms);
	}
}

/* A stop of a lost one gives it no more time. */
static void
test_lost_child_is_stopped(void **state)
{
	const int64_t kill_ms = NOW_MS + CHILD_END_MS + CHILD_TERM_MS;
	struct child child;
	int status;

	(void)state;
	child_init(&child, "test", START_LIMIT_MS);
	assert_int_equal(child_start(&child, "/bin/sleep", argv_sleep,
	    NOW_MS), 0);
	child_lose(&child, NOW_MS);
	child_stop(&child, kill_ms + 1);
	assert_int_equal(child.kill_at_ms, kill_ms);
	child.term_at_ms = INT64_MAX;
	child_end_late(&child, kill_ms);
	assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	(void)child_ended(&child, status, kill_ms);
}

/* What it has forked does not outlive it. */
static void
test_group_ends_with_its_leader(void **state)
{
	static char script[] = "sleep 1000 & echo; wait";
	struct child child;
	char octet;
	int fd, status;

	(void)state;
	child_init(&child, "test", START_LIMIT_MS);
	fd = start_with_pipe(&child, script);
	assert_int_equal(getpgid(child.pid), child.pid);
	assert_int_equal(read(fd, &octet, 1), 1);
	status = 0;
	assert_int_equal(child_reap(&status), 0);
	assert_int_equal(kill(child.pid, SIGTERM), 0);
	while (child_reap(&status) == 0)
		(void)usleep(1000);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	/* The pipe's end, which the one in the background held open, too. */
	assert_int_equal(read(fd, &octet, 1), 0);
	(void)close(fd);
	(void)child_ended(&child, status, NOW_MS);
	assert_int_equal(child_reap(&status), 0);
}

static void
start_ready(struct child *child, int64_t now_ms)
{
	child_init(child, "test", START_LIMIT_MS);
	assert_int_equal(child_start(child, "/bin/sleep", argv_sleep,
	    now_ms), 0);
	child_ask(child, now_ms);
	assert_int_equal(child->npings, 0);
	assert_true(child_note_ready(child));
	child_ask(child, now_ms);
	assert_int_equal(child->npings, 1);
}

static void
end_killed(struct child *child)
{
	int status;

	child_kill(child);
	assert_false(child->is_ready);
	assert_int_equal(child_due_ms(child), INT64_MAX);
	assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	(void)child_ended(child, status, NOW_MS);
	assert_false(child->is_hung);
}

/* Let the master's loop run at each time that it has to, until then. */
static void
run_until(struct child *child, int64_t until_ms)
{
	int64_t due_ms;

	while ((due_ms = child_due_ms(child)) <= until_ms)
		child_ask(child, due_ms);
}

/* It is asked, answers once, and then no more. */
static void
test_hung_child(void **state)
{
	struct child child;
	int64_t now_ms = NOW_MS;

	(void)state;
	start_ready(&child, now_ms);
	assert_int_equal(child_due_ms(&child), now_ms + CHILD_TICK_MS);
	child_note_answer(&child, now_ms);
	assert_int_equal(child.npings, 0);
	assert_int_equal(child_due_ms(&child), now_ms + CHILD_PING_MS);
	child_ask(&child, now_ms + CHILD_PING_MS - 1);
	assert_int_equal(child.npings, 0);
	now_ms += CHILD_PING_MS;
	child_ask(&child, now_ms);
	assert_int_equal(child.npings, 1);

	run_until(&child, now_ms + CHILD_PINGS * CHILD_ANSWER_MS - 1);
	assert_int_equal(child.npings, CHILD_PINGS);
	assert_false(child.is_hung);
	run_until(&child, now_ms + CHILD_PINGS * CHILD_ANSWER_MS);
	assert_true(child.is_hung);
	/* It stays, as long as nobody kills it, and is still asked. */
	run_until(&child, now_ms + 100 * CHILD_ANSWER_MS);
	assert_int_equal(child.npings, 101);
	assert_true(child.is_hung && child.is_ready);
	child_note_answer(&child, now_ms);
	assert_false(child.is_hung);
	end_killed(&child);
}

/* The answer to any of the pings will do. */
static void
test_late_answer(void **state)
{
	struct child child;

	(void)state;
	start_ready(&child, NOW_MS);
	run_until(&child, NOW_MS + CHILD_PINGS * CHILD_ANSWER_MS - 1);
	child_note_answer(&child, NOW_MS + CHILD_PINGS * CHILD_ANSWER_MS - 1);
	run_until(&child, NOW_MS + CHILD_PINGS * CHILD_ANSWER_MS +
	    CHILD_PING_MS);
	assert_int_equal(child.npings, 1);
	assert_false(child.is_hung);
	end_killed(&child);
}

/* While the master or the machine is stopped, nobody is late. */
static void
test_stopped_master(void **state)
{
	const int64_t day_ms = 86400000;
	struct child child;
	int64_t now_ms = NOW_MS;
	int i;

	(void)state;
	start_ready(&child, now_ms);
	/* Each stop counts as a tick: five of them are the time of a ping. */
	for (i = 1; i <= CHILD_ANSWER_MS / CHILD_TICK_MS; i++) {
		assert_int_equal(child.npings, 1);
		now_ms += day_ms;
		child_ask(&child, now_ms);
	}
	assert_int_equal(child.npings, 2);
	/* What is shorter counts as it is. */
	now_ms += CHILD_TICK_MS / 2;
	child_ask(&child, now_ms);
	now_ms += CHILD_TICK_MS / 2;
	child_ask(&child, now_ms);
	assert_int_equal(child.waited_ms, CHILD_TICK_MS);
	end_killed(&child);
}

/* One that has been given work has its time, and is asked meanwhile. */
static void
test_allowed_time(void **state)
{
	const int64_t hung_ms = NOW_MS + START_LIMIT_MS +
	    CHILD_PINGS * CHILD_ANSWER_MS;
	struct child child;

	(void)state;
	start_ready(&child, NOW_MS);
	child_allow(&child, START_LIMIT_MS);
	run_until(&child, hung_ms - 1);
	assert_false(child.is_hung);
	run_until(&child, hung_ms);
	assert_true(child.is_hung);
	end_killed(&child);

	/* Done sooner: from then on, the usual time. */
	start_ready(&child, NOW_MS);
	child_allow(&child, START_LIMIT_MS);
	run_until(&child, NOW_MS + CHILD_TICK_MS);
	child_allow(&child, 0);
	run_until(&child, NOW_MS + CHILD_TICK_MS +
	    CHILD_PINGS * CHILD_ANSWER_MS);
	assert_true(child.is_hung);
	end_killed(&child);
}

/* What is said about a start that fails again and again. */
static void
test_reasons(void **state)
{
	static const struct {
		const char	*script, *why;
		bool		 is_ready;
	} cases[] = {
		{ "exit 78",	"status 78",			false },
		{ "exit 1",	"status 1, 7 ms after its start", true },
		{ "kill -9 $$",	"killed by signal 9",		false },
	};
	static char name_sh[] = "sh", command[] = "-c";
	char script[32], *argv[] = { name_sh, command, script, NULL };
	struct child child;
	unsigned int i;
	int status;

	(void)state;
	child_init(&child, "test", START_LIMIT_MS);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)strlcpy(script, cases[i].script, sizeof(script));
		assert_int_equal(child_start(&child, "/bin/sh", argv, NOW_MS),
		    0);
		if (cases[i].is_ready)
			assert_true(child_note_ready(&child));
		assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
		(void)child_ended(&child, status, NOW_MS + 7);
		assert_string_equal(child.why, cases[i].why);
		assert_int_equal(child.nfailures, i + 1);
	}
	start_ready(&child, NOW_MS);
	assert_int_equal(kill(child.pid, SIGKILL), 0);
	assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
	(void)child_ended(&child, status, NOW_MS + CHILD_MIN_LIFE_MS);
	assert_int_equal(child.nfailures, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_failed_start_is_delayed),
		cmocka_unit_test(test_failed_renewal_is_delayed),
		cmocka_unit_test(test_missing_program_is_delayed),
		cmocka_unit_test(test_lost_child_is_ended),
		cmocka_unit_test(test_late_child_is_ended),
		cmocka_unit_test(test_stop_before_ready),
		cmocka_unit_test(test_delay_after_a_life),
		cmocka_unit_test(test_lost_child_is_stopped),
		cmocka_unit_test(test_group_ends_with_its_leader),
		cmocka_unit_test(test_hung_child),
		cmocka_unit_test(test_late_answer),
		cmocka_unit_test(test_stopped_master),
		cmocka_unit_test(test_allowed_time),
		cmocka_unit_test(test_reasons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
