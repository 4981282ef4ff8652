/* SPDX-License-Identifier: ISC */

/*
 * The master introduces signers and front to each other: it makes socketpairs,
 * and sends one end to each.
 *
 * The count of sockets still to be made for a signer is owed.  It is set to
 * IPC_PEERS when the signer or the front is started, and raised by one, at most
 * to IPC_PEERS, when the front reports a lost socket.  If a control socket is
 * full, the master tries again later and does not wait.
 *
 * When the front exits, the signers close all its sockets, so that a process
 * with a copy of the other end cannot get anything signed.
 */

#include "master/private.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "base/log.h"
#include "base/wire.h"

#define WANT_CALM_MS	10000	/* after so long, replace a lost one at once */

void
introduce_owe(struct master *master, struct signer_slot *slot)
{
	unsigned int i;

	for (i = 0; i < master->nsigners; i++) {
		if (slot != NULL && slot != &master->signers[i])
			continue;
		master->signers[i].owed = IPC_PEERS;
		master->signers[i].owed_at_ms = master->now_ms;
	}
}

/*
 * A signer that cannot be told would continue to sign for whoever still has the
 * front's sockets, so it is killed and replaced.
 */
void
introduce_epoch(struct master *master)
{
	struct child *child;
	unsigned int i;
	int r;

	for (i = 0; i < master->nsigners; i++) {
		child = &master->signers[i].child;
		if (child->pid == 0 || (r = ipc_send(&child->control,
		    IPC_CTL_EPOCH, 0, NULL, 0, -1, IPC_NOWAIT)) == 0)
			continue;
		/* If its socket is closed, its exit is logged. */
		if (r != IPC_E_CLOSED)
			log_warnx(M_SIGNER_NOT_TOLD,
			    "%s: cannot be told that the front has exited: "
			    "killed", child->name);
		(void)kill(child->pid, SIGKILL);
		child_lose(child, master->now_ms);
	}
}

static bool
is_writable(const struct child *child)
{
	struct pollfd pfd;

	pfd.fd = child->control.fd;
	pfd.events = POLLOUT;
	return poll(&pfd, 1, 0) == 1 && (pfd.revents & POLLOUT) != 0;
}

/* Make a socketpair, and send one end each to the signer and the front. */
static int
introduce(struct master *master, unsigned int number)
{
	struct signer_slot *slot = &master->signers[number];
	struct wire_writer payload;
	int fds[2], r;

	if (ipc_pair(fds) == -1) {
		log_warn(M_PROCESS_NOT_STARTED,
		    "%s: cannot create a socket to it", slot->child.name);
		return -1;
	}
	wire_writer_init(&payload, sizeof(uint32_t));
	wire_put_u32(&payload, number);
	r = payload.failed ? IPC_E_NOMEM : 0;
	if (r == 0)
		r = ipc_send(&slot->child.control, IPC_CTL_PEER, 0,
		    payload.data, payload.len, fds[0], IPC_NOWAIT);
	if (r == 0)
		r = ipc_send(&master->front.control, IPC_CTL_PEER, 0,
		    payload.data, payload.len, fds[1], IPC_NOWAIT);
	wire_writer_finish(&payload);
	(void)close(fds[0]);
	(void)close(fds[1]);
	return r == 0 ? 0 : -1;
}

bool
introduce_is_owed(const struct master *master, const struct signer_slot *slot)
{
	return master->phase == RUNNING && slot->owed > 0 &&
	    slot->child.is_ready && !slot->child.is_told_to_stop &&
	    master->front.control.fd != -1;
}

void
introduce_due(struct master *master)
{
	struct signer_slot *slot;
	unsigned int i;

	for (i = 0; i < master->nsigners; i++) {
		slot = &master->signers[i];
		while (introduce_is_owed(master, slot) &&
		    slot->owed_at_ms <= master->now_ms &&
		    is_writable(&slot->child) &&
		    is_writable(&master->front)) {
			if (introduce(master, i) == -1) {
				slot->owed_at_ms = master->now_ms +
				    CHILD_MIN_DELAY_MS;
				break;
			}
			slot->owed--;
			slot->made_at_ms = master->now_ms;
		}
	}
}

/*
 * The front lost a socket.  If a signer often answers too late, each new socket
 * is lost soon: double the delay each time.
 */
void
introduce_want(struct master *master, const struct ipc_message *message)
{
	struct signer_slot *slot;
	struct wire_reader reader;
	uint32_t number;

	wire_reader_init(&reader, message->payload, message->len);
	number = wire_get_u32(&reader);
	if (!wire_reader_is_complete(&reader) || number >= master->nsigners) {
		log_warnx(M_CONTROL_MESSAGE_IGNORED,
		    "front: malformed message ignored");
		return;
	}
	slot = &master->signers[number];
	if (!slot->child.is_ready || slot->owed == IPC_PEERS)
		return;
	if (slot->owed++ > 0)
		return;
	if (master->now_ms - slot->made_at_ms >= WANT_CALM_MS)
		slot->delay_ms = 0;
	else if (slot->delay_ms == 0)
		slot->delay_ms = CHILD_MIN_DELAY_MS;
	else if (slot->delay_ms < CHILD_MAX_DELAY_MS / 2)
		slot->delay_ms *= 2;
	slot->owed_at_ms = master->now_ms + slot->delay_ms;
}
