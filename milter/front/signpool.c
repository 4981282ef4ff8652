/* SPDX-License-Identifier: ISC */

/*
 * The front's way to the signers: see signpool.h.
 *
 * A socket is either idle, and on the list, or used by exactly one thread, so
 * no lock is held during a request.  A thread that finds no idle socket waits
 * on a condition variable (CLOCK_MONOTONIC) until one is returned, the master
 * gives a new one, or its deadline passes.
 *
 * After any failure on a socket, including a late answer, it is closed and a
 * new one is requested: nobody waits for what might still arrive on it.  Idle
 * sockets whose signer died are found and dropped at checkout, which does not
 * count as a try.
 *
 * Fails if no signer answers, if an answer reports an error, or when out of
 * memory.
 */

#include "front/signpool.h"

#include <sys/queue.h>

#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ipc.h"
#include "base/wire.h"

#define NTRIES		2
#define ANY_SIGNER	UINT32_MAX

struct pool_socket {
	TAILQ_ENTRY(pool_socket) entry;
	struct ipc_channel	 channel;
	unsigned int		 signer;
};

TAILQ_HEAD(pool_sockets, pool_socket);

_Static_assert(IPC_MAX_KEYS <= SIGN_MAX_KEYS,
    "an answer must not have more keys than there is room for");
_Static_assert(IPC_DIGEST_SIZE == DKIMSIG_HASH_SIZE,
    "digests must have the same length");

struct signpool {
	struct sign_service service;
	void		(*want)(void *arg, unsigned int signer);
	void		 *want_arg;

	pthread_mutex_t	  lock;		/* protects all below */
	pthread_cond_t	  idle_changed;
	struct pool_sockets idle;	/* pool_socket::entry; longest idle
					 * first */
	size_t		  npeers[IPC_MAX_SIGNERS]; /* idle or checked out */
	uint32_t	  next_id;
};

static void
socket_free(struct pool_socket *sock)
{
	ipc_channel_finish(&sock->channel);
	free(sock);
}

void
signpool_free(struct signpool *pool)
{
	struct pool_socket *sock, *next;

	if (pool == NULL)
		return;
	TAILQ_FOREACH_SAFE(sock, &pool->idle, entry, next)
		socket_free(sock);
	(void)pthread_cond_destroy(&pool->idle_changed);
	(void)pthread_mutex_destroy(&pool->lock);
	free(pool);
}

/*
 * Whether an idle socket has something to read.  No answer is expected on it,
 * so the signer has exited, or sent something that it should not.
 */
static bool
socket_is_lost(const struct pool_socket *sock)
{
	struct pollfd pfd;

	pfd.fd = sock->channel.fd;
	pfd.events = POLLIN;
	return poll(&pfd, 1, 0) != 0;
}

int
signpool_add(struct signpool *pool, unsigned int signer, int fd)
{
	struct pool_sockets lost;
	struct pool_socket *sock, *each, *next;

	if ((sock = calloc(1, sizeof(*sock))) == NULL) {
		(void)close(fd);
		return -1;
	}
	ipc_channel_init(&sock->channel, fd, false);
	sock->signer = signer;
	TAILQ_INIT(&lost);

	/*
	 * A new socket to a signer often means that the old signer is gone, so
	 * drop its sockets without reporting them.  Keep no more than
	 * IPC_PEERS: a report that the master reads after it has restarted the
	 * signer would otherwise add one each time.
	 */
	(void)pthread_mutex_lock(&pool->lock);
	TAILQ_FOREACH_SAFE(each, &pool->idle, entry, next) {
		if (each->signer != signer || !socket_is_lost(each))
			continue;
		TAILQ_REMOVE(&pool->idle, each, entry);
		TAILQ_INSERT_TAIL(&lost, each, entry);
		pool->npeers[signer]--;
	}
	if (signer < IPC_MAX_SIGNERS && pool->npeers[signer] < IPC_PEERS) {
		pool->npeers[signer]++;
		TAILQ_INSERT_TAIL(&pool->idle, sock, entry);
		(void)pthread_cond_broadcast(&pool->idle_changed);
	} else
		TAILQ_INSERT_TAIL(&lost, sock, entry);
	(void)pthread_mutex_unlock(&pool->lock);

	TAILQ_FOREACH_SAFE(each, &lost, entry, next)
		socket_free(each);
	return 0;
}

/* Close a socket that is checked out, and request another. */
static void
discard(struct signpool *pool, struct pool_socket *sock)
{
	unsigned int signer;

	signer = sock->signer;
	socket_free(sock);
	(void)pthread_mutex_lock(&pool->lock);
	pool->npeers[signer]--;
	(void)pthread_mutex_unlock(&pool->lock);
	if (pool->want != NULL)
		pool->want(pool->want_arg, signer);
}

static void
give_back(struct signpool *pool, struct pool_socket *sock)
{
	(void)pthread_mutex_lock(&pool->lock);
	TAILQ_INSERT_TAIL(&pool->idle, sock, entry);
	/* Waiters may avoid different signers, so wake all. */
	(void)pthread_cond_broadcast(&pool->idle_changed);
	(void)pthread_mutex_unlock(&pool->lock);
}

/*
 * Take an idle socket off the list, preferably not to the signer shunned; NULL
 * if none is idle.  Called with the lock held.
 */
static struct pool_socket *
take_idle(struct signpool *pool, unsigned int shunned)
{
	struct pool_socket *sock;

	TAILQ_FOREACH(sock, &pool->idle, entry)
		if (sock->signer != shunned)
			break;
	if (sock == NULL)
		sock = TAILQ_FIRST(&pool->idle);
	if (sock != NULL)
		TAILQ_REMOVE(&pool->idle, sock, entry);
	return sock;
}

/* Check out a live socket; NULL if there was none before the deadline. */
static struct pool_socket *
acquire(struct signpool *pool, unsigned int shunned, int64_t deadline_ms,
    uint32_t *id)
{
	struct pool_socket *sock;
	struct timespec until;
	int r;

	until.tv_sec = (time_t)(deadline_ms / 1000);
	until.tv_nsec = (long)(deadline_ms % 1000) * 1000000;
	for (;;) {
		(void)pthread_mutex_lock(&pool->lock);
		r = 0;
		while ((sock = take_idle(pool, shunned)) == NULL && r == 0)
			r = pthread_cond_timedwait(&pool->idle_changed,
			    &pool->lock, &until);
		*id = ++pool->next_id;
		(void)pthread_mutex_unlock(&pool->lock);
		if (sock == NULL || !socket_is_lost(sock))
			return sock;
		discard(pool, sock);
	}
}

/* Send a request and wait for its answer; drop answers to older requests. */
static int
converse(struct pool_socket *sock, enum ipc_type type, uint32_t id,
    const struct wire_writer *request, struct ipc_message *answer,
    int64_t deadline_ms)
{
	int r;

	r = ipc_send(&sock->channel, type, id, request->data, request->len,
	    -1, deadline_ms);
	while (r == 0) {
		r = ipc_receive(&sock->channel, answer, deadline_ms);
		if (r == 0 && answer->id == id)
			break;
	}
	return r;
}

/* A decoded answer. */
struct answer {
	enum ipc_type	 type;
	bool		(*read)(struct answer *answer,
			    struct wire_reader *reader);
	uint8_t		 status;

	struct sign_key	*keys;		/* IPC_KEYS_REP */
	size_t		 nkeys;

	unsigned char	*sig;		/* IPC_SIGN_REP */
	size_t		 siglen;

	bool		 is_own;	/* IPC_OWN_REP */
};

/* Decode an answer; false if it is malformed. */
static bool
read_answer(struct answer *answer, const struct ipc_message *message)
{
	struct wire_reader reader;

	if (message->type != answer->type)
		return false;
	wire_reader_init(&reader, message->payload, message->len);
	answer->status = wire_get_u8(&reader);
	return answer->read(answer, &reader) &&
	    wire_reader_is_complete(&reader);
}

static int
error_of_status(uint8_t status)
{
	switch (status) {
	case IPC_OK:
		return SIGN_OK;
	case IPC_NO_KEY:
		return SIGN_E_NOKEY;
	case IPC_REFUSED:
		return SIGN_E_REFUSED;
	default:
		return SIGN_E_FAILED;
	}
}

/* Try a request on up to NTRIES sockets. */
static int
request(struct signpool *pool, enum ipc_type type,
    const struct wire_writer *payload, unsigned int timeout_ms,
    struct answer *answer)
{
	struct ipc_message message;
	struct pool_socket *sock;
	unsigned int i, shunned;
	int64_t deadline_ms;
	uint32_t id;

	if (payload->failed)
		return SIGN_E_NOMEM;
	shunned = ANY_SIGNER;
	for (i = 0; i < NTRIES; i++) {
		deadline_ms = monotonic_ms() + timeout_ms;
		sock = acquire(pool, shunned, deadline_ms, &id);
		if (sock == NULL)
			break;
		if (converse(sock, type, id, payload, &message,
		    deadline_ms) == 0 && read_answer(answer, &message)) {
			give_back(pool, sock);
			return error_of_status(answer->status);
		}
		shunned = sock->signer;
		discard(pool, sock);
	}
	return SIGN_E_UNAVAILABLE;
}

static bool
read_keys(struct answer *answer, struct wire_reader *reader)
{
	struct sign_key *key;
	uint32_t i, n;
	uint8_t algorithm, strict;

	if ((n = wire_get_u32(reader)) > IPC_MAX_KEYS ||
	    (answer->status == IPC_OK) != (n > 0))
		return false;
	for (i = 0; i < n; i++) {
		key = &answer->keys[i];
		wire_get_text(reader, key->selector, sizeof(key->selector));
		algorithm = wire_get_u8(reader);
		key->algorithm = (enum dkimsig_algorithm)algorithm;
		strict = wire_get_u8(reader);
		key->strict = strict != 0;
		if (reader->failed || key->selector[0] == '\0' || strict > 1 ||
		    (key->algorithm != DKIMSIG_RSA_SHA256 &&
		    key->algorithm != DKIMSIG_ED25519_SHA256))
			return false;
	}
	answer->nkeys = n;
	return true;
}

static int
list_keys(void *pool, const char *domain, unsigned int timeout_ms,
    struct sign_key keys[SIGN_MAX_KEYS], size_t *nkeys)
{
	struct wire_writer payload;
	struct answer answer;
	int r;

	*nkeys = 0;
	memset(&answer, 0, sizeof(answer));
	answer.type = IPC_KEYS_REP;
	answer.read = read_keys;
	answer.keys = keys;

	wire_writer_init(&payload, IPC_MAX_MESSAGE);
	wire_put_string(&payload, domain, strlen(domain));
	r = request(pool, IPC_KEYS_REQ, &payload, timeout_ms, &answer);
	wire_writer_finish(&payload);
	if (r == 0)
		*nkeys = answer.nkeys;
	return r;
}

static bool
read_signature(struct answer *answer, struct wire_reader *reader)
{
	const unsigned char *sig;
	size_t siglen;

	wire_get_string(reader, &sig, &siglen);
	if (reader->failed || siglen > DKIMSIG_MAX_SIGVALUE ||
	    (answer->status == IPC_OK) != (siglen > 0))
		return false;
	if (siglen > 0)
		memcpy(answer->sig, sig, siglen);
	answer->siglen = siglen;
	return true;
}

static int
sign(void *pool, const char *domain, const struct sign_key *key,
    const void *tbs, size_t tbslen, unsigned int timeout_ms,
    unsigned char *sig, size_t *siglen)
{
	struct wire_writer payload;
	struct answer answer;
	int r;

	*siglen = 0;
	memset(&answer, 0, sizeof(answer));
	answer.type = IPC_SIGN_REP;
	answer.read = read_signature;
	answer.sig = sig;

	wire_writer_init(&payload, IPC_MAX_MESSAGE);
	wire_put_string(&payload, domain, strlen(domain));
	wire_put_string(&payload, key->selector, strlen(key->selector));
	wire_put_u8(&payload, (uint8_t)key->algorithm);
	wire_put_string(&payload, tbs, tbslen);
	r = request(pool, IPC_SIGN_REQ, &payload, timeout_ms, &answer);
	wire_writer_finish(&payload);
	if (r == 0)
		*siglen = answer.siglen;
	return r;
}

static bool
read_own(struct answer *answer, struct wire_reader *reader)
{
	uint8_t own = wire_get_u8(reader);

	if (reader->failed || own > 1 || (answer->status != IPC_OK && own))
		return false;
	answer->is_own = own != 0;
	return true;
}

static int
check_own(void *pool, const char *domain, const char *selector,
    const unsigned char digest[DKIMSIG_HASH_SIZE], unsigned int timeout_ms,
    bool *is_own)
{
	struct wire_writer payload;
	struct answer answer;
	int r;

	*is_own = false;
	memset(&answer, 0, sizeof(answer));
	answer.type = IPC_OWN_REP;
	answer.read = read_own;

	wire_writer_init(&payload, IPC_MAX_MESSAGE);
	wire_put_string(&payload, domain, strlen(domain));
	wire_put_string(&payload, selector, strlen(selector));
	wire_put_string(&payload, digest, DKIMSIG_HASH_SIZE);
	r = request(pool, IPC_OWN_REQ, &payload, timeout_ms, &answer);
	wire_writer_finish(&payload);
	if (r == 0)
		*is_own = answer.is_own;
	return r;
}

static const char *
error_text(int error)
{
	switch (error) {
	case SIGN_OK:
		return "done";
	case SIGN_E_NOKEY:
		return "no active key";
	case SIGN_E_REFUSED:
		return "the signer refused";
	case SIGN_E_FAILED:
		return "the signer could not use the key";
	case SIGN_E_UNAVAILABLE:
		return "no signer answered in time";
	case SIGN_E_NOMEM:
		return "out of memory";
	default:
		return "unknown error";
	}
}

struct signpool *
signpool_new(void (*want)(void *arg, unsigned int signer), void *arg)
{
	struct signpool *pool;
	pthread_condattr_t attr;

	if ((pool = calloc(1, sizeof(*pool))) == NULL)
		return NULL;
	pool->service = (struct sign_service){
		.arg = pool,
		.list_keys = list_keys,
		.sign = sign,
		.check_own = check_own,
		.error_text = error_text,
	};
	pool->want = want;
	pool->want_arg = arg;
	TAILQ_INIT(&pool->idle);
	if (pthread_condattr_init(&attr) != 0)
		goto fail;
	if (pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) != 0 ||
	    pthread_cond_init(&pool->idle_changed, &attr) != 0) {
		(void)pthread_condattr_destroy(&attr);
		goto fail;
	}
	(void)pthread_condattr_destroy(&attr);
	if (pthread_mutex_init(&pool->lock, NULL) != 0) {
		(void)pthread_cond_destroy(&pool->idle_changed);
		goto fail;
	}
	return pool;
fail:
	free(pool);
	return NULL;
}

const struct sign_service *
signpool_service(const struct signpool *pool)
{
	return &pool->service;
}
