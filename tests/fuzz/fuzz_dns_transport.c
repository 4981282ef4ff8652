/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: what comes back over a socket to a DNS server.
 *
 * The first octet says whether UDP or TCP is used, how the connection is made,
 * and how it ends; then there are pieces, each after an octet with its length:
 * datagrams, or parts of a stream.  An answer matches if it begins with "m".
 *
 * What is returned is the first datagram that matches, or the one message of
 * the stream, and nothing otherwise.  No call is longer than it may be.
 */

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lowest_free.h"
#include "probe/transport.h"

#define MAX_LENGTH	4096	/* octets of input */
#define TIMEOUT_MS	2000
#define MATCH		'm'

/* Of the first octet, above the result of connect(2). */
#define IS_TCP		0x8
#define IS_CLOSED	0x10	/* TCP: after the last piece */
#define IS_FLOOD	0x20	/* UDP: the last piece comes again and again */

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int	__wrap_socket(int family, int type, int protocol);
int	__wrap_connect(int fd, const struct sockaddr *address, socklen_t len);
int	__wrap_poll(struct pollfd *fds, nfds_t nfds, int timeout_ms);
int64_t	__wrap_monotonic_ms(void);

static const int errors[] = {
	0, 0, 0, EINPROGRESS, ENETUNREACH, ECONNREFUSED, EHOSTUNREACH, EMFILE
};

static const uint8_t request[] = "request";

static struct {
	unsigned int	 how;
	const uint8_t	*pieces, *last;
	size_t		 len;
	int		 other;		/* the server's end; -1: none */
	bool		 is_flooding;
	int64_t		 now_ms;
} world;

/* While there is always something to do, time passes, too. */
int64_t
__wrap_monotonic_ms(void)
{
	return world.is_flooding ? ++world.now_ms : world.now_ms;
}

int
__wrap_socket(int family, int type, int protocol)
{
	int fds[2];

	if (family != AF_INET || protocol != 0 || world.other != -1 ||
	    socketpair(AF_UNIX, type, 0, fds) == -1)
		abort();
	world.other = fds[1];
	return fds[0];
}

int
__wrap_connect(int fd, const struct sockaddr *address, socklen_t len)
{
	(void)fd;
	(void)address;
	(void)len;
	errno = errors[world.how % 8];
	return errno == 0 ? 0 : -1;
}

/* The next piece, and what is behind it. */
static size_t
next_piece(const uint8_t **data, size_t *len, const uint8_t **piece)
{
	size_t n = (*data)[0] < *len - 1 ? (*data)[0] : *len - 1;

	*piece = *data + 1;
	*data += 1 + n;
	*len -= 1 + n;
	return n;
}

static void
send_piece(const uint8_t *piece, size_t n)
{
	if (send(world.other, piece, n, MSG_NOSIGNAL) != (ssize_t)n)
		abort();
}

/* What the server does when the socket is waited for. */
static short
go_on(int fd)
{
	const uint8_t *piece;
	uint8_t octet;
	size_t n;

	if (recv(fd, &octet, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 ||
	    world.other == -1)
		return POLLIN;
	if (world.len >= 2) {
		world.last = world.pieces;
		n = next_piece(&world.pieces, &world.len, &piece);
		send_piece(piece, n);
		return POLLIN;
	}
	if ((world.how & IS_FLOOD) != 0 && world.last != NULL &&
	    (world.how & IS_TCP) == 0) {
		world.is_flooding = true;
		send_piece(world.last + 1,
		    (size_t)(world.pieces - world.last) - 1);
		return POLLIN;
	}
	if ((world.how & IS_CLOSED) == 0 || (world.how & IS_TCP) == 0)
		return 0;
	(void)close(world.other);
	world.other = -1;
	return POLLIN;
}

int
__wrap_poll(struct pollfd *fds, nfds_t nfds, int timeout_ms)
{
	if (nfds != 1 || timeout_ms < 0)
		abort();
	fds->revents = fds->events == POLLIN ? go_on(fds->fd) : fds->events;
	if (fds->revents == 0)
		world.now_ms += timeout_ms;
	return fds->revents != 0;
}

static bool
matches(const void *context, const uint8_t *answer, size_t len)
{
	(void)context;
	return len > 0 && answer[0] == MATCH;
}

/* What should be found in the pieces; false: nothing. */
static bool
find(const uint8_t *data, size_t len, const uint8_t **found, size_t *n)
{
	static uint8_t stream[MAX_LENGTH];
	const uint8_t *piece;
	size_t streamlen = 0;

	while (len >= 2) {
		*n = next_piece(&data, &len, &piece);
		if ((world.how & IS_TCP) == 0 && matches(NULL, piece, *n)) {
			*found = piece;
			return true;
		}
		memcpy(stream + streamlen, piece, *n);
		streamlen += *n;
	}
	if ((world.how & IS_TCP) == 0 || streamlen < 2)
		return false;
	*found = stream + 2;
	*n = (size_t)stream[0] << 8 | stream[1];
	return *n <= streamlen - 2 && matches(NULL, *found, *n);
}

static void
check(const uint8_t *data, size_t len, enum dns_query_status status,
    const uint8_t *answer, size_t answerlen)
{
	const int error = errors[world.how % 8];
	const uint8_t *found;
	size_t n;
	bool is_found = (error == 0 || error == EINPROGRESS) &&
	    find(data, len, &found, &n);

	if ((status == DNS_ANSWERED) != (answer != NULL) ||
	    (answer != NULL) != is_found)
		abort();
	if (is_found && (answerlen != n || memcmp(answer, found, n) != 0))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct dns_match match = { .matches = matches };
	const int before = lowest_free();
	static struct dns_address server;
	enum dns_query_status status;
	uint8_t *answer;
	size_t answerlen = 0;

	if (len == 0 || len > MAX_LENGTH)
		return 0;
	if (server.len == 0 && !dns_address_parse("192.0.2.1", &server))
		abort();
	memset(&world, 0, sizeof(world));
	world.how = data[0];
	world.pieces = data + 1;
	world.len = len - 1;
	world.other = -1;
	status = (world.how & IS_TCP) != 0 ? dns_transport_tcp(&server,
	    request, sizeof(request), &match, &answer, &answerlen) :
	    dns_transport_udp(&server, request, sizeof(request), TIMEOUT_MS,
	    &match, &answer, &answerlen);
	check(data + 1, len - 1, status, answer, answerlen);
	/* What was read at the last moment is looked at after it. */
	if (world.now_ms > 1 + ((world.how & IS_TCP) != 0 ?
	    DNS_QUERY_TIMEOUT_MS * DNS_QUERY_TRIES : TIMEOUT_MS))
		abort();
	free(answer);
	if (world.other != -1)
		(void)close(world.other);
	if (lowest_free() != before)
		abort();
	return 0;
}
