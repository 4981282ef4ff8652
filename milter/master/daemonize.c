/* SPDX-License-Identifier: ISC */

/*
 * Run in the background: see daemonize.h.
 *
 * Parent and child share a pipe.  One octet means that the service is up, end
 * of file that the child has exited.
 */

#include "master/daemonize.h"

#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"

static _Noreturn void
wait_for_child(pid_t pid, int fd)
{
	ssize_t n;
	char octet;
	int status;

	do
		n = read(fd, &octet, 1);
	while (n == -1 && errno == EINTR);
	if (n == 1)
		_exit(0);
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			_exit(EX_OSERR);
	/* Exiting before the service was up is a failure in any case. */
	if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		_exit(WEXITSTATUS(status));
	_exit(EX_SOFTWARE);
}

/*
 * Let go of the caller's directory, terminal and pipes.  Only stderr is kept
 * until the service is up, for messages that say why it does not start.
 */
static void
leave_caller(void)
{
	int null;

	(void)setsid();
	(void)!chdir("/");
	if ((null = open("/dev/null", O_RDWR | O_CLOEXEC)) == -1)
		return;
	(void)dup2(null, STDIN_FILENO);
	(void)dup2(null, STDOUT_FILENO);
	if (null > STDERR_FILENO)
		(void)close(null);
}

int
daemonize_start(void)
{
	pid_t pid;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) == -1)
		return -1;
	if ((pid = fork()) == -1) {
		(void)close(fds[0]);
		(void)close(fds[1]);
		return -1;
	}
	if (pid != 0) {
		(void)close(fds[1]);
		wait_for_child(pid, fds[0]);
	}
	(void)close(fds[0]);
	leave_caller();
	return fds[1];
}

void
daemonize_up(int fd)
{
	log_leave_terminal();
	(void)!write(fd, "", 1);
	(void)close(fd);
}
