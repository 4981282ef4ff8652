/* SPDX-License-Identifier: ISC */

/*
 * The front's way to the signers: see signpool.h.
 *
 * A call takes a socket (signer_sockets.h) for one request.  After any failure
 * on it, including a late answer, it is discarded: nobody waits for what might
 * still arrive on it.  A request that could not be sent because the signer had
 * closed the socket before is no failure, and goes to the next socket.
 *
 * Lists of keys are kept for as long as the signer that made them trusts them
 * (keylists.h).
 *
 * Fails if no signer answers, if an answer reports an error, or when out of
 * memory.
 */

#include "front/signpool.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/ipc.h"
#include "base/meters.h"
#include "base/wire.h"
#include "front/keylists.h"
#include "front/signer_sockets.h"

#define NTRIES		2

_Static_assert(IPC_MAX_KEYS <= SIGN_MAX_KEYS,
    "an answer must not have more keys than there is room for");
_Static_assert(SIGN_MAX_BLOCKS <= IPC_MAX_BLOCKS,
    "a signer must accept as many blocks");
_Static_assert(IPC_DIGEST_SIZE == DKIMSIG_HASH_SIZE,
    "digests must have the same length");

struct signpool {
	struct sign_service	service;
	struct signer_sockets	*sockets;
	struct keylists		*keylists;
	atomic_uint_least32_t	next_id;
};

void
signpool_free(struct signpool *pool)
{
	if (pool == NULL)
		return;
	signer_sockets_free(pool->sockets);
	keylists_free(pool->keylists);
	free(pool);
}

int
signpool_add(struct signpool *pool, unsigned int signer, int fd)
{
	return signer_sockets_add(pool->sockets, signer, fd);
}

/* Wait for the answer to a request; drop answers to older ones. */
static int
await(struct signer_socket *sock, uint32_t id, struct ipc_message *answer,
    int64_t deadline_ms)
{
	int r;

	do
		r = ipc_receive(&sock->channel, answer, deadline_ms);
	while (r == 0 && answer->id != id);
	return r;
}

/* A decoded answer. */
struct answer {
	enum ipc_type	 type;
	bool		(*read)(struct answer *answer,
			    struct wire_reader *reader);
	uint8_t		 status;

	bool		 has_failed;	/* another signer may do better */

	struct sign_key	*keys;		/* IPC_KEYS_REP */
	size_t		 nkeys;
	uint8_t		 trusted;	/* seconds */

	struct sign_block *blocks;	/* IPC_SIGN_REP */
	size_t		 nblocks;	/* as many as were sent */

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
	answer->has_failed = answer->status == IPC_FAILED;
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
	case IPC_LIMITED:
		return SIGN_E_LIMITED;
	default:
		return SIGN_E_FAILED;
	}
}

/* A request, on its way from one signer to the next. */
struct attempt {
	enum ipc_type	 type;
	const struct wire_writer *payload;
	unsigned int	 timeout_ms;
	unsigned int	 avoided;	/* signer that has failed */
	uint32_t	 id;
};

enum sent {
	SENT,
	SENT_NOT,		/* sending failed: try another signer */
	SENT_NO_SOCKET		/* there was none in time */
};

/*
 * Send the request to a signer that takes it; those whose sockets turn out to
 * be closed have not seen it.  *sock is set if it was sent.
 */
static enum sent
send_request(struct signpool *pool, struct attempt *attempt,
    struct signer_socket **sock)
{
	const int64_t deadline_ms = monotonic_ms() + attempt->timeout_ms;
	bool is_first = false;
	int r;

	for (;;) {
		*sock = signer_sockets_take(pool->sockets, attempt->avoided,
		    is_first, deadline_ms);
		if (*sock == NULL)
			return SENT_NO_SOCKET;
		attempt->id = atomic_fetch_add(&pool->next_id, 1);
		r = ipc_send(&(*sock)->channel, attempt->type, attempt->id,
		    attempt->payload->data, attempt->payload->len, -1,
		    monotonic_ms() + attempt->timeout_ms);
		if (r == 0)
			return SENT;
		if (r != IPC_E_CLOSED)
			attempt->avoided = (*sock)->signer;
		signer_sockets_discard(pool->sockets, *sock);
		if (r != IPC_E_CLOSED)
			return SENT_NOT;
		is_first = true;
	}
}

/* Try a request on up to NTRIES sockets. */
static int
request(struct signpool *pool, enum ipc_type type,
    const struct wire_writer *payload, unsigned int timeout_ms,
    struct answer *answer)
{
	struct attempt attempt = {
		.type = type,
		.payload = payload,
		.timeout_ms = timeout_ms,
		.avoided = SIGNER_SOCKETS_ANY,
	};
	struct ipc_message message;
	struct signer_socket *sock;
	enum sent sent;
	unsigned int i;

	if (payload->failed)
		return SIGN_E_NOMEM;
	for (i = 0; i < NTRIES; i++) {
		sent = send_request(pool, &attempt, &sock);
		if (sent == SENT_NO_SOCKET)
			break;
		if (sent == SENT_NOT)
			continue;
		attempt.avoided = sock->signer;
		/* The signer has as long as it would without a queue. */
		if (await(sock, attempt.id, &message, monotonic_ms() +
		    timeout_ms) != 0 || !read_answer(answer, &message)) {
			signer_sockets_discard(pool->sockets, sock);
			continue;
		}
		signer_sockets_return(pool->sockets, sock);
		if (!answer->has_failed || i + 1 == NTRIES ||
		    !signer_sockets_has_others(pool->sockets, attempt.avoided))
			return error_of_status(answer->status);
	}
	return SIGN_E_UNAVAILABLE;
}

static bool
read_keys(struct answer *answer, struct wire_reader *reader)
{
	struct sign_key *key;
	uint32_t i, n;
	uint8_t algorithm, strict;

	answer->trusted = wire_get_u8(reader);
	n = wire_get_u32(reader);
	if (answer->trusted > IPC_MAX_TRUST || n > IPC_MAX_KEYS ||
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

/* Ask a signer for the active keys, and keep what it says. */
static int
ask_keys(struct signpool *pool, const char *domain, const char *stream,
    bool refresh, unsigned int timeout_ms, struct sign_key keys[SIGN_MAX_KEYS],
    size_t *nkeys)
{
	struct wire_writer payload;
	struct answer answer;
	int64_t asked_ms;
	int r;

	memset(&answer, 0, sizeof(answer));
	answer.type = IPC_KEYS_REP;
	answer.read = read_keys;
	answer.keys = keys;

	wire_writer_init(&payload, IPC_MAX_MESSAGE);
	wire_put_string(&payload, domain, strlen(domain));
	wire_put_string(&payload, stream, strlen(stream));
	wire_put_u8(&payload, refresh);
	asked_ms = monotonic_ms();
	r = request(pool, IPC_KEYS_REQ, &payload, timeout_ms, &answer);
	wire_writer_finish(&payload);
	if (r == 0)
		*nkeys = answer.nkeys;
	if (r == 0 || r == SIGN_E_NOKEY)
		keylists_put(pool->keylists, domain, stream, keys, *nkeys,
		    asked_ms, asked_ms + answer.trusted * 1000);
	return r;
}

static int
list_keys(void *arg, const char *domain, const char *stream, bool refresh,
    unsigned int timeout_ms, struct sign_key keys[SIGN_MAX_KEYS],
    size_t *nkeys)
{
	struct signpool *pool = arg;

	*nkeys = 0;
	if (!refresh && keylists_get(pool->keylists, domain, stream,
	    monotonic_ms(), keys, nkeys))
		return *nkeys > 0 ? SIGN_OK : SIGN_E_NOKEY;
	return ask_keys(pool, domain, stream, refresh, timeout_ms, keys, nkeys);
}

/* Read what became of one block. */
static bool
read_signature(struct sign_block *block, struct wire_reader *reader)
{
	const unsigned char *sig;
	size_t siglen;

	block->error = error_of_status(wire_get_u8(reader));
	wire_get_string(reader, &sig, &siglen);
	if (reader->failed || siglen > sizeof(block->sig) ||
	    (block->error == SIGN_OK) != (siglen > 0))
		return false;
	if (siglen > 0)
		memcpy(block->sig, sig, siglen);
	block->siglen = siglen;
	return true;
}

static bool
read_signatures(struct answer *answer, struct wire_reader *reader)
{
	size_t i;

	if (answer->status != IPC_OK ||
	    wire_get_u32(reader) != answer->nblocks)
		return false;
	for (i = 0; i < answer->nblocks; i++)
		if (!read_signature(&answer->blocks[i], reader))
			return false;
		else if (answer->blocks[i].error == SIGN_E_FAILED)
			answer->has_failed = true;
	return true;
}

static void
sign(void *pool, struct sign_block *blocks, size_t nblocks,
    unsigned int timeout_ms)
{
	struct wire_writer payload;
	struct answer answer;
	int64_t began_us;
	size_t i;
	int r;

	memset(&answer, 0, sizeof(answer));
	answer.type = IPC_SIGN_REP;
	answer.read = read_signatures;
	answer.blocks = blocks;
	answer.nblocks = nblocks;

	wire_writer_init(&payload, IPC_MAX_MESSAGE);
	wire_put_u32(&payload, (uint32_t)nblocks);
	for (i = 0; i < nblocks; i++) {
		wire_put_string(&payload, blocks[i].domain,
		    strlen(blocks[i].domain));
		wire_put_string(&payload, blocks[i].stream,
		    strlen(blocks[i].stream));
		wire_put_string(&payload, blocks[i].key->selector,
		    strlen(blocks[i].key->selector));
		wire_put_u8(&payload, (uint8_t)blocks[i].key->algorithm);
		wire_put_string(&payload, blocks[i].tbs, blocks[i].tbslen);
	}
	began_us = monotonic_us();
	r = request(pool, IPC_SIGN_REQ, &payload, timeout_ms, &answer);
	meters_time(METERS_SIGN_TIME, monotonic_us() - began_us);
	wire_writer_finish(&payload);
	if (r == SIGN_OK)
		return;
	for (i = 0; i < nblocks; i++) {
		blocks[i].error = r;
		blocks[i].siglen = 0;
	}
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
	case SIGN_E_LIMITED:
		return "the domain has got signatures_per_hour signatures in "
		    "this hour";
	default:
		return "unknown error";
	}
}

struct signpool *
signpool_new(void (*want)(void *arg, unsigned int signer), void *arg)
{
	struct signpool *pool;

	if ((pool = calloc(1, sizeof(*pool))) == NULL)
		return NULL;
	pool->service = (struct sign_service){
		.arg = pool,
		.list_keys = list_keys,
		.sign = sign,
		.check_own = check_own,
		.error_text = error_text,
	};
	if ((pool->sockets = signer_sockets_new(want, arg)) == NULL ||
	    (pool->keylists = keylists_new()) == NULL) {
		signpool_free(pool);
		return NULL;
	}
	return pool;
}

void
signpool_forget(struct signpool *pool)
{
	keylists_clear(pool->keylists);
}

const struct sign_service *
signpool_service(const struct signpool *pool)
{
	return &pool->service;
}
