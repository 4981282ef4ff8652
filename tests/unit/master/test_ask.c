/* SPDX-License-Identifier: ISC */

/*
 * The answer to whoever asked for a reload reaches that process, and no other
 * one that has its number by then.
 */

#include <sys/wait.h>

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "master/ask.h"

#define LINE	17

/* In a child, with the signals blocked: wait for one of them. */
static _Noreturn void
await_answer(int wanted)
{
	siginfo_t info;
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR1);
	(void)sigaddset(&set, SIGUSR2);
	_exit(sigwaitinfo(&set, &info) == wanted &&
	    info.si_value.sival_int == LINE ? 0 : 1);
}

static void
block_answers(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR1);
	(void)sigaddset(&set, SIGUSR2);
	assert_int_equal(sigprocmask(SIG_BLOCK, &set, NULL), 0);
}

static void
test_asker(void **state)
{
	static const int wanted[] = { SIGUSR2, SIGUSR1 };
	int status, i;
	pid_t pid;

	(void)state;
	block_answers();
	for (i = 0; i < 2; i++) {
		assert_int_not_equal(pid = fork(), -1);
		if (pid == 0)
			await_answer(wanted[i]);
		ask_answer(pid, i == 1, LINE);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
}

/* Another program: the signal would end it. */
static void
test_other_program(void **state)
{
	int status, in[2], out[2];
	sigset_t none;
	pid_t pid;
	char octet = 'x';

	(void)state;
	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(out), 0);
	assert_int_not_equal(pid = fork(), -1);
	if (pid == 0) {
		(void)sigemptyset(&none);
		(void)sigprocmask(SIG_SETMASK, &none, NULL);
		(void)dup2(in[0], STDIN_FILENO);
		(void)dup2(out[1], STDOUT_FILENO);
		(void)close(in[1]);
		(void)execl("/bin/cat", "cat", (char *)NULL);
		_exit(127);
	}
	/* Once it has copied something, it is that program. */
	assert_int_equal(write(in[1], &octet, 1), 1);
	assert_int_equal(read(out[0], &octet, 1), 1);
	ask_answer(pid, true, 0);
	ask_answer(pid, false, 0);
	(void)close(in[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	(void)close(in[0]);
	(void)close(out[0]);
	(void)close(out[1]);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_asker),
		cmocka_unit_test(test_other_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
