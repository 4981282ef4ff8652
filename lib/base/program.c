/* SPDX-License-Identifier: ISC */

/*
 * Running another program: see program.h.
 *
 * It waits for the program to exit, not for the end of its output, because a
 * process that it left behind may keep the pipe open.
 */

#include "base/program.h"

#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/program_start.h"

#define POLL_MS	20	/* between two checks of a program without pidfd */
#define ALARM_S	2	/* after limit_ms: if nobody ends it before */

enum { OUTPUT, COMPLAINT, END, INPUT, NFDS };

struct running {
	const struct program_talk *talk;
	struct program_result *result;
	struct pollfd	 fds[NFDS];
	pid_t		 pid;
	size_t		 outputlen;
	size_t		 linelen;	/* in result->complaint */
	bool		 line_ended;
	const char	*chunk;		/* of give_input, still to be written */
	size_t		 chunklen;
	int64_t		 deadline, silent_until;
};

static void
keep_output(struct running *r, const char *chunk, size_t len)
{
	size_t room = sizeof(r->result->output) - 1 - r->outputlen;

	if (r->talk->take_output != NULL) {
		r->talk->take_output(r->talk->context, chunk, len);
		return;
	}
	if (len > room)
		len = room;
	memcpy(r->result->output + r->outputlen, chunk, len);
	r->outputlen += len;
}

/* Keep the last line; an empty line does not replace it. */
static void
keep_complaint(struct running *r, const char *chunk, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (chunk[i] == '\n') {
			r->line_ended = true;
			continue;
		}
		if (r->line_ended) {
			r->line_ended = false;
			r->linelen = 0;
		}
		if (r->linelen == sizeof(r->result->complaint) - 1)
			continue;
		r->result->complaint[r->linelen++] =
		    chunk[i] >= ' ' && chunk[i] <= '~' ? chunk[i] : '?';
		r->result->complaint[r->linelen] = '\0';
	}
}

static void
close_fd(struct running *r, int which)
{
	if (r->fds[which].fd != -1)
		close(r->fds[which].fd);
	r->fds[which].fd = -1;
}

/* Read what is available; false at the end of the output. */
static bool
take(struct running *r, int which)
{
	char chunk[4096];
	ssize_t n;

	n = read(r->fds[which].fd, chunk, sizeof(chunk));
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return true;
	/* It would wait for input that depends on its answers. */
	if (n == -1 && which == OUTPUT)
		close_fd(r, INPUT);
	if (n <= 0)
		return false;
	if (which == OUTPUT) {
		r->silent_until = monotonic_ms() + r->talk->silence_ms;
		keep_output(r, chunk, (size_t)n);
	} else
		keep_complaint(r, chunk, (size_t)n);
	return true;
}

/* Read what it wrote before it exited: at most as much as a pipe holds. */
static void
take_rest(struct running *r, int which)
{
	int i;

	for (i = 0; i < 16 && r->fds[which].fd != -1; i++)
		if (!take(r, which))
			close_fd(r, which);
}

static bool
has_ended(const struct running *r)
{
	siginfo_t info = { .si_pid = 0 };

	if (r->fds[END].fd != -1)
		return r->fds[END].revents != 0;
	return waitid(P_PID, (id_t)r->pid, &info,
	    WEXITED | WNOHANG | WNOWAIT) == -1 || info.si_pid != 0;
}

static int64_t
time_left(const struct running *r)
{
	return (r->talk->silence_ms == 0 || r->deadline < r->silent_until ?
	    r->deadline : r->silent_until) - monotonic_ms();
}

/* Write what it is given, as far as the pipe takes it. */
static void
give(struct running *r)
{
	ssize_t n;

	while (r->fds[INPUT].fd != -1) {
		if (r->chunklen == 0)
			r->chunklen = r->talk->give_input(r->talk->context,
			    &r->chunk);
		if (r->chunklen == PROGRAM_INPUT_END) {
			r->chunklen = 0;
			close_fd(r, INPUT);
			return;
		}
		if (r->chunklen == 0)
			break;
		n = write(r->fds[INPUT].fd, r->chunk, r->chunklen);
		if (n == -1 && errno != EAGAIN && errno != EINTR)
			close_fd(r, INPUT);	/* it reads no more */
		if (n == -1)
			break;
		r->silent_until = monotonic_ms() + r->talk->silence_ms;
		r->chunk += n;
		r->chunklen -= (size_t)n;
	}
	/* Without anything to write, only its death is of interest. */
	r->fds[INPUT].events = r->chunklen > 0 ? POLLOUT : 0;
}

/* Read its output until it exits (true) or its time is over (false). */
static bool
attend(struct running *r)
{
	int64_t left;
	int which;

	give(r);
	for (;;) {
		if ((left = time_left(r)) <= 0)
			return false;
		if (r->fds[END].fd == -1 && left > POLL_MS)
			left = POLL_MS;
		if (poll(r->fds, NFDS, (int)left) == -1) {
			if (errno != EINTR)
				return false;
			continue;
		}
		for (which = OUTPUT; which <= COMPLAINT; which++)
			if (r->fds[which].fd != -1 &&
			    r->fds[which].revents != 0 && !take(r, which))
				close_fd(r, which);
		give(r);
		if (has_ended(r)) {
			take_rest(r, OUTPUT);
			take_rest(r, COMPLAINT);
			return true;
		}
	}
}

static void
reap(struct running *r, bool in_time)
{
	struct program_result *result = r->result;
	int status;
	pid_t pid;

	if (!in_time)
		kill(-r->pid, SIGKILL);
	while ((pid = waitpid(r->pid, &status, 0)) == -1 && errno == EINTR)
		;
	if (pid == -1) {
		result->end = PROGRAM_NOT_RUN;
		result->code = errno;
	} else if (!in_time)
		result->end = PROGRAM_LATE;
	else if (WIFSIGNALED(status)) {
		result->end = PROGRAM_KILLED;
		result->code = WTERMSIG(status);
	} else {
		result->end = PROGRAM_EXITED;
		result->code = WEXITSTATUS(status);
	}
}

/* By syscall number: glibc has a wrapper only since 2.36. */
static int
open_pidfd(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

void
program_run(const char *const argv[], const char *const environment[],
    unsigned int limit_ms, struct program_result *result)
{
	const struct program_talk talk = { .input = -1, .limit_ms = limit_ms };

	program_talk(argv, environment, &talk, result);
}

/* Both ends of a pipe, ours not blocking; returns 0 or errno. */
static int
make_pipe(struct running *r, int which, int *theirs)
{
	const int ours = which == INPUT ? 1 : 0;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) == -1)
		return errno;
	r->fds[which].fd = ends[ours];
	*theirs = ends[1 - ours];
	return fcntl(ends[ours], F_SETFL, O_NONBLOCK) == -1 ? errno : 0;
}

void
program_talk(const char *const argv[], const char *const environment[],
    const struct program_talk *talk, struct program_result *result)
{
	const int64_t now = monotonic_ms();
	struct running r = {
		.talk = talk, .result = result,
		.deadline = now + talk->limit_ms,
		.silent_until = now + talk->silence_ms,
		.fds = {
			{ .fd = -1, .events = POLLIN },
			{ .fd = -1, .events = POLLIN },
			{ .fd = -1, .events = POLLIN },
			{ .fd = -1, .events = 0 },
		},
	};
	int theirs[NFDS] = { -1, -1, -1, -1 }, i;
	struct program_begin begin;

	memset(result, 0, sizeof(*result));
	result->end = PROGRAM_NOT_RUN;
	if ((result->code = make_pipe(&r, OUTPUT, &theirs[OUTPUT])) != 0 ||
	    (result->code = make_pipe(&r, COMPLAINT, &theirs[COMPLAINT])) !=
	    0 || (talk->give_input != NULL &&
	    (result->code = make_pipe(&r, INPUT, &theirs[INPUT])) != 0))
		goto out;
	begin.input = talk->give_input != NULL ? theirs[INPUT] : talk->input;
	begin.output = theirs[OUTPUT];
	begin.complaint = theirs[COMPLAINT];
	begin.limit_s = talk->limit_ms / 1000 + ALARM_S;
	begin.latest_ms = talk->latest_ms;
	result->code = program_start(argv, environment, &begin, &r.pid);
	if (result->code != 0)
		goto out;
	for (i = 0; i < NFDS; i++)
		if (theirs[i] != -1) {
			close(theirs[i]);
			theirs[i] = -1;
		}
	/* If this fails, has_ended() polls with waitid(2). */
	r.fds[END].fd = open_pidfd(r.pid);
	reap(&r, attend(&r));
out:
	for (i = 0; i < NFDS; i++)
		if (theirs[i] != -1)
			close(theirs[i]);
	for (i = 0; i < NFDS; i++)
		close_fd(&r, i);
}
