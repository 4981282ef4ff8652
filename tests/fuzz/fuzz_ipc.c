/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: packets from a peer.  The input is a row of packets, each a
 * u16 length and that many octets; they are sent raw over a socketpair, and
 * what is joined from them never breaks a bound.
 */

#include <sys/socket.h>

#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/ipc.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Receive one packet; false: the channel is to be closed. */
static int
receive(struct ipc_channel *channel)
{
	struct ipc_message message;
	size_t i;
	int r;

	r = ipc_receive_packet(channel, &message);
	if (r == IPC_AGAIN)
		return 1;
	if (r != 0)
		return 0;
	if (message.len > IPC_MAX_MESSAGE || message.fd != -1)
		abort();
	/* Every octet of it is there to be read. */
	for (i = 0; i < message.len; i++)
		channel->id ^= message.payload[i];
	return 1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ipc_channel channel;
	size_t partlen;
	int fds[2];

	if (ipc_pair(fds) == -1)
		return 0;
	ipc_channel_init(&channel, fds[0], false);
	while (len >= 2) {
		partlen = (size_t)data[0] << 8 | data[1];
		data += 2;
		len -= 2;
		if (partlen > len)
			partlen = len;
		if (send(fds[1], data, partlen, MSG_NOSIGNAL) == -1 ||
		    !receive(&channel))
			break;
		data += partlen;
		len -= partlen;
	}
	ipc_channel_finish(&channel);
	(void)close(fds[1]);
	return 0;
}
