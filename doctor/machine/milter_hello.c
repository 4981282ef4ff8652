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
#include <sys/stat.h>
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

/* What an error of connect(2) means. */
static enum milter_hello
end_of(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
		return MILTER_HELLO_MISSING;
	case EACCES:
	case EPERM:
		return MILTER_HELLO_DENIED;
	case ECONNREFUSED:
		return MILTER_HELLO_REFUSED;
	case EAGAIN:
	case ETIMEDOUT:
		return MILTER_HELLO_SILENT;
	default:
		return MILTER_HELLO_FAILED;
	}
}

static int
connect_unix(const char *path, int64_t deadline, enum milter_hello *end,
    char *why, size_t size)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct stat st;
	int fd;

	if (strlcpy(address.sun_path, path, sizeof(address.sun_path)) >=
	    sizeof(address.sun_path)) {
		(void)snprintf(why, size, "%s: the path is too long for a "
		    "socket; choose one of at most %zu octets", path,
		    sizeof(address.sun_path) - 1);
		*end = MILTER_HELLO_NAME;
		return -1;
	}
	if ((fd = connect_to(AF_UNIX, (const struct sockaddr *)&address,
	    sizeof(address), deadline)) != -1)
		return fd;
	*end = end_of(errno);
	/* The kernel refuses a connection to any other file, too. */
	if (*end == MILTER_HELLO_REFUSED && stat(path, &st) == 0 &&
	    !S_ISSOCK(st.st_mode)) {
		*end = MILTER_HELLO_NO_SOCKET;
		(void)snprintf(why, size, "%s: not a socket", path);
	} else
		(void)snprintf(why, size, "%s: %s", path, errno == EAGAIN ?
		    "too many connections wait there" : strerror(errno));
	return -1;
}

static int
connect_inet(const struct milter_socket *s, int64_t deadline,
    enum milter_hello *end, char *why, size_t size)
{
	const struct addrinfo hints = { .ai_family = s->family,
	    .ai_socktype = SOCK_STREAM };
	struct addrinfo *list, *i;
	int error, fd = -1;

	if ((error = getaddrinfo(s->host, s->port, &hints, &list)) != 0) {
		(void)snprintf(why, size, "%s, port %s: %s", s->host, s->port,
		    gai_strerror(error));
		*end = MILTER_HELLO_HOST;
		return -1;
	}
	for (i = list; i != NULL && fd == -1; i = i->ai_next)
		if ((fd = connect_to(i->ai_family, i->ai_addr, i->ai_addrlen,
		    deadline)) == -1) {
			*end = end_of(errno);
			(void)snprintf(why, size, "%s, port %s: %s", s->host,
			    s->port, strerror(errno));
		}
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

/* Negotiate; why remains as it is if all is well. */
static enum milter_hello
talk(int fd, int64_t deadline, const char **why)
{
	unsigned char head[4 + HELLO_LEN];
	uint32_t len, version;

	if (send(fd, hello, sizeof(hello), MSG_NOSIGNAL) != sizeof(hello)) {
		*why = "the connection was closed at once";
		return MILTER_HELLO_CLOSED;
	}
	if (!receive(fd, head, sizeof(head), deadline)) {
		if (monotonic_ms() >= deadline) {
			*why = "connected, but there was no answer in time";
			return MILTER_HELLO_SILENT;
		}
		*why = "the connection was closed without an answer";
		return MILTER_HELLO_CLOSED;
	}
	len = (uint32_t)head[0] << 24 | (uint32_t)head[1] << 16 |
	    (uint32_t)head[2] << 8 | head[3];
	version = (uint32_t)head[5] << 24 | (uint32_t)head[6] << 16 |
	    (uint32_t)head[7] << 8 | head[8];
	if (head[4] != 'O' || len < HELLO_LEN || len > HELLO_MAX ||
	    version < HELLO_OLDEST || version > HELLO_VERSION) {
		*why = "what answers there is not a milter";
		return MILTER_HELLO_OTHER;
	}
	(void)send(fd, quit, sizeof(quit), MSG_NOSIGNAL);
	return MILTER_HELLO_WELL;
}

static enum milter_hello
greet(const char *name, unsigned int limit_ms, char *why, size_t size)
{
	const int64_t deadline = monotonic_ms() + limit_ms;
	enum milter_hello end = MILTER_HELLO_FAILED;
	const char *error = NULL;
	struct milter_socket s;
	int fd;

	if (!milter_socket_read(name, &s, why, size))
		return MILTER_HELLO_NAME;
	fd = s.is_unix ? connect_unix(s.path, deadline, &end, why, size) :
	    connect_inet(&s, deadline, &end, why, size);
	if (fd == -1)
		return end;
	end = talk(fd, deadline, &error);
	if (error != NULL)
		(void)snprintf(why, size, "%s: %s", name, error);
	close(fd);
	return end;
}

enum milter_hello
milter_hello(const char *name, const char *user, unsigned int limit_ms,
    char *why, size_t size)
{
	enum milter_hello end = MILTER_HELLO_FAILED;
	char text[WHY_SIZE] = "";
	int ends[2], status = -1;
	pid_t pid;

	if (user == NULL)
		return greet(name, limit_ms, why, size);
	if (pipe(ends) == -1) {
		(void)snprintf(why, size, "cannot start a process: %s",
		    strerror(errno));
		return end;
	}
	if ((pid = fork()) == -1)
		(void)snprintf(text, sizeof(text), "cannot start a process: "
		    "%s", strerror(errno));
	if (pid == 0) {
		close(ends[0]);
		if (become_user(user, text, sizeof(text)) == 0)
			end = greet(name, limit_ms, text, sizeof(text));
		_exit(write(ends[1], text, sizeof(text)) == sizeof(text) ?
		    (int)end : MILTER_HELLO_FAILED);
	}
	close(ends[1]);
	if (pid != -1)
		(void)read_all(ends[0], text, sizeof(text));
	close(ends[0]);
	while (pid != -1 && waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) <= MILTER_HELLO_FAILED)
		end = (enum milter_hello)WEXITSTATUS(status);
	if (end == MILTER_HELLO_WELL)
		return end;
	text[sizeof(text) - 1] = '\0';
	(void)strlcpy(why, text[0] != '\0' ? text : "the test was interrupted",
	    size);
	return end;
}
