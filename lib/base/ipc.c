/* SPDX-License-Identifier: ISC */

/*
 * Messages over SOCK_SEQPACKET socketpairs: see ipc.h.
 *
 * Sockets do not block; if the caller gives a deadline, poll(2) waits.  A
 * packet is received directly after the packets of its message that have
 * arrived, so joining copies nothing.  A buffer that grew for a large message
 * is freed before the next message.
 *
 * Nothing here logs or ends the process.  Whatever a peer sends, the worst
 * result is an error of that one channel, and every descriptor that is not
 * returned to the caller is closed.
 */

#include "base/ipc.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/descriptors.h"
#include "base/wait_fd.h"

#define MAX_PART	((size_t)(IPC_MAX_PACKET - IPC_HEADER_SIZE))

/* The header of a packet. */
struct header {
	uint8_t		 type;
	bool		 has_more;
	uint32_t	 id;
};

static const struct {
	int		 error;
	const char	*text;
} texts[] = {
	{ 0,			"done" },
	{ IPC_AGAIN,		"no complete message yet" },
	{ IPC_E_CLOSED,		"closed by the peer" },
	{ IPC_E_TIMEOUT,	"timed out" },
	{ IPC_E_MALFORMED,	"malformed message" },
	{ IPC_E_TOOBIG,		"message too big" },
	{ IPC_E_NOMEM,		"out of memory" },
	{ IPC_E_SYSTEM,		"system call failed" },
	{ IPC_E_VERSION,	"message of another version of countersign: "
				"restart all its services" },
};

const char *
ipc_strerror(int error)
{
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].error == error)
			return texts[i].text;
	return "unknown error";
}

void
ipc_channel_init(struct ipc_channel *channel, int fd, bool takes_fds)
{
	int flags;

	memset(channel, 0, sizeof(*channel));
	channel->fd = fd;
	channel->takes_fds = takes_fds;
	if ((flags = fcntl(fd, F_GETFL)) != -1)
		(void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

void
ipc_channel_finish(struct ipc_channel *channel)
{
	if (channel->fd != -1)
		(void)close(channel->fd);
	free(channel->data);
	memset(channel, 0, sizeof(*channel));
	channel->fd = -1;
}

int
ipc_pair(int fds[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds);
}

bool
ipc_is_socket(int fd)
{
	socklen_t len;
	int type;

	len = sizeof(type);
	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 &&
	    type == SOCK_SEQPACKET;
}

/* Wait until the socket is ready for events: 0 or an error. */
static int
wait_for(int fd, short events, int64_t deadline_ms)
{
	switch (wait_fd(fd, events, deadline_ms)) {
	case 0:
		return IPC_E_TIMEOUT;
	case -1:
		return IPC_E_SYSTEM;
	default:
		return 0;
	}
}

/* The error of the channel for an errno of sendmsg(2) or recvmsg(2). */
static int
error_of(int saved_errno)
{
	switch (saved_errno) {
	case EPIPE:
	case ECONNRESET:
	case ENOTCONN:
		return IPC_E_CLOSED;
	case ENOMEM:
	case ENOBUFS:
		return IPC_E_NOMEM;
	default:
		return IPC_E_SYSTEM;
	}
}

static void
put_header(unsigned char *p, const struct header *header)
{
	p[0] = IPC_VERSION;
	p[1] = header->type;
	p[2] = header->has_more ? 1 : 0;
	p[3] = 0;
	p[4] = (unsigned char)(header->id >> 24);
	p[5] = (unsigned char)(header->id >> 16);
	p[6] = (unsigned char)(header->id >> 8);
	p[7] = (unsigned char)header->id;
}

static int
get_header(const unsigned char *p, struct header *header)
{
	if (p[0] != IPC_VERSION)
		return IPC_E_VERSION;
	if (p[2] > 1 || p[3] != 0)
		return IPC_E_MALFORMED;
	header->type = p[1];
	header->has_more = p[2] == 1;
	header->id = (uint32_t)p[4] << 24 | (uint32_t)p[5] << 16 |
	    (uint32_t)p[6] << 8 | (uint32_t)p[7];
	return 0;
}

/* Send one packet, as a whole or not at all. */
static int
send_packet(int fd, const struct header *header, const unsigned char *part,
    size_t len, int fd_attached, int64_t deadline_ms)
{
	union {
		struct cmsghdr	 align;
		char		 buf[CMSG_SPACE(sizeof(int))];
	} control;
	unsigned char head[IPC_HEADER_SIZE];
	struct cmsghdr *cmsg;
	struct msghdr msg;
	struct iovec iov[2];
	int r;

	put_header(head, header);
	iov[0].iov_base = head;
	iov[0].iov_len = sizeof(head);
	/* sendmsg(2) only reads it; struct iovec has no const. */
	memcpy(&iov[1].iov_base, &part, sizeof(part));
	iov[1].iov_len = len;

	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = iov;
	msg.msg_iovlen = len > 0 ? 2 : 1;
	if (fd_attached != -1) {
		memset(&control, 0, sizeof(control));
		msg.msg_control = control.buf;
		msg.msg_controllen = sizeof(control.buf);
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cmsg), &fd_attached, sizeof(int));
	}
	while (sendmsg(fd, &msg, MSG_NOSIGNAL) == -1) {
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN && errno != EWOULDBLOCK)
			return error_of(errno);
		if ((r = wait_for(fd, POLLOUT, deadline_ms)) != 0)
			return r;
	}
	return 0;
}

int
ipc_send(struct ipc_channel *channel, enum ipc_type type, uint32_t id,
    const void *payload, size_t len, int fd_attached, int64_t deadline_ms)
{
	struct header header;
	const unsigned char *data;
	size_t part;
	int r;

	if (channel->fd == -1)
		return IPC_E_CLOSED;
	if (len > IPC_MAX_MESSAGE || (fd_attached != -1 && len > MAX_PART))
		return IPC_E_TOOBIG;
	header.type = (uint8_t)type;
	header.id = id;
	data = payload;
	do {
		part = len > MAX_PART ? MAX_PART : len;
		header.has_more = part < len;
		r = send_packet(channel->fd, &header, data, part, fd_attached,
		    deadline_ms);
		if (r != 0)
			return r;
		if (part > 0)
			data += part;
		len -= part;
	} while (len > 0);
	return 0;
}

/* Make room for one more packet; a new message begins with an empty buffer. */
static int
make_room(struct ipc_channel *channel)
{
	unsigned char *data;
	size_t size;

	if (!channel->is_partial) {
		channel->len = 0;
		if (channel->size > MAX_PART) {
			free(channel->data);
			channel->data = NULL;
			channel->size = 0;
		}
	}
	if (channel->size - channel->len >= MAX_PART)
		return 0;
	size = channel->len + MAX_PART;
	if (channel->len > 0)
		size += channel->len;
	if ((data = realloc(channel->data, size)) == NULL)
		return IPC_E_NOMEM;
	channel->data = data;
	channel->size = size;
	return 0;
}

/*
 * Take the descriptors that came with a packet: store the first one in *fd,
 * close the others.  Returns how many there were.
 */
static size_t
take_fds(struct msghdr *msg, int *fd)
{
	struct cmsghdr *cmsg;
	size_t i, n, count;
	int each;

	count = 0;
	*fd = -1;
	for (cmsg = CMSG_FIRSTHDR(msg); cmsg != NULL;
	    cmsg = CMSG_NXTHDR(msg, cmsg)) {
		if (cmsg->cmsg_level != SOL_SOCKET ||
		    cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		n = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++) {
			memcpy(&each, CMSG_DATA(cmsg) + i * sizeof(int),
			    sizeof(int));
			if (count++ == 0)
				*fd = each;
			else
				(void)close(each);
		}
	}
	return count;
}

/* Check a packet with partlen octets of payload, and add it to its message. */
static int
join(struct ipc_channel *channel, const unsigned char *head, size_t partlen)
{
	struct header header;
	int r;

	if ((r = get_header(head, &header)) != 0)
		return r;
	if (channel->is_partial && (header.type != channel->type ||
	    header.id != channel->id))
		return IPC_E_MALFORMED;
	if (partlen > IPC_MAX_MESSAGE - channel->len ||
	    (header.has_more && partlen == 0))
		return IPC_E_MALFORMED;
	channel->type = header.type;
	channel->id = header.id;
	channel->len += partlen;
	channel->is_partial = header.has_more;
	return header.has_more ? IPC_AGAIN : 0;
}

/*
 * Receive one packet: its header into head, its payload of *partlen octets into
 * the channel's buffer.
 */
static int
receive_raw(struct ipc_channel *channel, unsigned char *head,
    size_t *partlen, int *fd)
{
	union {
		struct cmsghdr	 align;
		char		 buf[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr msg;
	struct iovec iov[2];
	size_t nfds;
	ssize_t n;

	iov[0].iov_base = head;
	iov[0].iov_len = IPC_HEADER_SIZE;
	iov[1].iov_base = channel->data + channel->len;
	iov[1].iov_len = MAX_PART;
	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = iov;
	msg.msg_iovlen = 2;
	msg.msg_control = control.buf;
	msg.msg_controllen = sizeof(control.buf);

	do
		n = recvmsg(channel->fd, &msg, MSG_DONTWAIT |
		    MSG_CMSG_CLOEXEC);
	while (n == -1 && errno == EINTR);
	if (n == -1) {
		if (errno == EAGAIN || errno == EWOULDBLOCK)
			return IPC_AGAIN;
		return error_of(errno);
	}
	nfds = take_fds(&msg, fd);
	/* The kernel drops a socket for which there is no descriptor. */
	if ((msg.msg_flags & MSG_CTRUNC) != 0)
		descriptors_check();
	/* An empty packet looks like end of file; it is not valid either. */
	if (n == 0 && nfds == 0)
		return IPC_E_CLOSED;
	if ((msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 || nfds > 1 ||
	    (nfds == 1 && !channel->takes_fds) || n < IPC_HEADER_SIZE)
		return IPC_E_MALFORMED;
	*partlen = (size_t)n - IPC_HEADER_SIZE;
	return 0;
}

int
ipc_receive_packet(struct ipc_channel *channel, struct ipc_message *message)
{
	unsigned char head[IPC_HEADER_SIZE];
	size_t partlen;
	int fd, r;

	memset(message, 0, sizeof(*message));
	message->fd = -1;
	if (channel->fd == -1)
		return IPC_E_CLOSED;

	fd = -1;
	if ((r = make_room(channel)) != 0 ||
	    (r = receive_raw(channel, head, &partlen, &fd)) != 0 ||
	    (r = join(channel, head, partlen)) != 0) {
		/* Only a message of one packet may carry a socket. */
		if (r == IPC_AGAIN && fd != -1)
			r = IPC_E_MALFORMED;
		if (fd != -1)
			(void)close(fd);
		return r;
	}
	message->type = channel->type;
	message->id = channel->id;
	message->payload = channel->data;
	message->len = channel->len;
	message->fd = fd;
	return 0;
}

int
ipc_receive(struct ipc_channel *channel, struct ipc_message *message,
    int64_t deadline_ms)
{
	int r;

	/* An answer takes time, so waiting comes first: one call less. */
	do {
		if (channel->fd == -1)
			return IPC_E_CLOSED;
		if ((r = wait_for(channel->fd, POLLIN, deadline_ms)) != 0)
			return r;
		r = ipc_receive_packet(channel, message);
	} while (r == IPC_AGAIN);
	return r;
}
