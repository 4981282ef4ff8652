/* SPDX-License-Identifier: ISC */

/*
 * Starting another program: see program_start.h.
 *
 * This is not posix_spawn(3) because of what is done between fork(2) and
 * execve(2).  The alarm ends a program that outlives the one which waits for
 * it, or that was stopped.  It is set before the last look at the clock, so
 * that it also ends a child that was stopped between that look and execve(2):
 * whatever is stopped, nothing of the program runs later than limit_s after
 * latest_ms, but processes that it has started itself.  A suspended machine is
 * another matter, since neither clock nor alarm go on then.
 *
 * Other threads may be running, so the child calls only functions that a signal
 * handler may call.
 */

#include "base/program_start.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define REPORT	(STDERR_FILENO + 1)	/* in the child, until it runs */

/* Make fd the standard descriptor that is wanted; -1 on failure. */
static int
place(int fd, int wanted)
{
	return fd == wanted ? fcntl(fd, F_SETFD, 0) : dup2(fd, wanted);
}

static int
place_all(const struct program_begin *begin, int report)
{
	int input = begin->input;

	if (input == -1 && (input = open("/dev/null",
	    O_RDONLY | O_CLOEXEC)) == -1)
		return -1;
	if (place(input, STDIN_FILENO) == -1 ||
	    place(begin->output, STDOUT_FILENO) == -1 ||
	    place(begin->complaint, STDERR_FILENO) == -1)
		return -1;
	return report == REPORT ? 0 : dup3(report, REPORT, O_CLOEXEC);
}

static void
close_others(void)
{
	struct rlimit limit;
	unsigned int fd;

	if (syscall(SYS_close_range, REPORT + 1, UINT_MAX, 0) == 0 ||
	    getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return;
	for (fd = REPORT + 1; fd < limit.rlim_cur && fd < INT_MAX; fd++)
		(void)close((int)fd);
}

static void
reset_signals(void)
{
	struct sigaction action;
	sigset_t none;
	int i;

	memset(&action, 0, sizeof(action));
	action.sa_handler = SIG_DFL;
	for (i = 1; i < NSIG; i++)
		(void)sigaction(i, &action, NULL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * The last look, in the child.  Once its parent has ended, others count from
 * then on how long the program may take.
 */
static bool
may_start(const struct program_begin *begin, pid_t parent)
{
	return !monotonic_has_passed(begin->latest_ms) && getppid() == parent;
}

/* The child; its parent reads errno if it cannot run the program. */
static _Noreturn void
run(char *const argv[], char *const environment[],
    const struct program_begin *begin, pid_t parent, int report)
{
	int error;

	if (setpgid(0, 0) == 0 && place_all(begin, report) != -1) {
		report = REPORT;
		close_others();
		reset_signals();
		(void)alarm(begin->limit_s);
		if (may_start(begin, parent))
			(void)execve(argv[0], argv, environment);
		else
			errno = ETIME;
	}
	error = errno;
	(void)!write(report, &error, sizeof(error));
	_exit(127);
}

/* What the child reports: nothing once the program runs. */
static int
read_report(int fd)
{
	ssize_t n;
	int error;

	while ((n = read(fd, &error, sizeof(error))) == -1 && errno == EINTR)
		;
	return n == (ssize_t)sizeof(error) ? error : 0;
}

int
program_start(const char *const argv[], const char *const environment[],
    const struct program_begin *begin, pid_t *pid)
{
	const pid_t parent = getpid();
	/* execve() changes neither; its prototype predates const. */
	union {
		const char *const *in;
		char *const *out;
	} arguments = { argv }, variables = { environment };
	sigset_t all, before;
	int report[2], error;

	if (pipe2(report, O_CLOEXEC) == -1)
		return errno;
	/* No handler of the parent may run in the child. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	*pid = fork();
	error = errno;
	if (*pid == 0)
		run(arguments.out, variables.out, begin, parent, report[1]);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)close(report[1]);
	if (*pid != -1 && (error = read_report(report[0])) != 0)
		while (waitpid(*pid, NULL, 0) == -1 && errno == EINTR)
			;
	(void)close(report[0]);
	return error;
}
