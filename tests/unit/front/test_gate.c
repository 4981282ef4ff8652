/* SPDX-License-Identifier: ISC */

/*
 * Which connections are accepted: those below the limit, those after others
 * have ended, and the front's own.
 */

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "front/gate.h"

#define NFDS		256
#define MAX		4

static char path[108];
static int listener;
static int clients[64], accepted[64];
static size_t nclients, naccepted;

static int
setup(void **state)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	(void)state;
	(void)snprintf(path, sizeof(path), "/tmp/test_gate.%ld",
	    (long)getpid());
	(void)strlcpy(un.sun_path, path, sizeof(un.sun_path));
	(void)unlink(path);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_not_equal(listener, -1);
	assert_int_equal(bind(listener, (struct sockaddr *)&un, sizeof(un)),
	    0);
	assert_int_equal(listen(listener, 64), 0);
	assert_int_equal(gate_open(MAX, NFDS), 0);
	nclients = naccepted = 0;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	while (nclients > 0)
		(void)close(clients[--nclients]);
	while (naccepted > 0)
		(void)close(accepted[--naccepted]);
	(void)close(listener);
	(void)unlink(path);
	return 0;
}

/* Connect and accept; 0, or the error. */
static int
come(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	int fd;

	(void)strlcpy(un.sun_path, path, sizeof(un.sun_path));
	clients[nclients] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_not_equal(clients[nclients], -1);
	assert_int_equal(connect(clients[nclients], (struct sockaddr *)&un,
	    sizeof(un)), 0);
	nclients++;
	fd = gate_accept(listener, (struct sockaddr *)&from, &len);
	if (fd == -1)
		return errno;
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	accepted[naccepted++] = fd;
	return 0;
}

/* Come again until it is let in: the gate looks again after a while. */
static void
come_in_time(void)
{
	while (come() != 0) {
		(void)close(clients[--nclients]);
		(void)usleep(1000);
	}
}

static void
come_until_full(void)
{
	unsigned int i;

	for (i = 0; i < MAX; i++)
		assert_int_equal(come(), 0);
	assert_int_equal(come(), ECONNABORTED);
	assert_int_equal(come(), ECONNABORTED);
}

/* One that is refused is told so at once, and does not count. */
static void
test_limit(void **state)
{
	char octet;

	(void)state;
	come_until_full();
	assert_int_equal(recv(clients[MAX], &octet, 1, 0), 0);
	assert_int_equal(recv(clients[0], &octet, 1, MSG_DONTWAIT), -1);
}

/* Connections end behind the gate's back, in any order. */
static void
test_ends(void **state)
{
	unsigned int i;

	(void)state;
	come_until_full();
	for (i = 0; i < 20; i++) {
		(void)close(accepted[i % MAX]);
		come_in_time();
		accepted[i % MAX] = accepted[--naccepted];
		assert_int_equal(come(), ECONNABORTED);
		while (nclients > MAX)
			(void)close(clients[--nclients]);
	}
	/* A descriptor that is something else now is no connection. */
	assert_int_equal(dup2(listener, accepted[0]), accepted[0]);
	come_in_time();
	assert_int_equal(come(), ECONNABORTED);
}

/* Its own connection is let in, but only when it makes one, and not forever. */
static void
test_self(void **state)
{
	unsigned int i;

	(void)state;
	come_until_full();
	gate_expect_self(true);
	for (i = 0; i < GATE_SPARE; i++)
		assert_int_equal(come(), 0);
	assert_int_equal(come(), ECONNABORTED);
	gate_expect_self(false);
	(void)close(accepted[--naccepted]);
	(void)usleep(200000);
	assert_int_equal(come(), ECONNABORTED);
}

/* Another process, while the front connects to itself. */
static void
test_others(void **state)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	char octet;
	pid_t pid;
	int fd, status;

	(void)state;
	come_until_full();
	gate_expect_self(true);
	assert_int_not_equal(pid = fork(), -1);
	if (pid == 0) {
		(void)strlcpy(un.sun_path, path, sizeof(un.sun_path));
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		_exit(connect(fd, (struct sockaddr *)&un, sizeof(un)) == 0 &&
		    recv(fd, &octet, 1, 0) == 0 ? 0 : 1);
	}
	assert_int_equal(gate_accept(listener, (struct sockaddr *)&from, &len),
	    -1);
	assert_int_equal(errno, ECONNABORTED);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	gate_expect_self(false);
}

/* Listen on a port of this host, for IPv4 or IPv6, instead of on the path. */
static void
listen_on_port(int family, struct sockaddr_storage *at, socklen_t *len)
{
	*len = sizeof(*at);
	memset(at, 0, sizeof(*at));
	at->ss_family = (sa_family_t)family;
	if (family == AF_INET)
		((struct sockaddr_in *)at)->sin_addr.s_addr =
		    htonl(INADDR_LOOPBACK);
	else
		((struct sockaddr_in6 *)at)->sin6_addr = in6addr_loopback;
	(void)close(listener);
	listener = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_not_equal(listener, -1);
	if (bind(listener, (struct sockaddr *)at, *len) == -1)
		skip();
	assert_int_equal(listen(listener, 64), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)at, len), 0);
}

/* Connect, as the front does or as an MTA does, and accept. */
static int
come_by_port(bool is_self, const struct sockaddr_storage *to, socklen_t len)
{
	const struct sockaddr *address = (const struct sockaddr *)to;
	int fd;

	fd = socket(to->ss_family, SOCK_STREAM | SOCK_CLOEXEC |
	    (is_self ? SOCK_NONBLOCK : 0), 0);
	assert_int_not_equal(fd, -1);
	clients[nclients++] = fd;
	if (is_self)
		assert_true(gate_connect(fd, address, len) == 0 ||
		    errno == EINPROGRESS);
	else
		assert_int_equal(connect(fd, address, len), 0);
	if ((fd = gate_accept(listener, NULL, NULL)) == -1)
		return errno;
	accepted[naccepted++] = fd;
	return 0;
}

/* An MTA on this host has our address, but does not come from our port. */
static void
try_self_by_port(int family)
{
	struct sockaddr_storage at;
	socklen_t len;
	unsigned int i;

	listen_on_port(family, &at, &len);
	for (i = 0; i < MAX; i++)
		assert_int_equal(come_by_port(false, &at, len), 0);
	gate_expect_self(true);
	for (i = 0; i < GATE_SPARE + 1; i++)
		assert_int_equal(come_by_port(false, &at, len), ECONNABORTED);
	assert_int_equal(come_by_port(true, &at, len), 0);
	assert_int_equal(come_by_port(false, &at, len), ECONNABORTED);
	gate_expect_self(false);
	assert_int_equal(come_by_port(true, &at, len), ECONNABORTED);
}

static void
test_self_by_port4(void **state)
{
	(void)state;
	try_self_by_port(AF_INET);
}

static void
test_self_by_port6(void **state)
{
	(void)state;
	try_self_by_port(AF_INET6);
}

/* Without a descriptor, the connection stays in the queue. */
static void
test_no_descriptor(void **state)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct rlimit before, none;
	socklen_t len = 0;

	(void)state;
	(void)strlcpy(un.sun_path, path, sizeof(un.sun_path));
	clients[0] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	nclients = 1;
	assert_int_equal(connect(clients[0], (struct sockaddr *)&un,
	    sizeof(un)), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(gate_accept(listener, NULL, NULL), -1);
	assert_int_equal(errno, EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	accepted[0] = gate_accept(listener, NULL, &len);
	assert_int_not_equal(accepted[0], -1);
	naccepted = 1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ends, setup, teardown),
		cmocka_unit_test_setup_teardown(test_self, setup, teardown),
		cmocka_unit_test_setup_teardown(test_others, setup, teardown),
		cmocka_unit_test_setup_teardown(test_self_by_port4, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_self_by_port6, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_no_descriptor, setup,
		    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
