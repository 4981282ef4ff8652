/* SPDX-License-Identifier: ISC */

/*
 * Messages over a socketpair: fragments, descriptors, deadlines, and each
 * rule of ipc.h broken by a peer that writes raw packets.
 */

#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/ipc.h"

#define MAX_PART	(IPC_MAX_PACKET - IPC_HEADER_SIZE)

/* Two channels, joined; raw is the descriptor of the first. */
struct ends {
	struct ipc_channel a, b;
};

static void
ends_init(struct ends *ends, bool takes_fds)
{
	int fds[2];

	assert_int_equal(ipc_pair(fds), 0);
	ipc_channel_init(&ends->a, fds[0], false);
	ipc_channel_init(&ends->b, fds[1], takes_fds);
}

static void
ends_finish(struct ends *ends)
{
	ipc_channel_finish(&ends->a);
	ipc_channel_finish(&ends->b);
	ipc_channel_finish(&ends->b);
}

static size_t
count_fds(void)
{
	size_t n;
	int fd;

	n = 0;
	for (fd = 0; fd < 256; fd++)
		if (fcntl(fd, F_GETFD) != -1)
			n++;
	return n;
}

/* How big a message is, and in how many packets it must come. */
static const struct {
	size_t	len;
	size_t	npackets;
} sizes[] = {
	{ 0, 1 },
	{ 1, 1 },
	{ MAX_PART - 1, 1 },
	{ MAX_PART, 1 },
	{ MAX_PART + 1, 2 },
	{ 2 * MAX_PART, 2 },
	{ 2 * MAX_PART + 1, 3 },
	{ 3 * MAX_PART - 1, 3 },
};

static void
test_sizes(void **state)
{
	struct ipc_message message;
	struct ends ends;
	unsigned char *octets;
	size_t i, j, npackets;
	int r;

	(void)state;
	octets = malloc(IPC_MAX_MESSAGE);
	assert_non_null(octets);
	for (j = 0; j < IPC_MAX_MESSAGE; j++)
		octets[j] = (unsigned char)(j * 7 + j / 251);
	ends_init(&ends, false);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		assert_int_equal(ipc_send(&ends.a, IPC_SIGN_REQ, 77, octets,
		    sizes[i].len, -1, IPC_NOWAIT), 0);
		npackets = 0;
		do {
			r = ipc_receive_packet(&ends.b, &message);
			npackets++;
		} while (r == IPC_AGAIN && npackets < 10);
		assert_int_equal(r, 0);
		assert_int_equal(npackets, sizes[i].npackets);
		assert_int_equal(message.type, IPC_SIGN_REQ);
		assert_int_equal(message.id, 77);
		assert_int_equal(message.fd, -1);
		assert_int_equal(message.len, sizes[i].len);
		if (message.len > 0)
			assert_memory_equal(message.payload, octets,
			    message.len);
	}
	assert_int_equal(ipc_send(&ends.a, IPC_SIGN_REQ, 1, octets,
	    IPC_MAX_MESSAGE + 1, -1, IPC_NOWAIT), IPC_E_TOOBIG);
	ends_finish(&ends);
	free(octets);
}

static void
test_biggest_is_joined(void **state)
{
	struct ipc_message message;
	struct ends ends;
	unsigned char packet[IPC_HEADER_SIZE + 8192];
	size_t i;
	int r;

	(void)state;
	ends_init(&ends, false);
	memset(packet, 'x', sizeof(packet));
	memcpy(packet, "\4\3\1\0\0\0\0\1", 8);
	for (i = 0; i < IPC_MAX_MESSAGE / 8192; i++) {
		packet[2] = i + 1 < IPC_MAX_MESSAGE / 8192;
		assert_int_equal(write(ends.a.fd, packet, sizeof(packet)),
		    sizeof(packet));
		r = ipc_receive_packet(&ends.b, &message);
		assert_int_equal(r, packet[2] ? IPC_AGAIN : 0);
	}
	assert_int_equal(message.len, IPC_MAX_MESSAGE);

	/* One octet more is refused at the packet that has it. */
	packet[2] = 1;
	for (i = 0; i < IPC_MAX_MESSAGE / 8192; i++) {
		assert_int_equal(write(ends.a.fd, packet, sizeof(packet)),
		    sizeof(packet));
		assert_int_equal(ipc_receive_packet(&ends.b, &message),
		    IPC_AGAIN);
	}
	packet[2] = 0;
	assert_int_equal(write(ends.a.fd, packet, IPC_HEADER_SIZE + 1),
	    IPC_HEADER_SIZE + 1);
	assert_int_equal(ipc_receive_packet(&ends.b, &message),
	    IPC_E_MALFORMED);
	ends_finish(&ends);
}

/* Raw packets, of which the last one breaks a rule. */
static const struct {
	const char	*name;
	struct {
		const char	*octets;
		size_t		 len;
	} packets[3];
	int		 error;
} broken[] = {
	{ "header cut",		{ { "\4\3\0\0\0\0\0", 7 } },
	    IPC_E_MALFORMED },
	{ "one octet",		{ { "\1", 1 } },
	    IPC_E_MALFORMED },
	{ "version 0",		{ { "\0\3\0\0\0\0\0\1", 8 } },
	    IPC_E_VERSION },
	{ "version 3",		{ { "\3\3\0\0\0\0\0\1", 8 } },
	    IPC_E_VERSION },
	{ "more is 2",		{ { "\4\3\2\0\0\0\0\1x", 9 } },
	    IPC_E_MALFORMED },
	{ "reserved octet",	{ { "\4\3\0\1\0\0\0\1", 8 } },
	    IPC_E_MALFORMED },
	{ "empty fragment",	{ { "\4\3\1\0\0\0\0\1", 8 } },
	    IPC_E_MALFORMED },
	{ "type changes",	{ { "\4\3\1\0\0\0\0\1x", 9 },
				  { "\4\1\0\0\0\0\0\1x", 9 } },
	    IPC_E_MALFORMED },
	{ "id changes",		{ { "\4\3\1\0\0\0\0\1x", 9 },
				  { "\4\3\1\0\0\0\0\1x", 9 },
				  { "\4\3\0\0\0\0\0\2x", 9 } },
	    IPC_E_MALFORMED },
};

static void
test_broken(void **state)
{
	struct ipc_message message;
	struct ends ends;
	size_t i, j;
	int r;

	(void)state;
	for (i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		ends_init(&ends, false);
		r = IPC_AGAIN;
		for (j = 0; j < 3 && broken[i].packets[j].len > 0; j++) {
			if (r != IPC_AGAIN)
				fail_msg("%s: early", broken[i].name);
			assert_int_equal(write(ends.a.fd,
			    broken[i].packets[j].octets,
			    broken[i].packets[j].len),
			    broken[i].packets[j].len);
			r = ipc_receive_packet(&ends.b, &message);
		}
		if (r != broken[i].error)
			fail_msg("%s: %s", broken[i].name, ipc_strerror(r));
		ends_finish(&ends);
	}
}

static void
test_oversize_packet(void **state)
{
	static unsigned char packet[IPC_MAX_PACKET + 1] = { IPC_VERSION, 3 };
	struct ipc_message message;
	struct ends ends;

	(void)state;
	ends_init(&ends, false);
	assert_int_equal(write(ends.a.fd, packet, sizeof(packet)),
	    sizeof(packet));
	assert_int_equal(ipc_receive_packet(&ends.b, &message),
	    IPC_E_MALFORMED);
	ends_finish(&ends);
}

static void
test_descriptor(void **state)
{
	struct ipc_message message;
	struct ends ends;
	struct stat sent, got;
	int fds[2];

	(void)state;
	ends_init(&ends, true);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(ipc_send(&ends.a, IPC_CTL_PEER, 0, "\0\0\0\1", 4,
	    fds[0], IPC_NOWAIT), 0);
	assert_int_equal(ipc_receive_packet(&ends.b, &message), 0);
	assert_int_not_equal(message.fd, -1);
	assert_int_equal(fstat(fds[0], &sent), 0);
	assert_int_equal(fstat(message.fd, &got), 0);
	assert_int_equal(sent.st_ino, got.st_ino);
	assert_int_equal(fcntl(message.fd, F_GETFD), FD_CLOEXEC);
	(void)close(message.fd);
	(void)close(fds[0]);
	(void)close(fds[1]);
	ends_finish(&ends);
}

/* Attach n copies of fd to a raw packet. */
static void
send_fds(int to, int fd, size_t n, const void *packet, size_t len)
{
	union {
		struct cmsghdr	 align;
		char		 buf[CMSG_SPACE(8 * sizeof(int))];
	} control;
	struct cmsghdr *cmsg;
	struct msghdr msg;
	struct iovec iov;
	size_t i;

	memset(&msg, 0, sizeof(msg));
	memset(&control, 0, sizeof(control));
	memcpy(&iov.iov_base, &packet, sizeof(packet));
	iov.iov_len = len;
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	msg.msg_control = control.buf;
	msg.msg_controllen = CMSG_SPACE(n * sizeof(int));
	cmsg = CMSG_FIRSTHDR(&msg);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(n * sizeof(int));
	for (i = 0; i < n; i++)
		memcpy(CMSG_DATA(cmsg) + i * sizeof(int), &fd, sizeof(int));
	assert_int_equal(sendmsg(to, &msg, 0), len);
}

static const struct {
	const char	*name;
	bool		 takes_fds;
	size_t		 nfds;
	const char	*packet;
	size_t		 len;
} unwanted[] = {
	{ "none is taken",	false, 1, "\4\3\0\0\0\0\0\1", 8 },
	{ "many to none",	false, 8, "\4\3\0\0\0\0\0\1", 8 },
	{ "two to one",		true,  2, "\4\20\0\0\0\0\0\1", 8 },
	{ "many to one",	true,  8, "\4\20\0\0\0\0\0\1", 8 },
	{ "on a fragment",	true,  1, "\4\20\1\0\0\0\0\1x", 9 },
	{ "on a bad packet",	true,  1, "\4\20", 2 },
	{ "on an empty one",	true,  1, "", 0 },
};

static void
test_unwanted_descriptors(void **state)
{
	struct ipc_message message;
	struct ends ends;
	size_t i, before;

	(void)state;
	for (i = 0; i < sizeof(unwanted) / sizeof(unwanted[0]); i++) {
		ends_init(&ends, unwanted[i].takes_fds);
		before = count_fds();
		send_fds(ends.a.fd, STDERR_FILENO, unwanted[i].nfds,
		    unwanted[i].packet, unwanted[i].len);
		if (ipc_receive_packet(&ends.b, &message) != IPC_E_MALFORMED)
			fail_msg("%s: taken", unwanted[i].name);
		if (count_fds() != before)
			fail_msg("%s: left open", unwanted[i].name);
		ends_finish(&ends);
	}
}

static void
test_deadlines(void **state)
{
	static unsigned char payload[MAX_PART];
	struct ipc_message message;
	struct ends ends;
	int64_t deadline_ms;
	int i, r;

	(void)state;
	ends_init(&ends, false);
	assert_int_equal(ipc_receive_packet(&ends.b, &message), IPC_AGAIN);
	assert_int_equal(ipc_receive(&ends.b, &message, IPC_NOWAIT),
	    IPC_E_TIMEOUT);
	deadline_ms = monotonic_ms() + 20;
	assert_int_equal(ipc_receive(&ends.b, &message, deadline_ms),
	    IPC_E_TIMEOUT);
	assert_true(monotonic_ms() >= deadline_ms);

	/* A half message does not count as an answer either. */
	assert_int_equal(write(ends.a.fd, "\4\3\1\0\0\0\0\1x", 9), 9);
	assert_int_equal(ipc_receive(&ends.b, &message, monotonic_ms() + 10),
	    IPC_E_TIMEOUT);
	assert_int_equal(write(ends.a.fd, "\4\3\0\0\0\0\0\1y", 9), 9);
	assert_int_equal(ipc_receive(&ends.b, &message, monotonic_ms() + 10),
	    0);
	assert_int_equal(message.len, 2);
	assert_memory_equal(message.payload, "xy", 2);

	/* A peer that never reads. */
	for (i = 0, r = 0; i < 10000 && r == 0; i++)
		r = ipc_send(&ends.a, IPC_SIGN_REQ, 1, payload,
		    sizeof(payload), -1, IPC_NOWAIT);
	assert_int_equal(r, IPC_E_TIMEOUT);
	ends_finish(&ends);
}

static void
test_closed(void **state)
{
	struct ipc_message message;
	struct ends ends;

	(void)state;
	ends_init(&ends, false);
	assert_int_equal(write(ends.a.fd, "\4\3\1\0\0\0\0\1x", 9), 9);
	ipc_channel_finish(&ends.a);
	/* In the middle of a message, too. */
	assert_int_equal(ipc_receive(&ends.b, &message, IPC_FOREVER),
	    IPC_E_CLOSED);
	assert_int_equal(ipc_send(&ends.b, IPC_SIGN_REP, 1, NULL, 0, -1,
	    IPC_FOREVER), IPC_E_CLOSED);
	ends_finish(&ends);
	assert_int_equal(ipc_send(&ends.b, IPC_SIGN_REP, 1, NULL, 0, -1,
	    IPC_FOREVER), IPC_E_CLOSED);
	assert_int_equal(ipc_receive_packet(&ends.b, &message),
	    IPC_E_CLOSED);

	/* What was not read by the peer makes it a reset. */
	ends_init(&ends, false);
	assert_int_equal(ipc_send(&ends.b, IPC_SIGN_REP, 1, NULL, 0, -1,
	    IPC_FOREVER), 0);
	ipc_channel_finish(&ends.a);
	assert_int_equal(ipc_receive_packet(&ends.b, &message),
	    IPC_E_CLOSED);
	ends_finish(&ends);
}

/* Only such a socket as a master gives its children is one. */
static void
test_is_socket(void **state)
{
	struct ends ends;
	int fds[2];

	(void)state;
	ends_init(&ends, false);
	assert_true(ipc_is_socket(ends.a.fd));
	assert_true(ipc_is_socket(ends.b.fd));
	ends_finish(&ends);

	assert_int_equal(pipe(fds), 0);
	assert_false(ipc_is_socket(fds[0]));
	assert_int_equal(close(fds[0]), 0);
	assert_int_equal(close(fds[1]), 0);
	assert_false(ipc_is_socket(fds[0]));
	assert_false(ipc_is_socket(-1));

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_false(ipc_is_socket(fds[0]));
	assert_int_equal(close(fds[0]), 0);
	assert_int_equal(close(fds[1]), 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_biggest_is_joined),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_oversize_packet),
		cmocka_unit_test(test_descriptor),
		cmocka_unit_test(test_unwanted_descriptors),
		cmocka_unit_test(test_deadlines),
		cmocka_unit_test(test_closed),
		cmocka_unit_test(test_is_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
