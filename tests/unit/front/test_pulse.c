/* SPDX-License-Identifier: ISC */

/*
 * The front's session with itself, and what is told of it: here with listeners
 * that answer, or do not.
 */

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <netinet/in.h>
#include <arpa/inet.h>

#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "front/pulse.h"
#include "front/self_session.h"

#define LONG_MS		60000
#define NOBODY		65534
#define SHORT_MS	300	/* to be over, where nothing answers */

static const unsigned char good[] = { 0, 0, 0, 13, 'O', 0, 0, 0, 6, 0, 0, 1,
    0x3f, 0, 0x1f, 0xff, 0xff };
static const unsigned char long_one[1000] = { 0, 0, 3, 0xe4, 'O' };
static const unsigned char refusal[] = { 0, 0, 0, 1, 'r' };
static const unsigned char huge[] = { 1, 0, 0, 13, 'O' };
static const unsigned char half[] = { 0, 0, 0, 13, 'O', 0, 0 };
static const unsigned char more[] = { 0, 0, 0, 13, 'O', 0, 0, 0, 6, 0, 0, 1,
    0x3f, 0, 0x1f, 0xff, 0xff, 0 };

/* What becomes of a connection. */
enum what {
	UNTIL_QUIT,
	STAYS,		/* nor is it closed then: the session is told to stop */
	ENDS_EARLY,	/* nothing is sent after the answer */
	IS_DEAF		/* nothing is read after the options */
};

struct listener {
	char		 folder[64], path[80], name[96];
	int		 fd;
	const unsigned char *answer;	/* NULL: none, and keep it open */
	size_t		 len;
	enum what	 what;
	int		 stop_fd;	/* to be written to; of STAYS */
	pthread_t	 thread;
	atomic_bool	 got_quit;
};

static void
open_listener(struct listener *listener, int backlog)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	memset(listener, 0, sizeof(*listener));
	(void)strlcpy(listener->folder, "/tmp/test_pulse.XXXXXX",
	    sizeof(listener->folder));
	assert_non_null(mkdtemp(listener->folder));
	(void)snprintf(listener->path, sizeof(listener->path), "%s/socket",
	    listener->folder);
	(void)snprintf(listener->name, sizeof(listener->name), "unix:%s",
	    listener->path);
	(void)strlcpy(un.sun_path, listener->path, sizeof(un.sun_path));
	listener->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_not_equal(listener->fd, -1);
	assert_int_equal(bind(listener->fd, (struct sockaddr *)&un,
	    sizeof(un)), 0);
	assert_int_equal(listen(listener->fd, backlog), 0);
}

static void
close_listener(struct listener *listener)
{
	if (listener->fd != -1)
		(void)close(listener->fd);
	(void)unlink(listener->path);
	(void)rmdir(listener->folder);
}

/* One connection: what it sends first, the answer, and its end. */
static void *
serve_one(void *arg)
{
	struct listener *listener = arg;
	unsigned char buf[64];
	int fd;

	if ((fd = accept(listener->fd, NULL, NULL)) == -1)
		return NULL;
	if (recv(fd, buf, 17, MSG_WAITALL) == 17 && buf[4] == 'O') {
		if (listener->what == IS_DEAF)
			(void)shutdown(fd, SHUT_RD);
		if (listener->answer != NULL) {
			/* In two pieces. */
			(void)send(fd, listener->answer, 3, MSG_NOSIGNAL);
			(void)send(fd, listener->answer + 3,
			    listener->len - 3, MSG_NOSIGNAL);
			if (listener->what == ENDS_EARLY)
				(void)shutdown(fd, SHUT_WR);
		}
		if (recv(fd, buf, 5, MSG_WAITALL) == 5 && buf[4] == 'Q')
			atomic_store(&listener->got_quit, true);
		if (listener->what == STAYS) {
			assert_int_equal(write(listener->stop_fd, "", 1), 1);
			(void)recv(fd, buf, 1, 0);
		}
	}
	(void)close(fd);
	return NULL;
}

static int
never(void)
{
	static int fds[2] = { -1, -1 };

	if (fds[0] == -1)
		assert_int_equal(pipe(fds), 0);
	return fds[0];
}

static void
test_answers(void **state)
{
	static const struct {
		const unsigned char *answer;
		size_t		 len;
		enum what	 what;
		unsigned int	 timeout_ms;
		enum self_session result;
		const char	*why;
		bool		 quits;
	} cases[] = {
		{ good, sizeof(good), UNTIL_QUIT, LONG_MS, SELF_ANSWERED, "",
		    true },
		{ long_one, sizeof(long_one), UNTIL_QUIT, LONG_MS,
		    SELF_ANSWERED, "", true },
		{ refusal, sizeof(refusal), ENDS_EARLY, LONG_MS, SELF_FAILED,
		    "answered with something else", false },
		{ huge, sizeof(huge), ENDS_EARLY, LONG_MS, SELF_FAILED,
		    "answered with something else", false },
		{ half, sizeof(half), ENDS_EARLY, LONG_MS, SELF_FAILED,
		    "closed without an answer", false },
		{ NULL, 0, UNTIL_QUIT, SHORT_MS, SELF_LATE,
		    "accepted, but not answered", false },
		{ good, sizeof(good), STAYS, LONG_MS, SELF_FAILED,
		    "answered, but not after a pause", true },
		{ more, sizeof(more), UNTIL_QUIT, LONG_MS, SELF_FAILED,
		    "answered with something else", true },
		{ good, sizeof(good), IS_DEAF, LONG_MS, SELF_FAILED,
		    "closed before its end", false },
	};
	struct listener listener;
	char why[128];
	int stop[2];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		open_listener(&listener, 8);
		listener.answer = cases[i].answer;
		listener.len = cases[i].len;
		listener.what = cases[i].what;
		assert_int_equal(pipe(stop), 0);
		listener.stop_fd = stop[1];
		assert_int_equal(pthread_create(&listener.thread, NULL,
		    serve_one, &listener), 0);
		why[0] = '\0';
		assert_int_equal(self_session(listener.name,
		    cases[i].timeout_ms, stop[0], why, sizeof(why)),
		    cases[i].result);
		assert_string_equal(why, cases[i].why);
		assert_int_equal(pthread_join(listener.thread, NULL), 0);
		assert_int_equal(atomic_load(&listener.got_quit),
		    cases[i].quits);
		(void)close(stop[0]);
		(void)close(stop[1]);
		close_listener(&listener);
	}
}

/* Nobody accepts: with room in the queue, and without. */
static void
test_stuck_listener(void **state)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct listener listener;
	char why[128];
	int fds[8], stop[2];
	size_t i;

	(void)state;
	open_listener(&listener, 0);
	assert_int_equal(self_session(listener.name, SHORT_MS, never(), why,
	    sizeof(why)), SELF_LATE);
	assert_string_equal(why, "accepted, but not answered");
	(void)strlcpy(un.sun_path, listener.path, sizeof(un.sun_path));
	for (i = 0; i < 8; i++) {
		fds[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC |
		    SOCK_NONBLOCK, 0);
		(void)connect(fds[i], (struct sockaddr *)&un, sizeof(un));
	}
	assert_int_equal(self_session(listener.name, SHORT_MS, never(), why,
	    sizeof(why)), SELF_LATE);
	assert_string_equal(why, "connections are not accepted");

	/* Told to stop, it tries no longer; a session of its whole time would
	 * be ended by the limit of this test. */
	assert_int_equal(pipe(stop), 0);
	assert_int_equal(write(stop[1], "", 1), 1);
	assert_int_equal(self_session(listener.name, INT_MAX, stop[0], why,
	    sizeof(why)), SELF_LATE);
	(void)close(stop[0]);
	(void)close(stop[1]);
	for (i = 0; i < 8; i++)
		(void)close(fds[i]);
	close_listener(&listener);
}

/* A socket that no MTA would reach, or that is not ours any more. */
static void
test_lost_socket(void **state)
{
	struct listener listener;
	char expected[64], why[128];
	pid_t pid;
	int status;

	(void)state;
	open_listener(&listener, 8);
	(void)close(listener.fd);
	listener.fd = -1;
	assert_int_equal(self_session(listener.name, LONG_MS, never(), why,
	    sizeof(why)), SELF_FAILED);
	assert_string_equal(why, "cannot connect: Connection refused");
	(void)unlink(listener.path);
	assert_int_equal(self_session(listener.name, LONG_MS, never(), why,
	    sizeof(why)), SELF_FAILED);
	assert_string_equal(why,
	    "it was removed or renamed, so no MTA can reach it");
	close_listener(&listener);

	/* Another process listens. */
	open_listener(&listener, 8);
	(void)snprintf(expected, sizeof(expected),
	    "process %ld listens there now", (long)getpid());
	assert_int_not_equal(pid = fork(), -1);
	if (pid == 0)
		_exit(self_session(listener.name, LONG_MS, never(), why,
		    sizeof(why)) == SELF_FAILED && strcmp(why, expected) == 0 ?
		    0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close_listener(&listener);
}

/* A port answers, and then is closed. */
static void
test_port(void **state)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct listener listener = { .answer = good, .len = sizeof(good) };
	socklen_t len = sizeof(in);
	char why[128];

	(void)state;
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_not_equal(listener.fd, -1);
	assert_int_equal(bind(listener.fd, (struct sockaddr *)&in, len), 0);
	assert_int_equal(listen(listener.fd, 8), 0);
	assert_int_equal(getsockname(listener.fd, (struct sockaddr *)&in,
	    &len), 0);
	(void)snprintf(listener.name, sizeof(listener.name),
	    "inet:%u@127.0.0.1", (unsigned int)ntohs(in.sin_port));
	assert_int_equal(pthread_create(&listener.thread, NULL, serve_one,
	    &listener), 0);
	assert_int_equal(self_session(listener.name, LONG_MS, never(), why,
	    sizeof(why)), SELF_ANSWERED);
	assert_int_equal(pthread_join(listener.thread, NULL), 0);
	assert_true(atomic_load(&listener.got_quit));
	(void)close(listener.fd);
	assert_int_equal(self_session(listener.name, LONG_MS, never(), why,
	    sizeof(why)), SELF_FAILED);
	assert_string_equal(why, "cannot connect: Connection refused");
}

/* -- The thread ----------------------------------------------------------- */

static atomic_ulong nsessions;
static atomic_uint nbeats;

static unsigned long
progress(void)
{
	return atomic_load(&nsessions);
}

static void
beats(void *arg)
{
	(void)arg;
	atomic_fetch_add(&nbeats, 1);
}

static struct pulse *
start_pulse(const struct listener *listener)
{
	struct pulse *pulse;

	atomic_store(&nbeats, 0);
	assert_non_null(pulse = pulse_new(listener->name, progress, beats,
	    NULL));
	return pulse;
}

static void
wait_for_beats(unsigned int n)
{
	while (atomic_load(&nbeats) < n)
		(void)usleep(1000);
}

static void
test_pulse_beats(void **state)
{
	struct listener listener;
	struct pulse *pulse;
	unsigned int i;

	(void)state;
	open_listener(&listener, 8);
	listener.answer = good;
	listener.len = sizeof(good);
	pulse = start_pulse(&listener);
	for (i = 1; i <= 3; i++) {
		pulse_ask(pulse);
		assert_null(serve_one(&listener));
		wait_for_beats(i);
	}
	/* A session that fails is no beat; the next one may be. */
	listener.answer = refusal;
	listener.len = sizeof(refusal);
	pulse_ask(pulse);
	assert_null(serve_one(&listener));
	listener.answer = good;
	listener.len = sizeof(good);
	pulse_ask(pulse);
	assert_null(serve_one(&listener));
	wait_for_beats(4);
	pulse_free(pulse);
	assert_int_equal(atomic_load(&nbeats), 4);
	close_listener(&listener);
}

/*
 * In a directory that our user cannot enter: that says nothing of the listener,
 * so it counts as an answer.
 */
static void
test_pulse_forbidden(void **state)
{
	const bool is_root = geteuid() == 0;
	struct listener listener;
	struct pulse *pulse;
	char why[128];

	(void)state;
	open_listener(&listener, 8);
	assert_int_equal(chmod(listener.folder, 0), 0);
	assert_true(!is_root || seteuid(NOBODY) == 0);
	assert_int_equal(self_session(listener.name, LONG_MS, never(), why,
	    sizeof(why)), SELF_FORBIDDEN);
	assert_string_equal(why, "cannot connect: Permission denied");
	pulse = start_pulse(&listener);
	pulse_ask(pulse);
	wait_for_beats(1);
	pulse_ask(pulse);
	wait_for_beats(2);
	pulse_free(pulse);
	assert_true(!is_root || seteuid(0) == 0);
	assert_int_equal(chmod(listener.folder, 0700), 0);
	close_listener(&listener);
}

/* The end does not wait for a session that nobody answers. */
static void
test_pulse_ends(void **state)
{
	struct listener listener;
	struct pollfd pfd;
	struct pulse *pulse;
	int64_t before_ms;

	(void)state;
	open_listener(&listener, 8);
	pulse = start_pulse(&listener);
	pulse_ask(pulse);
	pfd.fd = listener.fd;
	pfd.events = POLLIN;
	assert_int_equal(poll(&pfd, 1, -1), 1);
	before_ms = monotonic_ms();
	pulse_free(pulse);
	assert_true(monotonic_ms() - before_ms < PULSE_TIMEOUT_MS);
	assert_int_equal(atomic_load(&nbeats), 0);
	close_listener(&listener);
}

/* No descriptor for a session: a front that serves others meanwhile works. */
static void
test_pulse_when_busy(void **state)
{
	struct listener listener;
	struct rlimit before, none;
	struct pulse *pulse;

	(void)state;
	open_listener(&listener, 8);
	pulse = start_pulse(&listener);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 3;	/* stdio; poll(2) wants what it is given */
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	while (atomic_load(&nbeats) == 0) {
		pulse_ask(pulse);
		atomic_fetch_add(&nsessions, 1);
	}
	pulse_free(pulse);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	close_listener(&listener);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_stuck_listener),
		cmocka_unit_test(test_lost_socket),
		cmocka_unit_test(test_port),
		cmocka_unit_test(test_pulse_beats),
		cmocka_unit_test(test_pulse_forbidden),
		cmocka_unit_test(test_pulse_ends),
		cmocka_unit_test(test_pulse_when_busy),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
