/* SPDX-License-Identifier: ISC */

/*
 * A greeting to a milter: see milter_hello.h.
 *
 * A packet is a length in four octets, a letter and data.  The greeting is
 * SMFIC_OPTNEG ('O') with version, actions and protocol steps; the milter
 * answers with the same letter and at least these three numbers.  SMFIC_QUIT
 * ('Q') ends the conversation, before any message was spoken of.
 */

#include "machine/milter_hello.h"

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/read_all.h"
#include "base/wait_fd.h"
#include "machine/become.h"
#include "machine/milter_socket.h"

#define HELLO_VERSION	6
#define HELLO_OLDEST	2	/* of the protocol that Postfix speaks */
#define HELLO_LEN	13	/* the letter and three numbers */
#define HELLO_MAX	65536	/* octets of an answer that is believed */
#define WHY_SIZE	512

/* Everything is offered: what is asked for back does not matter. */
static const unsigned char hello[] = { 0, 0, 0, HELLO_LEN, 'O',
    0, 0, 0, HELLO_VERSION, 0, 0, 1, 0xff, 0, 0x1f, 0xff, 0xff };
static const unsigned char quit[] = { 0, 0, 0, 1, 'Q' };

/* Connect without waiting longer than the deadline; -1 with errno. */
static int
connect_to(int family, const struct sockaddr *address, socklen_t len,
    int64_t deadline)
{
	socklen_t errorlen = sizeof(int);
	int fd, error = 0;

	if ((fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0)) == -1)
		return -1;
	if (connect(fd, address, len) == 0)
		return fd;
	if (errno != EINPROGRESS)
		error = errno;
	else if (wait_fd(fd, POLLOUT, deadline) != 1)
		error = ETIMEDOUT;
	else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error,
	    &errorlen) == -1)
		error = errno;
	if (error == 0)
		return fd;
	close(fd);
	errno = error;
	return -1;
}

static int
connect_unix(const char *path, int64_t deadline, char *why, size_t size)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strlcpy(address.sun_path, path, sizeof(address.sun_path)) >=
	    sizeof(address.sun_path)) {
		(void)snprintf(why, size, "%s: the path is too long for a "
		    "socket", path);
		return -1;
	}
	if ((fd = connect_to(AF_UNIX, (const struct sockaddr *)&address,
	    sizeof(address), deadline)) == -1)
		(void)snprintf(why, size, "%s: %s", path, strerror(errno));
	return fd;
}

static int
connect_inet(const struct milter_socket *s, int64_t deadline, char *why,
    size_t size)
{
	const struct addrinfo hints = { .ai_family = s->family,
	    .ai_socktype = SOCK_STREAM };
	struct addrinfo *list, *i;
	int error, fd = -1;

	if ((error = getaddrinfo(s->host, s->port, &hints, &list)) != 0) {
		(void)snprintf(why, size, "%s, port %s: %s", s->host, s->port,
		    gai_strerror(error));
		return -1;
	}
	for (i = list; i != NULL && fd == -1; i = i->ai_next)
		if ((fd = connect_to(i->ai_family, i->ai_addr, i->ai_addrlen,
		    deadline)) == -1)
			(void)snprintf(why, size, "%s, port %s: %s", s->host,
			    s->port, strerror(errno));
	freeaddrinfo(list);
	return fd;
}

/* Read len octets; false at the end of the connection or of the time. */
static bool
receive(int fd, unsigned char *buf, size_t len, int64_t deadline)
{
	ssize_t n;

	while (len > 0) {
		if (wait_fd(fd, POLLIN, deadline) != 1)
			return false;
		if ((n = read(fd, buf, len)) == -1 && (errno == EAGAIN ||
		    errno == EINTR))
			continue;
		if (n <= 0)
			return false;
		buf += n;
		len -= (size_t)n;
	}
	return true;
}

/* Negotiate; returns NULL, or what is wrong. */
static const char *
talk(int fd, int64_t deadline)
{
	unsigned char head[4 + HELLO_LEN];
	uint32_t len, version;

	if (send(fd, hello, sizeof(hello), MSG_NOSIGNAL) != sizeof(hello))
		return "the connection was closed at once";
	if (!receive(fd, head, sizeof(head), deadline))
		return monotonic_ms() >= deadline ?
		    "connected, but there was no answer in time" :
		    "the connection was closed without an answer";
	len = (uint32_t)head[0] << 24 | (uint32_t)head[1] << 16 |
	    (uint32_t)head[2] << 8 | head[3];
	version = (uint32_t)head[5] << 24 | (uint32_t)head[6] << 16 |
	    (uint32_t)head[7] << 8 | head[8];
	if (head[4] != 'O' || len < HELLO_LEN || len > HELLO_MAX ||
	    version < HELLO_OLDEST || version > HELLO_VERSION)
		return "what answers there is not a milter";
	(void)send(fd, quit, sizeof(quit), MSG_NOSIGNAL);
	return NULL;
}

static int
greet(const char *name, unsigned int limit_ms, char *why, size_t size)
{
	const int64_t deadline = monotonic_ms() + limit_ms;
	struct milter_socket s;
	const char *error;
	int fd;

	if (!milter_socket_read(name, &s, why, size))
		return -1;
	fd = s.is_unix ? connect_unix(s.path, deadline, why, size) :
	    connect_inet(&s, deadline, why, size);
	if (fd == -1)
		return -1;
	if ((error = talk(fd, deadline)) != NULL)
		(void)snprintf(why, size, "%s: %s", name, error);
	close(fd);
	return error == NULL ? 0 : -1;
}

int
milter_hello(const char *name, const char *user, unsigned int limit_ms,
    char *why, size_t size)
{
	char text[WHY_SIZE] = "";
	int ends[2], status = -1;
	pid_t pid;

	if (user == NULL)
		return greet(name, limit_ms, why, size);
	if (pipe(ends) == -1) {
		(void)snprintf(why, size, "cannot start a process: %s",
		    strerror(errno));
		return -1;
	}
	if ((pid = fork()) == -1)
		(void)snprintf(text, sizeof(text), "cannot start a process: "
		    "%s", strerror(errno));
	if (pid == 0) {
		close(ends[0]);
		if (become_user(user, text, sizeof(text)) == 0 &&
		    greet(name, limit_ms, text, sizeof(text)) == 0)
			_exit(0);
		_exit(write(ends[1], text, sizeof(text)) == sizeof(text) ?
		    1 : 2);
	}
	close(ends[1]);
	if (pid != -1)
		(void)read_all(ends[0], text, sizeof(text));
	close(ends[0]);
	while (pid != -1 && waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	text[sizeof(text) - 1] = '\0';
	(void)strlcpy(why, text[0] != '\0' ? text : "the test was interrupted",
	    size);
	return -1;
}
