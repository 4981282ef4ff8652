/* SPDX-License-Identifier: ISC */

/*
 * Attempts from inside a cell: see celltry.h.
 */

#include "celltry.h"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cell/private.h"

#define NO_RESULT	(-2)	/* the child failed otherwise */

bool
celltry_has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, 1) >= 1;
}

static void *
do_nothing(void *arg)
{
	return arg;
}

long
celltry_start_thread(void)
{
	pthread_t thread;

	return pthread_create(&thread, NULL, do_nothing, NULL) == 0 &&
	    pthread_join(thread, NULL) == 0 ? 0 : -1;
}

/* Refused by the other side, where nobody listens, is allowed by the cell. */
long
celltry_connect(unsigned int port)
{
	const struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
		.sin_addr = { htonl(0x7f0000fe) },
	};
	long fd;

	fd = syscall(SYS_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC,
	    IPPROTO_TCP);
	if (fd == -1)
		return -1;
	return syscall(SYS_connect, fd, &to, sizeof(to)) == 0 ||
	    errno == ECONNREFUSED ? 0 : -1;
}

void
celltry_check_names(const struct cell_call *calls, const char *newer)
{
	for (; calls->name != NULL; calls++)
		if (seccomp_syscall_resolve_name(calls->name) ==
		    __NR_SCMP_ERROR &&
		    (newer == NULL || strcmp(calls->name, newer) != 0))
			fail_msg("%s: no such call", calls->name);
}

/* Calls are filtered on amd64 only, and some of them exist only there. */
static bool
is_loosened(const char *call)
{
	const struct cell_call *extra;

	if (seccomp_arch_native() != SCMP_ARCH_X86_64 &&
	    strcmp(call, "landlock") != 0)
		return true;
	for (extra = cell_extra_calls; extra->name != NULL; extra++)
		if (strcmp(extra->name, call) == 0)
			return true;
	return false;
}

static _Noreturn void
try_in_child(int (*enter)(void), const struct celltry *try, int result)
{
	int error;

	if (enter() == -1)
		_exit(1);
	errno = 0;
	error = try->run() == -1 ? errno : 0;
	_exit(write(result, &error, sizeof(error)) == sizeof(error) ? 0 : 1);
}

static int
result_of(int (*enter)(void), const struct celltry *try)
{
	int error, fds[2], status;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	(void)fflush(NULL);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0)
		try_in_child(enter, try, fds[1]);
	(void)close(fds[1]);
	n = read(fds[0], &error, sizeof(error));
	(void)close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		return CELLTRY_KILLED;
	return n == sizeof(error) && status == 0 ? error : NO_RESULT;
}

void
celltry_check(int (*enter)(void), const struct celltry *tries, size_t ntries)
{
	size_t i, nwrong;
	int result;

	nwrong = 0;
	for (i = 0; i < ntries; i++) {
		if (tries[i].want != 0 && is_loosened(tries[i].call))
			continue;
		result = result_of(enter, &tries[i]);
		if (result == tries[i].want)
			continue;
		print_error("%s: result %d (%s), want %d\n", tries[i].name,
		    result, result > 0 ? strerror(result) : "",
		    tries[i].want);
		nwrong++;
	}
	assert_int_equal(nwrong, 0);
}
