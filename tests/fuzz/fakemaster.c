/* SPDX-License-Identifier: ISC */

/*
 * The kernel, as a master sees it: see fakemaster.h.
 *
 * The linker puts these functions in the place of those of the C library: see
 * meson.build.  The engine calls some of them, too, while no master runs.  What
 * a master may never do is checked at once.
 */

#include "fakemaster.h"

#include <sys/eventfd.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lowest_free.h"
#include "master/child.h"

#define FIRST_PID	0x40000000	/* beyond those of Linux */
#define ASKER		0x3fffffff
#define MAX_TURNS	100000
#define LONG_MS		INT64_C(86400000)

struct fakemaster fakemaster;

static bool	(*make_step)(void);
static void	(*handler)(int, siginfo_t *, void *);
static int	 control_end;		/* of the last pair */
static bool	 is_front;		/* the child that is being started is */
static pid_t	 last_pid;
static int	 knocks = -1;		/* eventfd(2): the listener */
static int	 lowest;		/* free descriptor */
static bool	 is_signalled, is_told_to_end;
static unsigned int nturns, nasked, nanswers;

int	__real_access(const char *path, int mode);
int	__wrap_access(const char *path, int mode);
int	__wrap_accept4(int fd, struct sockaddr *address, socklen_t *len,
	    int flags);
pid_t	__wrap_child_reap(int *status);
struct config *__wrap_config_load(const char *file, FILE *faults,
	    size_t *nfaults);
int	__wrap_connect(int fd, const struct sockaddr *address, socklen_t len);
pid_t	__real_fork(void);
pid_t	__wrap_fork(void);
int	__real_ipc_pair(int fds[2]);
int	__wrap_ipc_pair(int fds[2]);
int	__real_kill(pid_t pid, int sig);
int	__wrap_kill(pid_t pid, int sig);
int64_t	__wrap_monotonic_ms(void);
int	__wrap_ppoll(struct pollfd *fds, nfds_t nfds,
	    const struct timespec *timeout, const sigset_t *mask);
int	__wrap___ppoll_chk(struct pollfd *fds, nfds_t nfds,
	    const struct timespec *timeout, const sigset_t *mask, size_t size);
int	__wrap_setpgid(pid_t pid, pid_t group);
int	__real_sigaction(int sig, const struct sigaction *action,
	    struct sigaction *old);
int	__wrap_sigaction(int sig, const struct sigaction *action,
	    struct sigaction *old);
int	__real_sigprocmask(int how, const sigset_t *set, sigset_t *old);
int	__wrap_sigprocmask(int how, const sigset_t *set, sigset_t *old);
int	__wrap_sigqueue(pid_t pid, int sig, const union sigval value);
int	__wrap_socket(int family, int type, int protocol);
void	__wrap_syslog(int priority, const char *format, ...);

void
__wrap_syslog(int priority, const char *format, ...)
{
	(void)priority;
	(void)format;
}

/* -- Children ------------------------------------------------------------- */

int
__wrap_access(const char *path, int mode)
{
	if (!fakemaster.is_running)
		return __real_access(path, mode);
	is_front = strcmp(path, FAKEMASTER_FRONT) == 0;
	return 0;
}

int
__wrap_ipc_pair(int fds[2])
{
	int r = __real_ipc_pair(fds);

	control_end = fds[1];
	return r;
}

pid_t
__wrap_fork(void)
{
	struct kid *kid = fakemaster.kids;

	if (!fakemaster.is_running)
		return __real_fork();
	if (fakemaster.forks_fail) {
		errno = EAGAIN;
		return -1;
	}
	for (kid += is_front ? 0 : 1; kid->pid != 0; kid++)
		if (is_front || kid == &fakemaster.kids[NKIDS - 1])
			abort();
	ipc_channel_finish(&kid->control);
	memset(kid, 0, sizeof(*kid));
	kid->pid = ++last_pid;
	ipc_channel_init(&kid->control, fcntl(control_end, F_DUPFD_CLOEXEC,
	    0), true);
	return kid->pid;
}

int
__wrap_setpgid(pid_t pid, pid_t group)
{
	if (pid != last_pid || pid != group)
		abort();
	return 0;
}

void
fakemaster_exit(struct kid *kid, int status)
{
	if (kid->pid == 0 || kid->has_exited)
		return;
	kid->has_exited = true;
	kid->status = status;
	ipc_channel_finish(&kid->control);
	fakemaster_signal(SIGCHLD);
}

int
__wrap_kill(pid_t pid, int sig)
{
	struct kid *kid = fakemaster.kids;

	if (!fakemaster.is_running)
		return __real_kill(pid, sig);
	while (kid->pid != pid)
		if (++kid == fakemaster.kids + NKIDS)
			abort();
	if (sig == SIGKILL || (sig == SIGTERM && !kid->is_stubborn))
		fakemaster_exit(kid, sig);
	else if (sig != SIGTERM)
		abort();
	return 0;
}

pid_t
__wrap_child_reap(int *status)
{
	struct kid *kid;
	pid_t pid;

	for (kid = fakemaster.kids; kid < fakemaster.kids + NKIDS; kid++) {
		if (!kid->has_exited)
			continue;
		if (kid == fakemaster.kids)
			fakemaster_end_front();
		pid = kid->pid;
		*status = kid->status;
		kid->pid = 0;
		kid->has_exited = false;
		return pid;
	}
	return 0;
}

/* -- The other service ---------------------------------------------------- */

int
__wrap_socket(int family, int type, int protocol)
{
	int fds[2];

	if (family != AF_UNIX || protocol != 0 ||
	    socketpair(AF_UNIX, type, 0, fds) == -1)
		abort();
	ipc_channel_finish(&fakemaster.outside);
	ipc_channel_init(&fakemaster.outside, fds[1], true);
	return fds[0];
}

int
__wrap_connect(int fd, const struct sockaddr *address, socklen_t len)
{
	(void)fd;
	(void)address;
	(void)len;
	errno = ECONNREFUSED;
	return fakemaster.connects_fail ? -1 : 0;
}

int
__wrap_accept4(int fd, struct sockaddr *address, socklen_t *len, int flags)
{
	uint64_t n;
	int fds[2];

	(void)address;
	(void)len;
	if (fd != knocks || flags != SOCK_CLOEXEC || read(knocks, &n,
	    sizeof(n)) != sizeof(n) || fakemaster.connects_fail) {
		errno = EMFILE;
		return -1;
	}
	if (__real_ipc_pair(fds) == -1)
		abort();
	fakemaster_end_front();
	ipc_channel_finish(&fakemaster.outside);
	ipc_channel_init(&fakemaster.outside, fds[1], true);
	return fds[0];
}

static void
read_outside(void)
{
	struct ipc_message message;

	while (fakemaster.outside.fd != -1 &&
	    ipc_receive_packet(&fakemaster.outside, &message) == 0)
		if (message.fd != -1)
			(void)close(message.fd);
}

/* -- Signals -------------------------------------------------------------- */

int
__wrap_sigaction(int sig, const struct sigaction *action,
    struct sigaction *old)
{
	if (!fakemaster.is_running)
		return __real_sigaction(sig, action, old);
	handler = action->sa_sigaction;
	return 0;
}

int
__wrap_sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
	return fakemaster.is_running ? 0 : __real_sigprocmask(how, set, old);
}

void
fakemaster_signal(int sig)
{
	siginfo_t info = { .si_signo = sig };

	handler(sig, &info, NULL);
	is_signalled = true;
}

void
fakemaster_reload(unsigned int config, bool is_asked)
{
	siginfo_t info = { .si_signo = SIGHUP };

	fakemaster.config = config;
	if (is_asked) {
		info.si_code = SI_QUEUE;
		info.si_pid = ASKER;
		info.si_value.sival_int = 0x636f756e;
		nasked++;
	}
	handler(SIGHUP, &info, NULL);
	is_signalled = true;
}

/* An answer to who asked for a reload. */
int
__wrap_sigqueue(pid_t pid, int sig, const union sigval value)
{
	(void)value;
	if (pid != ASKER || (sig != SIGUSR1 && sig != SIGUSR2) ||
	    ++nanswers > nasked)
		abort();
	return 0;
}

struct config *
__wrap_config_load(const char *file, FILE *faults, size_t *nfaults)
{
	(void)file;
	*nfaults = fakemaster.config >= NCONFIGS;
	if (fakemaster.config < NCONFIGS)
		return config_ref(fakemaster.configs[fakemaster.config]);
	(void)fprintf(faults, "f:1: an error\n");
	return NULL;
}

/* -- Time ----------------------------------------------------------------- */

int64_t
__wrap_monotonic_ms(void)
{
	return fakemaster.now_ms;
}

/* What children do by themselves, if they are told to stop. */
static void
obey(void)
{
	struct kid *kid;

	for (kid = fakemaster.kids; kid < fakemaster.kids + NKIDS; kid++) {
		fakemaster_read(kid);
		if (kid->was_told && !kid->is_stubborn)
			fakemaster_exit(kid, 0);
	}
	read_outside();
}

/* Let something happen, or else time pass. */
static void
go_on(int64_t limit_ms)
{
	const uint64_t one = 1;

	obey();
	if (is_signalled)
		return;
	if (!make_step()) {
		if (!is_told_to_end)
			fakemaster_signal(SIGTERM);
		else if (limit_ms == INT64_MAX)
			abort();
		else
			fakemaster.now_ms += limit_ms;
		is_told_to_end = true;
	}
	if (knocks != -1 && fakemaster.nknocks > 0) {
		fakemaster.nknocks--;
		(void)!write(knocks, &one, sizeof(one));
	}
}

int
__wrap_ppoll(struct pollfd *fds, nfds_t nfds, const struct timespec *timeout,
    const sigset_t *mask)
{
	int64_t limit_ms = INT64_MAX, until_ms;
	int n = 0;

	(void)mask;
	if (timeout != NULL)
		limit_ms = timeout->tv_sec * INT64_C(1000) +
		    timeout->tv_nsec / 1000000;
	until_ms = limit_ms > LONG_MS ? INT64_MAX :
	    fakemaster.now_ms + limit_ms;
	fakemaster.now_ms++;
	/* Also a signal that came before. */
	while (!is_signalled && (n = poll(fds, nfds, 0)) == 0) {
		if (++nturns > MAX_TURNS)
			abort();
		if (until_ms <= fakemaster.now_ms)
			return 0;
		go_on(until_ms == INT64_MAX ? INT64_MAX :
		    until_ms - fakemaster.now_ms);
	}
	if (!is_signalled)
		return n;
	is_signalled = false;
	errno = EINTR;
	return -1;
}

/* As the C library has it with _FORTIFY_SOURCE. */
int
__wrap___ppoll_chk(struct pollfd *fds, nfds_t nfds,
    const struct timespec *timeout, const sigset_t *mask, size_t size)
{
	if (size / sizeof(*fds) < nfds)
		abort();
	return __wrap_ppoll(fds, nfds, timeout, mask);
}

/* -- A run ---------------------------------------------------------------- */

void
fakemaster_begin(bool (*take_steps)(void), int *listener)
{
	struct kid *kid;

	lowest = lowest_free();
	make_step = take_steps;
	for (kid = fakemaster.kids; kid < fakemaster.kids + NKIDS; kid++) {
		memset(kid, 0, sizeof(*kid));
		kid->control.fd = -1;
	}
	fakemaster.outside.fd = -1;
	fakemaster.now_ms = 1000;
	fakemaster.nknocks = 0;
	fakemaster.config = 0;
	fakemaster.forks_fail = fakemaster.connects_fail = false;
	last_pid = FIRST_PID;
	nturns = nasked = nanswers = 0;
	is_signalled = is_told_to_end = false;
	knocks = -1;
	if (listener != NULL && (*listener = knocks = eventfd(0, EFD_CLOEXEC |
	    EFD_NONBLOCK)) == -1)
		abort();
	fakemaster.is_running = true;
}

void
fakemaster_end(void)
{
	struct kid *kid;

	fakemaster.is_running = false;
	for (kid = fakemaster.kids; kid < fakemaster.kids + NKIDS; kid++) {
		if (kid->pid != 0)
			abort();
		ipc_channel_finish(&kid->control);
	}
	ipc_channel_finish(&fakemaster.outside);
	if (knocks != -1)
		(void)close(knocks);
	if (lowest_free() != lowest)
		abort();
}
