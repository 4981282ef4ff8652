/* SPDX-License-Identifier: ISC */

/*
 * A child of the master: see child.h.
 *
 * A child is executed and not only forked, so that its address space has
 * nothing of the master's, and its own layout.
 *
 * A child that was never ready or ran for less than CHILD_MIN_LIFE_MS is
 * restarted with a delay that doubles each time; any other is restarted at
 * once.  A child that is not ready in time, closed its control socket, or was
 * told to stop is killed if it does not exit in time.  One that does not answer
 * any more hangs: it may be stopped, or wait for something for ever.  When it
 * is killed is decided in watchdog.c.
 */

#include "master/child.h"

#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"

void
child_init(struct child *child, const char *name, unsigned int start_limit_ms)
{
	memset(child, 0, sizeof(*child));
	(void)strlcpy(child->name, name, sizeof(child->name));
	child->start_limit_ms = start_limit_ms;
	child->control.fd = -1;
	child->term_at_ms = INT64_MAX;
	child->kill_at_ms = INT64_MAX;
}

void
child_finish(struct child *child)
{
	ipc_channel_finish(&child->control);
}

/* In the child after fork(2): only async-signal-safe calls. */
static _Noreturn void
become(const char *path, char *const argv[], int control)
{
	static const int restored[] = { SIGCHLD, SIGHUP, SIGINT, SIGPIPE,
	    SIGTERM };
	sigset_t none;
	size_t i;

	(void)setpgid(0, 0);
	for (i = 0; i < sizeof(restored) / sizeof(restored[0]); i++)
		(void)signal(restored[i], SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	/* dup2 clears close-on-exec, but not if both numbers are the same. */
	if (control == IPC_CONTROL_FD)
		control = dup(control);
	if (control != -1 && dup2(control, IPC_CONTROL_FD) != -1) {
		closefrom(IPC_CONTROL_FD + 1);
		(void)execv(path, argv);
	}
	_exit(EX_OSERR);
}

/* Set when to start it again; has_failed: its start has failed. */
static void
schedule(struct child *child, bool has_failed, int64_t now_ms)
{
	child->nfailures = has_failed ? child->nfailures + 1 : 0;
	if (!has_failed)
		child->delay_ms = 0;
	else if (child->delay_ms == 0)
		child->delay_ms = CHILD_MIN_DELAY_MS;
	else if (child->delay_ms < CHILD_MAX_DELAY_MS / 2)
		child->delay_ms *= 2;
	else
		child->delay_ms = CHILD_MAX_DELAY_MS;
	child->restart_at_ms = now_ms + child->delay_ms;
}

int
child_start(struct child *child, const char *path, char *const argv[],
    int64_t now_ms)
{
	pid_t pid;
	int fds[2];

	/* Reset it first: a start that fails now must be delayed. */
	child->is_told_to_stop = false;
	/* After fork(2) the child could report this only by its exit status. */
	if (access(path, X_OK) == -1) {
		log_warn(M_PROCESS_NOT_EXECUTABLE, "%s: cannot execute %s",
		    child->name, path);
		schedule(child, true, now_ms);
		return -1;
	}
	if (ipc_pair(fds) == -1) {
		log_warn(M_PROCESS_NOT_STARTED,
		    "%s: cannot create its control socket", child->name);
		schedule(child, true, now_ms);
		return -1;
	}
	if ((pid = fork()) == -1) {
		log_warn(M_PROCESS_NOT_STARTED, "%s: cannot be started",
		    child->name);
		(void)close(fds[0]);
		(void)close(fds[1]);
		schedule(child, true, now_ms);
		return -1;
	}
	if (pid == 0)
		become(path, argv, fds[1]);
	/* The child does this, too: whoever is first, the group then exists. */
	(void)setpgid(pid, pid);
	(void)close(fds[1]);
	ipc_channel_init(&child->control, fds[0], false);
	child->pid = pid;
	child->is_ready = false;
	child->was_ready = false;
	child->is_terminated = false;
	child->term_at_ms = now_ms + child->start_limit_ms;
	child->kill_at_ms = INT64_MAX;
	child->started_ms = now_ms;
	log_debug("%s: started as process %ld", child->name, (long)pid);
	return 0;
}

bool
child_note_ready(struct child *child)
{
	if (child->is_told_to_stop || child->is_terminated)
		return false;
	child->is_ready = true;
	child->was_ready = true;
	child->term_at_ms = INT64_MAX;
	child->npings = 0;
	child->is_hung = false;
	child->ping_at_ms = 0;
	child->allowed_ms = 0;
	return true;
}

pid_t
child_reap(int *wait_status)
{
	siginfo_t info;
	pid_t pid;
	int r;

	memset(&info, 0, sizeof(info));
	while ((r = waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT)) ==
	    -1 && errno == EINTR)
		;
	if (r == -1 || info.si_pid == 0)
		return 0;
	/* It is not reaped yet, so its group id is not reused yet. */
	(void)kill(-info.si_pid, SIGKILL);
	while ((pid = waitpid(info.si_pid, wait_status, 0)) == -1 &&
	    errno == EINTR)
		;
	return pid == info.si_pid ? pid : 0;
}

/* Why the start failed, if it did. */
static void
note_why(struct child *child, int wait_status, int64_t now_ms)
{
	const size_t size = sizeof(child->why);
	int n;

	if (!child->was_ready && child->is_terminated)
		n = snprintf(child->why, size, "not ready within %u ms",
		    child->start_limit_ms);
	else if (WIFSIGNALED(wait_status))
		n = snprintf(child->why, size, "killed by signal %d",
		    WTERMSIG(wait_status));
	else
		n = snprintf(child->why, size, "status %d",
		    WEXITSTATUS(wait_status));
	if (child->was_ready && n > 0 && (size_t)n < size)
		(void)snprintf(child->why + n, size - (size_t)n,
		    ", %lld ms after its start",
		    (long long)(now_ms - child->started_ms));
}

/* Nobody sends SIGSYS but the filter of system calls. */
static void
log_killed(const struct child *child, int sig)
{
	if (sig == SIGSYS)
		log_warnx(M_PROCESS_KILLED, "%s: process %ld was killed by "
		    "signal %d (%s): it tried a system call that it never "
		    "makes, so somebody may have taken it over: the kernel's "
		    "log has its number: journalctl -k --grep type=1326",
		    child->name, (long)child->pid, sig, strsignal(sig));
	else
		log_warnx(M_PROCESS_KILLED, "%s: process %ld was killed by "
		    "signal %d (%s)", child->name, (long)child->pid, sig,
		    strsignal(sig));
}

int
child_ended(struct child *child, int wait_status, int64_t now_ms)
{
	bool has_failed = !child->was_ready ||
	    now_ms - child->started_ms < CHILD_MIN_LIFE_MS;
	int status;

	schedule(child, has_failed && !child->is_told_to_stop, now_ms);
	note_why(child, wait_status, now_ms);
	if (WIFSIGNALED(wait_status)) {
		status = 128 + WTERMSIG(wait_status);
		log_killed(child, WTERMSIG(wait_status));
	} else {
		status = WEXITSTATUS(wait_status);
		if (status == 0 && child->is_told_to_stop)
			log_debug("%s: process %ld ended", child->name,
			    (long)child->pid);
		else if (status == EX_CONFIG)
			/* The child has logged a warning that says why. */
			log_info(M_PROCESS_EXITED,
			    "%s: process %ld ended with status %d", child->name,
			    (long)child->pid, status);
		else
			log_warnx(M_PROCESS_EXITED,
			    "%s: process %ld ended with status %d", child->name,
			    (long)child->pid, status);
	}
	child_finish(child);
	child->pid = 0;
	child->is_ready = false;
	child->is_hung = false;
	child->was_hung = false;
	return status;
}

void
child_stop(struct child *child, int64_t kill_at_ms)
{
	if (child->pid == 0 || child->is_told_to_stop)
		return;
	child->is_told_to_stop = true;
	child->is_ready = false;
	/* If its control socket is closed, it may be killed sooner. */
	if (child->kill_at_ms > kill_at_ms)
		child->kill_at_ms = kill_at_ms;
	if (child->control.fd == -1)
		return;
	child->term_at_ms = INT64_MAX;
	(void)ipc_send(&child->control, IPC_CTL_STOP, 0, NULL, 0, -1,
	    IPC_NOWAIT);
}

void
child_lose(struct child *child, int64_t now_ms)
{
	child_finish(child);
	child->is_ready = false;
	if (child->pid == 0 || child->is_told_to_stop || child->is_terminated)
		return;
	child->term_at_ms = now_ms + CHILD_END_MS;
	child->kill_at_ms = child->term_at_ms + CHILD_TERM_MS;
}

void
child_end_late(struct child *child, int64_t now_ms)
{
	if (child->pid == 0)
		return;
	if (child->term_at_ms <= now_ms) {
		if (child->control.fd == -1)
			log_warnx(M_PROCESS_UNREACHABLE,
			    "%s: process %ld closed its control socket but is "
			    "still running: terminated", child->name,
			    (long)child->pid);
		else
			log_warnx(M_PROCESS_LATE,
			    "%s: process %ld was not ready within %u ms: "
			    "terminated, to be restarted", child->name,
			    (long)child->pid, child->start_limit_ms);
		(void)kill(child->pid, SIGTERM);
		child->is_terminated = true;
		child->term_at_ms = INT64_MAX;
		if (child->kill_at_ms == INT64_MAX)
			child->kill_at_ms = now_ms + CHILD_TERM_MS;
	}
	if (child->kill_at_ms <= now_ms) {
		log_warnx(M_PROCESS_NOT_STOPPED,
		    "%s: did not stop in time: killed", child->name);
		(void)kill(child->pid, SIGKILL);
		child->kill_at_ms = INT64_MAX;
	}
}

static void
send_ping(struct child *child, int64_t now_ms)
{
	/* A full socket is not read: no answer will come, either. */
	(void)ipc_send(&child->control, IPC_CTL_PING, 0, NULL, 0, -1,
	    IPC_NOWAIT);
	child->npings++;
	child->waited_ms = 0;
	child->counted_ms = now_ms;
}

/* Count what the master ran since the last call as waiting for an answer. */
static void
count_waiting(struct child *child, int64_t now_ms)
{
	int64_t ran_ms = now_ms - child->counted_ms;
	unsigned int counts_ms;

	counts_ms = ran_ms < CHILD_TICK_MS ? (unsigned int)ran_ms :
	    CHILD_TICK_MS;
	child->counted_ms = now_ms;
	if (counts_ms <= child->allowed_ms) {
		child->allowed_ms -= counts_ms;
		return;
	}
	child->waited_ms += counts_ms - child->allowed_ms;
	child->allowed_ms = 0;
}

void
child_ask(struct child *child, int64_t now_ms)
{
	if (child->pid == 0 || !child->is_ready)
		return;
	if (child->npings == 0) {
		if (child->ping_at_ms <= now_ms)
			send_ping(child, now_ms);
		return;
	}
	count_waiting(child, now_ms);
	if (child->waited_ms < CHILD_ANSWER_MS)
		return;
	if (child->npings >= CHILD_PINGS)
		child->is_hung = true;
	/* Also when it hangs: it is not killed as long as others are started,
	 * and may answer until then. */
	send_ping(child, now_ms);
}

void
child_note_answer(struct child *child, int64_t now_ms)
{
	child->npings = 0;
	child->is_hung = false;
	child->ping_at_ms = now_ms + CHILD_PING_MS;
}

void
child_allow(struct child *child, unsigned int allowed_ms)
{
	child->allowed_ms = allowed_ms;
}

void
child_kill(struct child *child)
{
	(void)kill(child->pid, SIGKILL);
	child->is_ready = false;
}

/* When child_ask() has something to do. */
static int64_t
ask_due_ms(const struct child *child)
{
	unsigned int left_ms;

	if (!child->is_ready)
		return INT64_MAX;
	if (child->npings == 0)
		return child->ping_at_ms;
	left_ms = CHILD_ANSWER_MS - child->waited_ms + child->allowed_ms;
	return child->counted_ms + (left_ms < CHILD_TICK_MS ? left_ms :
	    CHILD_TICK_MS);
}

int64_t
child_due_ms(const struct child *child)
{
	int64_t ask_ms, due_ms;

	if (child->pid == 0)
		return INT64_MAX;
	due_ms = child->term_at_ms < child->kill_at_ms ? child->term_at_ms :
	    child->kill_at_ms;
	ask_ms = ask_due_ms(child);
	return ask_ms < due_ms ? ask_ms : due_ms;
}
