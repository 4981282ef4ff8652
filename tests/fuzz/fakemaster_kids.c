/* SPDX-License-Identifier: ISC */

/*
 * What a master tells its children, which do not believe that it is right.
 */

#include "fakemaster.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/wire.h"

static void
take_peer(struct kid *kid, const struct ipc_message *message)
{
	struct wire_reader reader;

	wire_reader_init(&reader, message->payload, message->len);
	if (wire_get_u32(&reader) >= NKIDS - 1 ||
	    !wire_reader_is_complete(&reader) || message->fd == -1)
		abort();
	if (kid->needs_epoch)
		abort();
	kid->has_peers = true;
}

static void
take_message(struct kid *kid, const struct ipc_message *message)
{
	const bool is_signer = kid != &fakemaster.kids[0];

	if (!kid->has_table && (message->type != (is_signer ? IPC_CTL_HOURLY :
	    IPC_CTL_METERS) || message->fd == -1))
		abort();
	switch (message->type) {
	case IPC_CTL_HOURLY:
	case IPC_CTL_METERS:
		if (kid->has_table)
			abort();
		kid->has_table = true;
		break;
	case IPC_CTL_PEER:
		if (is_signer)
			take_peer(kid, message);
		break;
	case IPC_CTL_EPOCH:
		if (!is_signer)
			abort();
		kid->has_peers = kid->needs_epoch = false;
		break;
	case IPC_CTL_STOP:
		kid->was_told = true;
		break;
	case IPC_CTL_PING:
	case IPC_CTL_RELOAD:
		break;
	default:
		abort();
	}
}

void
fakemaster_read(struct kid *kid)
{
	struct ipc_message message;

	while (kid->control.fd != -1 && !kid->is_deaf &&
	    ipc_receive_packet(&kid->control, &message) == 0) {
		take_message(kid, &message);
		if (message.fd != -1)
			(void)close(message.fd);
	}
}

void
fakemaster_end_front(void)
{
	struct kid *kid;

	for (kid = fakemaster.kids + 1; kid < fakemaster.kids + NKIDS; kid++) {
		fakemaster_read(kid);
		if (!kid->is_deaf)
			kid->needs_epoch = kid->has_peers;
	}
}
