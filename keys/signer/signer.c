/* SPDX-License-Identifier: ISC */

/*
 * The signer's loop: one thread, poll(2) over the control socket and the
 * sockets to the front.
 *
 * Before each packet from a peer, it handles all messages from the master: once
 * the master has said that a front has ended, no request of that front is
 * served.  A turn takes at most one packet from each peer, so that a flood on
 * one socket delays the others by no more than IPC_MAX_BLOCKS signatures.  Answers are sent without waiting: a
 * peer that does not read them loses its socket when the kernel's buffer is
 * full, and so does a peer that sends a malformed message; both are logged.
 * Nothing that comes over a peer's socket ends the process.
 *
 * Ends when the master says so, when the control socket is closed, or if
 * poll(2) fails.
 */

#include "signer/signer.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/ipc.h"
#include "base/log.h"
#include "base/wire.h"
#include "signer/log_limit.h"
#include "signer/request.h"

struct signer {
	const struct signer_opts *opts;
	struct keycache		*cache;
	struct ipc_channel	 control;
	struct ipc_channel	 peers[SIGNER_MAX_PEERS];
	size_t			 npeers;
	struct moment		 now;		/* of this turn */
	uint32_t		 nshifts;	/* moves in peers[] */
	struct log_limit	 faults;	/* log lines about peers */
	bool			 is_stopping;
};

static const char *
held_back(char *buf, size_t size, unsigned int nheld)
{
	buf[0] = '\0';
	if (nheld > 0)
		(void)snprintf(buf, size, " (%u such lines not logged)",
		    nheld);
	return buf;
}

static void
log_fault(struct signer *signer, const char *text)
{
	char held[64];
	unsigned int nheld;

	if (log_limit_pass(&signer->faults, signer->now.monotonic, &nheld))
		log_warnx(M_FRONT_SOCKET_CLOSED,
		    "socket to the front closed: %s%s", text, held_back(held,
		    sizeof(held), nheld));
}

static void
log_refusal(struct signer *signer, const char *domain, const char *selector,
    const char *why)
{
	char held[64];
	unsigned int nheld;

	if (log_limit_pass(&signer->faults, signer->now.monotonic, &nheld))
		log_warnx(M_REQUEST_REFUSED, "refused to sign: d=%s s=%s: %s%s",
		    domain, selector, why, held_back(held, sizeof(held),
		    nheld));
}

/* The store has only normalized names. */
static bool
is_normalized(const char *domain)
{
	char buf[DKIMSIG_DOMAIN_SIZE];

	return dkimsig_domain_normalize(domain, strlen(domain), buf,
	    sizeof(buf)) == 0 && strcmp(buf, domain) == 0;
}

static bool
is_stream(const char *text)
{
	return text[0] == '\0' || ks_stream_is_valid(text);
}

/*
 * A handler reads the payload of a request and writes that of the answer.  It
 * returns 0, or IPC_E_MALFORMED: then no answer is sent.
 */

_Static_assert(KEYCACHE_RECHECK <= IPC_MAX_TRUST,
    "the front must not take a list for malformed");

static int
answer_keys(struct signer *signer, struct wire_reader *request,
    struct wire_writer *answer)
{
	struct keycache_key keys[IPC_MAX_KEYS];
	char domain[DKIMSIG_DOMAIN_SIZE], stream[KS_STREAM_SIZE];
	const struct key_owner owner = { .domain = domain, .stream = stream };
	enum ipc_status status;
	unsigned int trusted;
	uint8_t refresh;
	size_t i, nkeys;
	int r;

	wire_get_text(request, domain, sizeof(domain));
	wire_get_text(request, stream, sizeof(stream));
	refresh = wire_get_u8(request);
	if (!wire_reader_is_complete(request) || refresh > 1)
		return IPC_E_MALFORMED;

	nkeys = 0;
	trusted = 0;
	status = IPC_REFUSED;
	if (is_normalized(domain) && is_stream(stream)) {
		r = keycache_active(signer->cache, &owner, refresh == 1,
		    &signer->now, keys, IPC_MAX_KEYS, &nkeys, &trusted);
		status = sign_request_status(r);
	}
	wire_put_u8(answer, status);
	wire_put_u8(answer, (uint8_t)trusted);
	wire_put_u32(answer, (uint32_t)nkeys);
	for (i = 0; i < nkeys; i++) {
		wire_put_string(answer, keys[i].selector,
		    strlen(keys[i].selector));
		wire_put_u8(answer, (uint8_t)keys[i].algorithm);
		wire_put_u8(answer, keys[i].strict);
	}
	return 0;
}

/* The front's line about the message has the same bh=. */
static void
log_signed(const struct sign_request *request, const char *algorithm,
    const struct sign_answer *answer)
{
	char hash[(DKIMSIG_HASH_SIZE + 2) / 3 * 4 + 1];
	char value[sizeof(hash) + 3];

	(void)EVP_EncodeBlock((unsigned char *)hash, answer->bodyhash,
	    DKIMSIG_HASH_SIZE);
	log_info(M_SIGNED, "signed d=%s s=%s a=%s bh=%s",
	    request->owner.domain, request->selector, algorithm,
	    log_value(value, sizeof(value), hash, strlen(hash)));
}

static enum ipc_status
sign(struct signer *signer, const struct sign_request *request,
    struct sign_answer *answer)
{
	enum ipc_status status;
	const char *algorithm;

	answer->siglen = 0;
	status = IPC_REFUSED;
	algorithm = dkimsig_algorithm_name(request->algorithm);
	if (algorithm == NULL)
		answer->why = "unknown algorithm";
	else if (!is_normalized(request->owner.domain))
		answer->why = "not a normalized domain name";
	else if (!is_stream(request->owner.stream))
		answer->why = "not the name of a stream";
	else
		status = sign_request_answer(signer->cache,
		    signer->opts->ceiling, request, &signer->now, answer);

	/* Record the use before the signature is sent, and only if it is. */
	if (status == IPC_OK) {
		keycache_record_use(signer->cache, &request->owner,
		    request->selector, request->algorithm, &signer->now);
		log_signed(request, algorithm, answer);
	} else if (status == IPC_REFUSED)
		log_refusal(signer, request->owner.domain, request->selector,
		    answer->why);
	else
		log_debug("not signed: d=%s s=%s: %s",
		    request->owner.domain, request->selector, answer->why);
	return status;
}

/* A block in a request. */
struct asked {
	char	domain[DKIMSIG_DOMAIN_SIZE];
	char	stream[KS_STREAM_SIZE];
	char	selector[KS_SELECTOR_SIZE];
	struct sign_request request;
};

static void
read_asked(struct wire_reader *reader, struct asked *asked)
{
	wire_get_text(reader, asked->domain, sizeof(asked->domain));
	wire_get_text(reader, asked->stream, sizeof(asked->stream));
	wire_get_text(reader, asked->selector, sizeof(asked->selector));
	asked->request.owner.domain = asked->domain;
	asked->request.owner.stream = asked->stream;
	asked->request.selector = asked->selector;
	asked->request.algorithm =
	    (enum dkimsig_algorithm)wire_get_u8(reader);
	wire_get_string(reader, &asked->request.tbs, &asked->request.tbslen);
}

/* Nothing is signed before the whole request has been read. */
static int
answer_sign(struct signer *signer, struct wire_reader *reader,
    struct wire_writer *answer)
{
	struct asked asked[IPC_MAX_BLOCKS];
	struct sign_answer signature;
	uint32_t i, n;

	n = wire_get_u32(reader);
	if (n < 1 || n > IPC_MAX_BLOCKS)
		return IPC_E_MALFORMED;
	for (i = 0; i < n; i++)
		read_asked(reader, &asked[i]);
	if (!wire_reader_is_complete(reader))
		return IPC_E_MALFORMED;

	wire_put_u8(answer, IPC_OK);
	wire_put_u32(answer, n);
	for (i = 0; i < n; i++) {
		wire_put_u8(answer, (uint8_t)sign(signer, &asked[i].request,
		    &signature));
		wire_put_string(answer, signature.sig, signature.siglen);
	}
	return 0;
}

/* A domain name that is not valid is not in the store, so it has no key. */
static int
answer_own(struct signer *signer, struct wire_reader *request,
    struct wire_writer *answer)
{
	char given[DKIMSIG_DOMAIN_SIZE], selector[DKIMSIG_DOMAIN_SIZE];
	char domain[DKIMSIG_DOMAIN_SIZE];
	const unsigned char *digest;
	size_t digestlen;
	bool is_own = false;
	int r;

	wire_get_text(request, given, sizeof(given));
	wire_get_text(request, selector, sizeof(selector));
	wire_get_string(request, &digest, &digestlen);
	if (!wire_reader_is_complete(request) ||
	    digestlen != IPC_DIGEST_SIZE)
		return IPC_E_MALFORMED;

	r = dkimsig_domain_normalize(given, strlen(given), domain,
	    sizeof(domain));
	if (r == 0)
		r = keycache_is_own(signer->cache, domain, selector, digest,
		    &signer->now, &is_own);
	else
		r = r == DKIMSIG_E_NOMEM ? KS_E_NOMEM : KS_OK;
	wire_put_u8(answer, sign_request_status(r));
	wire_put_u8(answer, is_own);
	return 0;
}

static const struct {
	enum ipc_type	request, answer;
	int		(*handle)(struct signer *signer,
			    struct wire_reader *request,
			    struct wire_writer *answer);
} handlers[] = {
	{ IPC_KEYS_REQ,	IPC_KEYS_REP,	answer_keys },
	{ IPC_SIGN_REQ,	IPC_SIGN_REP,	answer_sign },
	{ IPC_OWN_REQ,	IPC_OWN_REP,	answer_own },
};

/* Answer one request.  On an error, the caller closes the peer. */
static int
handle_request(struct signer *signer, struct ipc_channel *peer,
    const struct ipc_message *message)
{
	struct wire_reader request;
	struct wire_writer answer;
	size_t i;
	int r;

	for (i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (handlers[i].request == message->type)
			break;
	if (i == sizeof(handlers) / sizeof(handlers[0]))
		return IPC_E_MALFORMED;

	wire_reader_init(&request, message->payload, message->len);
	wire_writer_init(&answer, IPC_MAX_MESSAGE);
	r = handlers[i].handle(signer, &request, &answer);
	if (r == 0 && answer.failed)
		r = IPC_E_NOMEM;
	if (r == 0)
		r = ipc_send(peer, handlers[i].answer, message->id,
		    answer.data, answer.len, -1, IPC_NOWAIT);
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
		else if (r == IPC_E_MALFORMED)
			log_warnx(M_CONTROL_MESSAGE_IGNORED,
			    "malformed message from the master ignored");
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
	signer->opts->now(&signer->now);
	if (pfds[npeers].revents != 0)
		serve_control(signer);
	is_first = true;
	for (i = 0; i < npeers; i++) {
		if (pfds[i].revents == 0)
			continue;
		/* Signing takes time, in which the front may have ended. */
		if (!is_first) {
			signer->opts->now(&signer->now);
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
	ipc_channel_init(&signer.control, opts->control, true);
	if ((signer.cache = keycache_new(opts->ks)) == NULL) {
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
	keycache_free(signer.cache);
	return r == 0 ? 0 : 1;
}
