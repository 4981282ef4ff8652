/* SPDX-License-Identifier: ISC */

/*
 * Sending messages to one DNS server and receiving answers.
 *
 * Each UDP request has its own connected socket, so the kernel picks a random
 * port and drops datagrams from any other address.  A datagram that does not
 * match is ignored and waiting continues until the deadline, so a forged one
 * cannot end it early.  All waiting uses poll(2) with a deadline on the
 * monotonic clock.
 */

#include "probe/transport.h"

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/wait_fd.h"

/* TCP retransmits by itself, so there is one try with the time of all. */
#define TCP_TIMEOUT_MS	(DNS_QUERY_TIMEOUT_MS * DNS_QUERY_TRIES)

enum dns_query_status
dns_transport_status(int error)
{
	switch (error) {
	case ENETUNREACH:
	case EADDRNOTAVAIL:
	case EAFNOSUPPORT:
	case ENETDOWN:
		return DNS_NO_ROUTE;
	case ECONNREFUSED:
	case ECONNRESET:
	case EHOSTUNREACH:
	case EPIPE:
	case EPROTO:
	case EACCES:
	case EPERM:
		return DNS_UNREACHABLE;
	case ETIMEDOUT:
		return DNS_TIMEOUT;
	default:
		return DNS_FAILED;
	}
}

enum dns_query_status
dns_transport_wait(int fd, short events, int64_t deadline_ms)
{
	/* A flood of datagrams must not postpone the deadline. */
	if (monotonic_ms() >= deadline_ms)
		return DNS_TIMEOUT;
	switch (wait_fd(fd, events, deadline_ms)) {
	case 0:
		return DNS_TIMEOUT;
	case -1:
		return DNS_FAILED;
	default:
		return DNS_ANSWERED;
	}
}

static bool
is_temporary(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

enum dns_query_status
dns_transport_open(const struct dns_address *server, int type, int *fd)
{
	const struct sockaddr *sockaddr;
	enum dns_query_status status;

	*fd = socket(server->sockaddr.ss_family,
	    type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd == -1)
		return dns_transport_status(errno);
	sockaddr = (const struct sockaddr *)&server->sockaddr;
	if (connect(*fd, sockaddr, server->len) == 0 || errno == EINPROGRESS)
		return DNS_ANSWERED;
	/* Nothing was sent yet, so it is this host that has no route. */
	status = errno == EHOSTUNREACH ? DNS_NO_ROUTE :
	    dns_transport_status(errno);
	(void)close(*fd);
	return status;
}

/* Receive datagrams until one matches; *len is its length. */
static enum dns_query_status
receive_match(int fd, const struct dns_match *match, int64_t deadline_ms,
    uint8_t *buf, size_t *len)
{
	enum dns_query_status status;
	ssize_t n;

	for (;;) {
		status = dns_transport_wait(fd, POLLIN, deadline_ms);
		if (status != DNS_ANSWERED)
			return status;
		n = recv(fd, buf, DNS_MESSAGE_MAX, 0);
		if (n == -1 && !is_temporary(errno))
			return dns_transport_status(errno);
		if (n >= 0 && match->matches(match->context, buf,
		    (size_t)n)) {
			*len = (size_t)n;
			return DNS_ANSWERED;
		}
	}
}

enum dns_query_status
dns_transport_udp(const struct dns_address *server, const uint8_t *request,
    size_t len, int timeout_ms, const struct dns_match *match,
    uint8_t **answer, size_t *answer_len)
{
	const int64_t deadline_ms = monotonic_ms() + timeout_ms;
	enum dns_query_status status;
	int fd;

	*answer = NULL;
	status = dns_transport_open(server, SOCK_DGRAM, &fd);
	if (status != DNS_ANSWERED)
		return status;
	if (send(fd, request, len, MSG_NOSIGNAL) != (ssize_t)len)
		status = dns_transport_status(errno);
	else if ((*answer = malloc(DNS_MESSAGE_MAX)) == NULL)
		status = DNS_FAILED;
	else
		status = receive_match(fd, match, deadline_ms, *answer,
		    answer_len);
	(void)close(fd);
	if (status != DNS_ANSWERED) {
		free(*answer);
		*answer = NULL;
	}
	return status;
}

static enum dns_query_status
send_all(int fd, const uint8_t *data, size_t len, int64_t deadline_ms)
{
	enum dns_query_status status;
	ssize_t n;

	while (len > 0) {
		status = dns_transport_wait(fd, POLLOUT, deadline_ms);
		if (status != DNS_ANSWERED)
			return status;
		n = send(fd, data, len, MSG_NOSIGNAL);
		if (n == -1 && !is_temporary(errno))
			return dns_transport_status(errno);
		if (n > 0) {
			data += n;
			len -= (size_t)n;
		}
	}
	return DNS_ANSWERED;
}

static enum dns_query_status
receive_all(int fd, uint8_t *data, size_t len, int64_t deadline_ms)
{
	enum dns_query_status status;
	ssize_t n;

	while (len > 0) {
		status = dns_transport_wait(fd, POLLIN, deadline_ms);
		if (status != DNS_ANSWERED)
			return status;
		n = recv(fd, data, len, 0);
		if (n == 0)
			return DNS_GARBLED;
		if (n == -1 && !is_temporary(errno))
			return dns_transport_status(errno);
		if (n > 0) {
			data += n;
			len -= (size_t)n;
		}
	}
	return DNS_ANSWERED;
}

uint8_t *
dns_transport_frame(const uint8_t *message, size_t len)
{
	uint8_t *framed;

	if ((framed = malloc(DNS_LENGTH_SIZE + len)) == NULL)
		return NULL;
	framed[0] = (uint8_t)(len >> 8);
	framed[1] = (uint8_t)(len & 0xff);
	memcpy(framed + DNS_LENGTH_SIZE, message, len);
	return framed;
}

/*
 * Send a message with its length before it, both from one buffer, so that they
 * can leave in one segment (RFC 7766 section 8).
 */
static enum dns_query_status
send_message(int fd, const uint8_t *request, size_t len, int64_t deadline_ms)
{
	enum dns_query_status status;
	uint8_t *framed;

	if ((framed = dns_transport_frame(request, len)) == NULL)
		return DNS_FAILED;
	status = send_all(fd, framed, DNS_LENGTH_SIZE + len, deadline_ms);
	free(framed);
	return status;
}

static enum dns_query_status
receive_message(int fd, int64_t deadline_ms, uint8_t **answer,
    size_t *answer_len)
{
	enum dns_query_status status;
	uint8_t length[DNS_LENGTH_SIZE];

	status = receive_all(fd, length, sizeof(length), deadline_ms);
	if (status != DNS_ANSWERED)
		return status;
	*answer_len = (size_t)length[0] << 8 | length[1];
	if ((*answer = malloc(*answer_len + 1)) == NULL)
		return DNS_FAILED;
	return receive_all(fd, *answer, *answer_len, deadline_ms);
}

enum dns_query_status
dns_transport_tcp(const struct dns_address *server, const uint8_t *request,
    size_t len, const struct dns_match *match, uint8_t **answer,
    size_t *answer_len)
{
	const int64_t deadline_ms = monotonic_ms() + TCP_TIMEOUT_MS;
	enum dns_query_status status;
	int fd;

	*answer = NULL;
	if (len > DNS_MESSAGE_MAX)
		return DNS_FAILED;
	status = dns_transport_open(server, SOCK_STREAM, &fd);
	if (status != DNS_ANSWERED)
		return status;
	status = send_message(fd, request, len, deadline_ms);
	if (status == DNS_ANSWERED)
		status = receive_message(fd, deadline_ms, answer, answer_len);
	(void)close(fd);
	if (status == DNS_ANSWERED &&
	    !match->matches(match->context, *answer, *answer_len))
		status = DNS_GARBLED;
	if (status != DNS_ANSWERED) {
		free(*answer);
		*answer = NULL;
	}
	return status;
}
