/* SPDX-License-Identifier: ISC */

/*
 * A session of the front with itself: see self_session.h.
 *
 * The socket is used as the MTA does, by its path or address, because a socket
 * that was renamed, removed or replaced serves no mail, either.  That it is
 * ours says the kernel: the credentials at the other end of a unix socket are
 * those of the process that listens (unix(7), SO_PEERCRED).
 *
 * All calls return at once, and poll(2) waits, so that the whole session keeps
 * to its time.  A unix socket whose queue is full refuses a connection instead
 * of waiting (EAGAIN), so that one is tried again.
 *
 * The socket may have been made with the rights of socket_group, which the
 * front has given up since, in a directory that it cannot enter without them.
 */

#include "front/self_session.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/descriptors.h"
#include "front/gate.h"

#define UNIX_PREFIX	"unix:"
#define NAP_MS		20	/* libmilter's workers watch a silent session
				 * for 1 ms, and then give it to its poll */

/* Version 6, every action and every protocol step that there is; so it gets
 * no other answer than Postfix gets. */
static const unsigned char negotiation[] = {
	0, 0, 0, 13, 'O', 0, 0, 0, 6, 0, 0, 1, 0xff, 0, 0x1f, 0xff, 0xff
};
static const unsigned char quit[] = { 0, 0, 0, 1, 'Q' };

struct self {
	int	 fd;
	int	 stop_fd;
	int64_t	 until_ms;
	char	*why;
	size_t	 size;
};

static enum self_session
fails(struct self *self, enum self_session how, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static enum self_session
fails(struct self *self, enum self_session how, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(self->why, self->size, format, ap);
	va_end(ap);
	return how;
}

/* Wait for events on the session's socket; 0: not in time, or stopped. */
static int
wait_for(const struct self *self, short events)
{
	struct pollfd pfds[2];
	int64_t left_ms;
	int n;

	pfds[0].fd = self->stop_fd;
	pfds[0].events = POLLIN;
	pfds[1].fd = self->fd;
	pfds[1].events = events;
	do {
		left_ms = self->until_ms - monotonic_ms();
		if (left_ms <= 0)
			return 0;
		n = poll(pfds, 2, (int)left_ms);
	} while (n == -1 && errno == EINTR);
	return n > 0 && pfds[0].revents == 0;
}

/* Let a moment pass; 0: not in time, or stopped. */
static int
nap(const struct self *self)
{
	struct pollfd pfd = { .fd = self->stop_fd, .events = POLLIN };

	return monotonic_ms() + NAP_MS < self->until_ms &&
	    poll(&pfd, 1, NAP_MS) <= 0;
}

/* -- Connecting ----------------------------------------------------------- */

static enum self_session
cannot_connect(struct self *self, int error)
{
	return fails(self, error == EACCES || error == EPERM ?
	    SELF_FORBIDDEN : SELF_FAILED, "cannot connect: %s",
	    strerror(error));
}

static enum self_session
connect_unix(struct self *self, const char *path)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct ucred peer = { 0 };
	socklen_t len = sizeof(peer);

	(void)strlcpy(un.sun_path, path, sizeof(un.sun_path));
	while (gate_connect(self->fd, (const struct sockaddr *)&un,
	    sizeof(un)) == -1) {
		if (errno == ENOENT)
			return fails(self, SELF_FAILED, "it was removed or "
			    "renamed, so no MTA can reach it");
		if (errno != EAGAIN)
			return cannot_connect(self, errno);
		if (!nap(self))
			return fails(self, SELF_LATE, "connections are not "
			    "accepted");
	}
	if (getsockopt(self->fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	    peer.pid != getpid())
		return fails(self, SELF_FAILED, "process %ld listens there now",
		    (long)peer.pid);
	return SELF_ANSWERED;
}

static enum self_session
connect_inet(struct self *self, const struct addrinfo *to)
{
	socklen_t len = sizeof(int);
	int error = 0;

	if (gate_connect(self->fd, to->ai_addr, to->ai_addrlen) == 0)
		return SELF_ANSWERED;
	if (errno != EINPROGRESS)
		return cannot_connect(self, errno);
	if (!wait_for(self, POLLOUT))
		return fails(self, SELF_LATE, "connections are not accepted");
	if (getsockopt(self->fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1 ||
	    error != 0)
		return cannot_connect(self, error);
	return SELF_ANSWERED;
}

static int
open_socket(struct self *self, int family)
{
	self->fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
	if (self->fd != -1)
		return 0;
	descriptors_note(errno);
	(void)fails(self, SELF_LATE, "cannot create a socket");
	return -1;
}

/* The address of "inet:PORT@ADDRESS"; NULL if out of memory. */
static struct addrinfo *
find_address(const char *port_and_address)
{
	const struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *info = NULL;
	char *address, *port;

	if ((port = strdup(port_and_address)) == NULL)
		return NULL;
	if ((address = strchr(port, '@')) != NULL)
		*address++ = '\0';
	if (getaddrinfo(address, port, &hints, &info) != 0)
		info = NULL;
	free(port);
	return info;
}

static enum self_session
connect_self(struct self *self, const char *socket_name)
{
	const char *rest = strchr(socket_name, ':');
	enum self_session result;
	struct addrinfo *info;

	if (strncmp(socket_name, UNIX_PREFIX, strlen(UNIX_PREFIX)) == 0) {
		if (open_socket(self, AF_UNIX) == -1)
			return SELF_LATE;
		return connect_unix(self, rest + 1);
	}
	if (rest == NULL || (info = find_address(rest + 1)) == NULL)
		return fails(self, SELF_FAILED, "cannot find its address");
	result = open_socket(self, info->ai_family) == -1 ? SELF_LATE :
	    connect_inet(self, info);
	freeaddrinfo(info);
	return result;
}

/* -- The session ---------------------------------------------------------- */

/* Read so many octets; only the first ones are kept. */
static enum self_session
read_octets(struct self *self, unsigned char *buf, size_t size, size_t want)
{
	unsigned char rest[256];
	size_t len = 0, room;
	ssize_t n;

	while (len < want) {
		if (!wait_for(self, POLLIN))
			return fails(self, SELF_LATE, "accepted, but not "
			    "answered");
		room = len < size ? size - len : sizeof(rest);
		n = recv(self->fd, len < size ? buf + len : rest,
		    want - len < room ? want - len : room, 0);
		if (n == -1 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0)
			return fails(self, SELF_FAILED, "closed without an "
			    "answer");
		len += (size_t)n;
	}
	return SELF_ANSWERED;
}

/*
 * The answer is a packet like ours, with the macros that are wanted.  All of it
 * is read: libmilter would log a connection that is closed with data unread.
 */
static enum self_session
read_answer(struct self *self)
{
	unsigned char header[5];
	enum self_session result;
	size_t len;

	if ((result = read_octets(self, header, sizeof(header),
	    sizeof(header))) != SELF_ANSWERED)
		return result;
	len = (size_t)header[2] << 8 | header[3];
	if (header[0] != 0 || header[1] != 0 || header[4] != 'O' ||
	    len < sizeof(negotiation) - 4)
		return fails(self, SELF_FAILED, "answered with something "
		    "else");
	return read_octets(self, NULL, 0, len - 1);
}

/*
 * Pause, leave, and wait until the other end closes the connection.  Sessions
 * that do not pause may work all the same, so they are no excuse, unless there
 * is little time left.
 */
static enum self_session
leave(struct self *self, int64_t latest_ms)
{
	unsigned char octet;
	ssize_t n;

	if (monotonic_ms() > latest_ms || !nap(self))
		return fails(self, SELF_LATE, "answered too late");
	if (send(self->fd, quit, sizeof(quit), MSG_NOSIGNAL) !=
	    (ssize_t)sizeof(quit))
		return fails(self, SELF_FAILED, "closed before its end");
	do {
		if (!wait_for(self, POLLIN))
			return fails(self, SELF_FAILED, "answered, but not "
			    "after a pause");
		n = recv(self->fd, &octet, sizeof(octet), 0);
	} while (n == -1 && (errno == EAGAIN || errno == EINTR));
	if (n > 0)
		return fails(self, SELF_FAILED, "answered with something "
		    "else");
	return SELF_ANSWERED;
}

enum self_session
self_session(const char *socket_name, unsigned int timeout_ms, int stop_fd,
    char *why, size_t size)
{
	struct self self = { .fd = -1, .stop_fd = stop_fd, .why = why,
	    .size = size };
	enum self_session result;

	self.until_ms = monotonic_ms() + timeout_ms;
	gate_expect_self(true);
	if ((result = connect_self(&self, socket_name)) == SELF_ANSWERED) {
		if (send(self.fd, negotiation, sizeof(negotiation),
		    MSG_NOSIGNAL) != (ssize_t)sizeof(negotiation))
			result = fails(&self, SELF_FAILED, "closed at once");
		else
			result = read_answer(&self);
	}
	if (result == SELF_ANSWERED)
		result = leave(&self, self.until_ms - timeout_ms / 2);
	if (self.fd != -1)
		(void)close(self.fd);
	gate_expect_self(false);
	return result;
}
