/* SPDX-License-Identifier: ISC */

/*
 * The way to the signers of another service: see link.h.
 *
 * systemd listens on the socket, and starts the signers when somebody connects.
 * So a connection is made at once, and what takes its time, or fails, are the
 * signers: the connection is then closed at the other end, or nothing comes
 * over it.  It is made again with a delay that doubles each time, until a
 * signer is ready.
 *
 * Losing the connection loses all sockets to the signers: mail is deferred
 * until they are back.
 */

#include "master/link.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/meters.h"
#include "base/wire.h"
#include "master/child.h"

#define GIVE_UP_MS	1600	/* a first start, at this delay */

void
link_init(struct link *link, const char *path, unsigned int limit_ms)
{
	memset(link, 0, sizeof(*link));
	link->path = path;
	link->limit_ms = limit_ms;
	link->channel.fd = -1;
	link->due_ms = path != NULL ? 0 : INT64_MAX;
}

void
link_finish(struct link *link)
{
	ipc_channel_finish(&link->channel);
	link->is_ready = false;
	link->due_ms = INT64_MAX;
}

void
link_lose(struct link *link, const char *why, int64_t now_ms)
{
	ipc_channel_finish(&link->channel);
	link->is_ready = false;
	if (link->delay_ms == 0)
		link->delay_ms = CHILD_MIN_DELAY_MS;
	else if (link->delay_ms < CHILD_MAX_DELAY_MS / 2)
		link->delay_ms *= 2;
	else
		link->delay_ms = CHILD_MAX_DELAY_MS;
	link->due_ms = now_ms + link->delay_ms;
	/* One line, however long it takes. */
	if (!link->was_lost)
		log_warnx(M_SIGNERS_LOST, "signers at %s: %s: mail is deferred "
		    "until they are back; the log of "
		    "countersign-signer.service says why", link->path, why);
	link->was_lost = true;
}

static void
open_channel(struct link *link, int64_t now_ms)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd;

	if (strlcpy(un.sun_path, link->path, sizeof(un.sun_path)) >=
	    sizeof(un.sun_path)) {
		link_lose(link, strerror(ENAMETOOLONG), now_ms);
		return;
	}
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1 || connect(fd, (const struct sockaddr *)&un,
	    sizeof(un)) == -1) {
		link_lose(link, strerror(errno), now_ms);
		if (fd != -1)
			(void)close(fd);
		return;
	}
	ipc_channel_init(&link->channel, fd, true);
	link->due_ms = now_ms + link->limit_ms;
}

void
link_attend(struct link *link, int64_t now_ms)
{
	if (link->due_ms > now_ms)
		return;
	if (link->channel.fd == -1)
		open_channel(link, now_ms);
	else
		link_lose(link, "not ready in time", now_ms);
}

/* Signers ended although nobody had stopped them. */
static int
count_ended(const struct ipc_message *message)
{
	struct wire_reader reader;
	uint32_t n;

	wire_reader_init(&reader, message->payload, message->len);
	n = wire_get_u32(&reader);
	if (!wire_reader_is_complete(&reader) || message->fd != -1)
		return IPC_E_MALFORMED;
	meters_count(METERS_SIGNER_RESTARTS, n);
	return 0;
}

int
link_receive(struct link *link, struct ipc_message *message, int64_t now_ms)
{
	int r;

	if ((r = ipc_receive_packet(&link->channel, message)) == IPC_AGAIN)
		return r;
	if (r == 0 && message->type == IPC_CTL_ENDED &&
	    count_ended(message) == 0)
		return IPC_AGAIN;
	if (r == 0 && (message->type != IPC_CTL_PEER || message->fd == -1)) {
		if (message->fd != -1)
			(void)close(message->fd);
		r = IPC_E_MALFORMED;
	}
	if (r != 0) {
		link_lose(link, ipc_strerror(r), now_ms);
		return r;
	}
	if (link->was_lost)
		log_info(M_SIGNERS_BACK, "signers at %s: back", link->path);
	link->is_ready = true;
	link->was_lost = false;
	link->delay_ms = 0;
	link->due_ms = INT64_MAX;
	return 0;
}

/* If that fails, the connection is lost, and then all sockets are new. */
void
link_want(struct link *link, const struct ipc_message *message)
{
	(void)ipc_send(&link->channel, IPC_CTL_WANT, 0, message->payload,
	    message->len, -1, IPC_NOWAIT);
}

bool
link_has_failed(const struct link *link)
{
	return link->delay_ms >= GIVE_UP_MS;
}
