/* SPDX-License-Identifier: ISC */

/*
 * What systemd says in the environment, and what it is told.
 */

#include <sys/socket.h>
#include <sys/un.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/notify.h"

#define PASSED_FD	3

/* A socket in systemd's place, with a name outside the file system. */
static int
listen_as(char *name, size_t size)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd;

	(void)snprintf(name, size, "@test_notify-%ld", (long)getpid());
	(void)strlcpy(un.sun_path + 1, name + 1, sizeof(un.sun_path) - 1);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_not_equal(fd, -1);
	assert_int_equal(bind(fd, (struct sockaddr *)&un,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
	    strlen(name))), 0);
	return fd;
}

static bool
is_told(int fd, const char *state)
{
	char text[128];
	ssize_t n;

	n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);
	if (n == -1)
		return state == NULL;
	text[n] = '\0';
	return state != NULL && strcmp(text, state) == 0;
}

static void
state_is_sent(void **state)
{
	struct notify notify;
	char name[64];
	int fd;

	(void)state;
	fd = listen_as(name, sizeof(name));
	(void)setenv("NOTIFY_SOCKET", name, 1);
	(void)unsetenv("WATCHDOG_USEC");
	notify_init(&notify);
	assert_null(getenv("NOTIFY_SOCKET"));
	notify_send(&notify, "READY=1");
	assert_true(is_told(fd, "READY=1"));
	/* Nobody waits for signs of life. */
	notify_alive(&notify, INT64_MAX - 1);
	assert_true(is_told(fd, NULL));
	(void)close(fd);
	/* systemd is gone. */
	notify_send(&notify, "READY=1");
}

static void
signs_of_life_are_due(void **state)
{
	struct notify notify;
	char name[64];
	int fd;

	(void)state;
	fd = listen_as(name, sizeof(name));
	(void)setenv("NOTIFY_SOCKET", name, 1);
	(void)setenv("WATCHDOG_USEC", "60000000", 1);
	(void)unsetenv("WATCHDOG_PID");
	notify_init(&notify);
	assert_null(getenv("WATCHDOG_USEC"));
	notify_alive(&notify, 1000);
	assert_true(is_told(fd, "WATCHDOG=1"));
	assert_int_equal(notify.due_ms, 1000 + 15000);
	notify_alive(&notify, notify.due_ms - 1);
	assert_true(is_told(fd, NULL));
	notify_alive(&notify, notify.due_ms);
	assert_true(is_told(fd, "WATCHDOG=1"));
	(void)close(fd);
}

/* What is kept is sent with its name, after what had that name. */
static void
descriptors_are_kept(void **state)
{
	char control[CMSG_SPACE(sizeof(int))], text[64], name[64];
	struct iovec iov = { text, sizeof(text) - 1 };
	struct msghdr message = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control)
	};
	struct notify notify;
	ssize_t n;
	int fd;

	(void)state;
	fd = listen_as(name, sizeof(name));
	(void)setenv("NOTIFY_SOCKET", name, 1);
	notify_init(&notify);
	notify_keep(&notify, "meters", STDIN_FILENO);
	assert_true(is_told(fd, "FDSTOREREMOVE=1\nFDNAME=meters"));
	n = recvmsg(fd, &message, MSG_DONTWAIT);
	assert_true(n > 0);
	text[n] = '\0';
	assert_string_equal(text, "FDSTORE=1\nFDNAME=meters");
	assert_int_equal(CMSG_FIRSTHDR(&message)->cmsg_type, SCM_RIGHTS);
	(void)close(fd);
	notify_init(&notify);
	notify_keep(&notify, "meters", STDIN_FILENO);
}

static void
kept_descriptors_have_names(void **state)
{
	static const struct {
		const char	*name;
		int		 want;
	} cases[] = {
		{ "meters", PASSED_FD }, { "other", -1 }, { "meters:x", -1 },
		{ "", -1 }
	};
	char pid[32];
	size_t i;

	(void)state;
	(void)snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	assert_int_equal(dup2(STDIN_FILENO, PASSED_FD), PASSED_FD);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)setenv("LISTEN_PID", pid, 1);
		(void)setenv("LISTEN_FDS", "1", 1);
		(void)setenv("LISTEN_FDNAMES", cases[i].name, 1);
		assert_int_equal(notify_take_kept("meters"), cases[i].want);
		assert_null(getenv("LISTEN_FDS"));
	}
	(void)close(PASSED_FD);
}

/* A watchdog of another process, nonsense, and nobody to tell. */
static void
other_watchdogs_are_ignored(void **state)
{
	static const struct {
		const char	*socket, *usec, *pid;
	} cases[] = {
		{ "@x",	"60000000",	"1" },
		{ "@x",	"0",		NULL },
		{ "@x",	"-5",		NULL },
		{ "@x",	"soon",		NULL },
		{ "x",	"60000000",	NULL },
		{ "",	"60000000",	NULL },
	};
	struct notify notify;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)setenv("NOTIFY_SOCKET", cases[i].socket, 1);
		(void)setenv("WATCHDOG_USEC", cases[i].usec, 1);
		if (cases[i].pid != NULL)
			(void)setenv("WATCHDOG_PID", cases[i].pid, 1);
		notify_init(&notify);
		assert_true(notify.due_ms == INT64_MAX);
		assert_null(getenv("WATCHDOG_PID"));
	}
}

/* A socket is taken only if it was passed to this process, and no other was. */
static void
passed_socket_is_taken(void **state)
{
	char pid[24];
	int fd, saved;

	(void)state;
	saved = fcntl(PASSED_FD, F_DUPFD_CLOEXEC, 10);
	fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	assert_int_not_equal(fd, -1);
	if (fd != PASSED_FD) {
		assert_int_equal(dup2(fd, PASSED_FD), PASSED_FD);
		(void)close(fd);
	}
	(void)snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	(void)setenv("LISTEN_PID", "1", 1);
	(void)setenv("LISTEN_FDS", "1", 1);
	assert_int_equal(notify_take_socket(), -1);
	assert_null(getenv("LISTEN_PID"));
	assert_null(getenv("LISTEN_FDS"));
	(void)setenv("LISTEN_PID", pid, 1);
	(void)setenv("LISTEN_FDS", "2", 1);
	assert_int_equal(notify_take_socket(), -1);
	(void)setenv("LISTEN_PID", pid, 1);
	(void)setenv("LISTEN_FDS", "1", 1);
	assert_int_equal(notify_take_socket(), PASSED_FD);
	assert_true((fcntl(PASSED_FD, F_GETFD) & FD_CLOEXEC) != 0);
	assert_true((fcntl(PASSED_FD, F_GETFL) & O_NONBLOCK) != 0);
	(void)close(PASSED_FD);
	(void)setenv("LISTEN_PID", pid, 1);
	(void)setenv("LISTEN_FDS", "1", 1);
	assert_int_equal(notify_take_socket(), -1);
	if (saved != -1)
		(void)dup2(saved, PASSED_FD);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(state_is_sent),
		cmocka_unit_test(signs_of_life_are_due),
		cmocka_unit_test(other_watchdogs_are_ignored),
		cmocka_unit_test(descriptors_are_kept),
		cmocka_unit_test(kept_descriptors_have_names),
		cmocka_unit_test(passed_socket_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
