/* SPDX-License-Identifier: ISC */

/*
 * The front of another service: see door.h.
 *
 * Its user is checked by what the kernel says about the other end
 * (SO_PEERCRED), because others may be in the group that may use the socket.
 * One front is served at a time.  Whoever comes next is the front after a
 * restart, so the sockets of the one before are closed first, as those of a
 * child that exited.
 *
 * The front reads mail, so it is not trusted: whatever it sends, the worst
 * result is that its connection is closed.
 */

#include "master/door.h"

#include <sys/socket.h>

#include <errno.h>
#include <unistd.h>

#include "base/log.h"
#include "base/user_name.h"
#include "base/wire.h"

#define PAUSE_MS	1000	/* after a failure that may last */

static void
lose_front(struct master *master, const char *why)
{
	log_info(M_FRONT_DISCONNECTED, "front: disconnected: %s", why);
	ipc_channel_finish(&master->front.control);
	introduce_epoch(master);
}

static bool
is_the_front(const struct master *master, const struct ucred *peer)
{
	char user[USER_NAME_SIZE];

	if (peer->uid == master->opts->front_uid)
		return true;
	user_name(peer->uid, user);
	log_warnx(M_FRONT_REFUSED, "connection of process %ld refused: it "
	    "runs as user %s, not as %s", (long)peer->pid, user,
	    master->opts->config->user);
	return false;
}

void
door_open(struct master *master)
{
	struct ucred peer = { 0 };
	socklen_t len = sizeof(peer);
	int fd;

	fd = accept4(master->opts->listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd == -1) {
		if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
			return;
		log_warn(M_FRONT_REFUSED, "cannot accept a connection");
		master->door_due_ms = master->now_ms + PAUSE_MS;
		return;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == -1 ||
	    !is_the_front(master, &peer)) {
		(void)close(fd);
		return;
	}
	if (master->front.control.fd != -1)
		lose_front(master, "another one has connected");
	ipc_channel_init(&master->front.control, fd, false);
	introduce_owe(master, NULL);
	log_info(M_FRONT_CONNECTED, "front: process %ld connected",
	    (long)peer.pid);
}

void
door_tell(struct master *master)
{
	struct wire_writer payload;

	if (master->nended == 0 || master->opts->part != MASTER_SIGNERS ||
	    master->front.control.fd == -1)
		return;
	wire_writer_init(&payload, sizeof(uint32_t));
	wire_put_u32(&payload, master->nended);
	if (!payload.failed && ipc_send(&master->front.control, IPC_CTL_ENDED,
	    0, payload.data, payload.len, -1, IPC_NOWAIT) == 0)
		master->nended = 0;
	wire_writer_finish(&payload);
}

void
door_serve(struct master *master)
{
	struct ipc_message message;
	int r;

	r = ipc_receive_packet(&master->front.control, &message);
	if (r == IPC_AGAIN)
		return;
	if (r == 0 && message.type == IPC_CTL_WANT)
		introduce_want(master, &message);
	else
		lose_front(master, ipc_strerror(r != 0 ? r : IPC_E_MALFORMED));
}
