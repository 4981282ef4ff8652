/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: what the master, or what took its place, tells the front.
 *
 * The input is a row of messages: an octet that says of which kind, one for a
 * number, one for the length of a text, and the text.  All are there before the
 * front reads the first one; then the socket ends.
 *
 * The front says once that it is ready, answers only what it was asked, stops
 * once, and keeps no descriptor, of those either that came with a message.
 */

#include <sys/socket.h>

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ipc.h"
#include "base/log.h"
#include "base/wire.h"
#include "front/control.h"
#include "front/self_session.h"
#include "lowest_free.h"

#define MAX_LENGTH	4096	/* octets of input */
#define MAX_MESSAGES	100	/* fewer than a socket holds */
#define MAX_SOCKETS	64	/* that come with messages */
#define MAX_ATTACHED	3	/* with one of them */

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
enum self_session __wrap_self_session(const char *socket_name,
	    unsigned int timeout_ms, int stop_fd, char *why, size_t size);
void	__wrap_syslog(int priority, const char *format, ...);

static struct {
	int		 fd;			/* the master's end */
	int		 others[MAX_SOCKETS];	/* ends of those it sent */
	size_t		 nothers;
	unsigned int	 nreloads, nstops;
	bool		 may_ping;		/* one may have been asked */
	enum self_session session;		/* how each ends */
} world;

void
__wrap_syslog(int priority, const char *format, ...)
{
	(void)priority;
	(void)format;
}

enum self_session
__wrap_self_session(const char *socket_name, unsigned int timeout_ms,
    int stop_fd, char *why, size_t size)
{
	(void)socket_name;
	(void)timeout_ms;
	(void)stop_fd;
	(void)strlcpy(why, "as the input says", size);
	return world.session;
}

static bool
reload(unsigned int *restart_line)
{
	world.nreloads++;
	*restart_line = world.nreloads % 2;
	return world.nreloads % 3 == 0;
}

static void
attend(void)
{
}

static void
stop(void)
{
	world.nstops++;
}

/* Send a packet with so many sockets. */
static void
send_packet(const uint8_t *packet, size_t len, size_t nfds)
{
	union {
		struct cmsghdr	header;
		char		space[CMSG_SPACE(MAX_ATTACHED * sizeof(int))];
	} control;
	struct iovec part = { .iov_len = len };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	int fds[MAX_ATTACHED], pair[2];
	size_t n;

	memset(&control, 0, sizeof(control));
	memcpy(&part.iov_base, &packet, sizeof(packet));
	for (n = 0; n < nfds && world.nothers < MAX_SOCKETS &&
	    ipc_pair(pair) == 0; n++) {
		fds[n] = pair[0];
		world.others[world.nothers++] = pair[1];
	}
	if (n > 0) {
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(n * sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(&control.header), fds, n * sizeof(int));
	}
	(void)sendmsg(world.fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n > 0)
		(void)close(fds[--n]);
}

/* A whole message of ours. */
static void
tell(enum ipc_type type, const uint8_t *payload, size_t len, size_t nfds)
{
	uint8_t packet[IPC_HEADER_SIZE + UINT8_MAX] = { IPC_VERSION };

	packet[1] = (uint8_t)type;
	memcpy(packet + IPC_HEADER_SIZE, payload, len);
	send_packet(packet, IPC_HEADER_SIZE + len, nfds);
}

static void
step(unsigned int what, unsigned int number, const uint8_t *text, size_t len)
{
	const uint8_t signer[4] = { 0, 0, 0, (uint8_t)(number % 128) };

	switch (what % 8) {
	case 0:
	case 1:
		tell(IPC_CTL_PEER, signer, sizeof(signer), 1);
		break;
	case 2:
		tell(IPC_CTL_PEER, text, len, number % (MAX_ATTACHED + 1));
		break;
	case 3:
		tell(IPC_CTL_RELOAD, text, len, number % 2);
		break;
	case 4:
		tell(IPC_CTL_PING, text, len, 0);
		break;
	case 5:
		tell((enum ipc_type)number, text, len, 0);
		break;
	case 6:
		if (len > 0)
			send_packet(text, len, number % (MAX_ATTACHED + 1));
		break;
	default:
		world.session = (enum self_session)(number % 3);
	}
	world.may_ping |= what % 8 >= 4 && what % 8 <= 6;
}

static void
check_answers(void)
{
	struct ipc_channel channel;
	struct ipc_message message;
	unsigned int nready = 0, nreloaded = 0;
	bool was_reset = false;
	int r;

	ipc_channel_init(&channel, world.fd, true);
	/* One that stops before it has read all resets the connection. */
	while ((r = ipc_receive_packet(&channel, &message)) == 0 ||
	    (r != IPC_AGAIN && !was_reset)) {
		was_reset |= r != 0;
		if (r != 0)
			continue;
		if (message.fd != -1)
			abort();
		if (message.type == IPC_CTL_READY)
			nready++;
		else if (message.type == IPC_CTL_RELOADED)
			nreloaded++;
		else if (message.type == IPC_CTL_PONG ? !world.may_ping ||
		    world.session == SELF_FAILED :
		    message.type != IPC_CTL_WANT)
			abort();
	}
	if (nready != 1 || nreloaded != world.nreloads || world.nstops != 1)
		abort();
	ipc_channel_finish(&channel);
}

/* All that came with messages is closed. */
static void
check_sockets(void)
{
	struct pollfd pfd;

	while (world.nothers > 0) {
		pfd.fd = world.others[--world.nothers];
		pfd.events = 0;
		if (poll(&pfd, 1, 0) != 1 || (pfd.revents & POLLHUP) == 0)
			abort();
		(void)close(pfd.fd);
	}
}

static void
make_messages(const uint8_t *data, size_t len)
{
	size_t i, n;

	for (i = 0; i < MAX_MESSAGES && len >= 3; i++) {
		n = data[2] < len - 3 ? data[2] : len - 3;
		step(data[0], data[1], data + 3, n);
		data += 3 + n;
		len -= 3 + n;
	}
	(void)shutdown(world.fd, SHUT_WR);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static bool has_log;
	struct control *control;
	int before, fds[2];

	if (len > MAX_LENGTH)
		return 0;
	if (!has_log)
		log_init("fuzz_control", false);
	has_log = true;
	memset(&world, 0, sizeof(world));
	before = lowest_free();
	if (ipc_pair(fds) == -1 || (control = control_new(fds[1])) == NULL)
		abort();
	world.fd = fds[0];
	make_messages(data, len);
	if (control_start(control, "unix:/none", reload, attend, stop) != 0)
		abort();
	control_free(control);
	check_answers();
	check_sockets();
	if (lowest_free() != before)
		abort();
	return 0;
}
