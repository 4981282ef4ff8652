/* SPDX-License-Identifier: ISC */

/*
 * The signer's loop: one thread, poll(2) over the control socket and the
 * sockets to the front.
 *
 * Before each packet from a peer, it handles all messages from the master: once
 * the master has said that a front has ended, no request of that front is
 * served.  A turn takes at most one packet from each peer, so that a flood on
 * one socket delays the others by no more than IPC_MAX_BLOCKS signatures.
 * Answers are sent without waiting: a peer that does not read them loses its
 * socket when the kernel's buffer is full, and so does a peer that sends a
 * malformed message; both are logged.
 * Nothing that comes over a peer's socket ends the process.
 *
 * Ends when the master says so, when the control socket is closed, or if
 * poll(2) fails.
 */

#include "signer/signer.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ipc.h"
#include "base/log.h"
#include "base/wire.h"
#include "signer/answers.h"

struct signer {
	const struct signer_opts *opts;
	struct answerer		 answerer;	/* at the time of this turn */
	struct ipc_channel	 control;
	struct ipc_channel	 peers[SIGNER_MAX_PEERS];
	size_t			 npeers;
	uint32_t		 nshifts;	/* moves in peers[] */
	bool			 is_stopping;
	bool			 has_failed;
};

static void
log_fault(struct signer *signer, const char *text)
{
	char held[64];
	unsigned int nheld;

	if (log_limit_pass(&signer->answerer.faults,
	    signer->answerer.now.monotonic, &nheld))
		log_warnx(M_FRONT_SOCKET_CLOSED,
		    "socket to the front closed: %s%s", text,
		    log_limit_held(held, sizeof(held), nheld));
}

/* Answer one request.  On an error, the caller closes the peer. */
static int
handle_request(struct signer *signer, struct ipc_channel *peer,
    const struct ipc_message *message)
{
	struct wire_writer answer;
	enum ipc_type type;
	int r;

	wire_writer_init(&answer, IPC_MAX_MESSAGE);
	r = answer_request(&signer->answerer, message, &type, &answer);
	if (r == 0)
		r = ipc_send(peer, type, message->id, answer.data, answer.len,
		    -1, IPC_NOWAIT);
	wire_writer_finish(&answer);
	return r;
}

/* Handle one packet from a peer; closes the peer on an error. */
static void
serve_peer(struct signer *signer, struct ipc_channel *peer)
{
	struct ipc_message message;
	int r;

	r = ipc_receive_packet(peer, &message);
	if (r == 0)
		r = handle_request(signer, peer, &message);
	if (r == 0 || r == IPC_AGAIN)
		return;
	if (r == IPC_E_TIMEOUT)
		log_fault(signer, "answers are not read");
	else if (r != IPC_E_CLOSED)
		log_fault(signer, ipc_strerror(r));
	ipc_channel_finish(peer);
}

/* Close the gaps that closed peers left. */
static void
compact_peers(struct signer *signer)
{
	size_t from, to;

	for (from = to = 0; from < signer->npeers; from++)
		if (signer->peers[from].fd != -1)
			signer->peers[to++] = signer->peers[from];
	signer->npeers = to;
}

/*
 * Drop peers whose other end is closed.  Many peers may be introduced between
 * two turns, and otherwise only a turn notices that some are closed.
 */
static void
drop_dead_peers(struct signer *signer)
{
	struct pollfd pfd;
	size_t i;

	for (i = 0; i < signer->npeers; i++) {
		memset(&pfd, 0, sizeof(pfd));
		pfd.fd = signer->peers[i].fd;
		if (poll(&pfd, 1, 0) == 1 && (pfd.revents & POLLHUP) != 0)
			ipc_channel_finish(&signer->peers[i]);
	}
	compact_peers(signer);
	signer->nshifts++;
}

static void
add_peer(struct signer *signer, const struct ipc_message *message)
{
	struct wire_reader reader;
	uint32_t number;

	wire_reader_init(&reader, message->payload, message->len);
	number = wire_get_u32(&reader);
	if (wire_reader_is_complete(&reader))
		setproctitle("signer %u", (unsigned int)number);
	if (message->fd == -1)
		return;
	if (signer->npeers == SIGNER_MAX_PEERS)
		drop_dead_peers(signer);
	if (signer->npeers == SIGNER_MAX_PEERS) {
		log_fault(signer, "too many sockets");
		(void)close(message->fd);
		return;
	}
	ipc_channel_init(&signer->peers[signer->npeers++], message->fd,
	    false);
}

/*
 * The front has ended: close all its sockets, so that no process that it
 * forked, or passed a socket to, gets a signature from now on.
 */
static void
close_peers(struct signer *signer)
{
	size_t i;

	log_debug("the front has ended: %zu sockets closed", signer->npeers);
	for (i = 0; i < signer->npeers; i++)
		ipc_channel_finish(&signer->peers[i]);
	signer->npeers = 0;
	signer->nshifts++;
}

/* Without the table, the number could not be kept, so nothing is signed. */
static void
map_hourly(struct signer *signer, int fd)
{
	struct sign_rules *rules = &signer->answerer.rules;

	if (rules->hourly == NULL && (rules->hourly = hourly_map(fd)) != NULL)
		return;
	log_warn(M_OUT_OF_MEMORY, "cannot map the table of signatures");
	signer->has_failed = signer->is_stopping = true;
}

/* Handle one message from the master. */
static void
obey(struct signer *signer, const struct ipc_message *message)
{
	switch (message->type) {
	case IPC_CTL_PEER:
		add_peer(signer, message);
		return;
	case IPC_CTL_EPOCH:
		close_peers(signer);
		break;
	case IPC_CTL_STOP:
		signer->is_stopping = true;
		break;
	case IPC_CTL_PING:
		(void)ipc_send(&signer->control, IPC_CTL_PONG, 0, NULL, 0, -1,
		    IPC_NOWAIT);
		break;
	case IPC_CTL_HOURLY:
		map_hourly(signer, message->fd);
		break;
	default:
		log_warnx(M_CONTROL_MESSAGE_IGNORED,
		    "message of type %u from the master ignored",
		    (unsigned int)message->type);
		break;
	}
	if (message->fd != -1)
		(void)close(message->fd);
}

/* Handle all messages from the master, which is trusted not to flood us. */
static void
serve_control(struct signer *signer)
{
	struct ipc_message message;
	int r;

	for (;;) {
		r = ipc_receive_packet(&signer->control, &message);
		if (r == 0)
			obey(signer, &message);
		else if (r == IPC_E_MALFORMED || r == IPC_E_VERSION)
			log_warnx(M_CONTROL_MESSAGE_IGNORED,
			    "message from the master ignored: %s",
			    ipc_strerror(r));
		else
			break;
	}
	if (r == IPC_E_CLOSED || r == IPC_E_SYSTEM)
		signer->is_stopping = true;
}

/*
 * Wait; handle all messages from the master; then handle one packet from each
 * peer that has sent something, unless its front has ended meanwhile.
 */
static int
serve_turn(struct signer *signer)
{
	struct pollfd pfds[SIGNER_MAX_PEERS + 1];
	uint32_t nshifts;
	size_t i, npeers;
	bool is_first;

	/*
	 * The control socket is the last that poll(2) looks at, so what the
	 * master said before a peer sent its packet is seen with that packet.
	 */
	nshifts = signer->nshifts;
	npeers = signer->npeers;
	for (i = 0; i < npeers; i++)
		pfds[i].fd = signer->peers[i].fd;
	pfds[npeers].fd = signer->control.fd;
	for (i = 0; i <= npeers; i++)
		pfds[i].events = POLLIN;
	if (poll(pfds, npeers + 1, -1) == -1) {
		if (errno == EINTR)
			return 0;
		log_warn(M_WAIT_FAILED, "cannot wait for requests");
		return -1;
	}
	signer->opts->now(&signer->answerer.now);
	if (pfds[npeers].revents != 0)
		serve_control(signer);
	is_first = true;
	for (i = 0; i < npeers; i++) {
		if (pfds[i].revents == 0)
			continue;
		/* Signing takes time, in which the front may have ended. */
		if (!is_first) {
			signer->opts->now(&signer->answerer.now);
			serve_control(signer);
		}
		is_first = false;
		/* The results of poll(2) are for the old places of peers. */
		if (signer->is_stopping || nshifts != signer->nshifts)
			break;
		serve_peer(signer, &signer->peers[i]);
	}
	compact_peers(signer);
	return 0;
}

int
signer_serve(const struct signer_opts *opts)
{
	struct signer signer;
	size_t i;
	int r;

	memset(&signer, 0, sizeof(signer));
	signer.opts = opts;
	signer.answerer.rules.ceiling = opts->ceiling;
	ipc_channel_init(&signer.control, opts->control, true);
	if ((signer.answerer.cache = keycache_new(opts->ks)) == NULL) {
		log_warnx(M_OUT_OF_MEMORY, "out of memory");
		ipc_channel_finish(&signer.control);
		return 1;
	}
	r = 0;
	if (ipc_send(&signer.control, IPC_CTL_READY, 0, NULL, 0, -1,
	    IPC_NOWAIT) != 0)
		signer.is_stopping = true;
	while (r == 0 && !signer.is_stopping)
		r = serve_turn(&signer);

	for (i = 0; i < signer.npeers; i++)
		ipc_channel_finish(&signer.peers[i]);
	ipc_channel_finish(&signer.control);
	hourly_free(signer.answerer.rules.hourly);
	keycache_free(signer.answerer.cache);
	return r == 0 && !signer.has_failed ? 0 : 1;
}
