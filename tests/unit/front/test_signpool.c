/* SPDX-License-Identifier: ISC */

/*
 * The pool against signers that are threads of this program, each of which
 * behaves in one way: answers, is mute, dies, or talks nonsense.
 */

#include <sys/socket.h>

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/ipc.h"
#include "base/wire.h"
#include "front/signpool.h"
#include "signone.h"

/* Long enough never to pass, and short enough to wait for. */
#define LONG_MS		60000
#define SHORT_MS	30

enum behaviour {
	ANSWER,		/* with one key, or with the block reversed */
	OLD_ANSWERS,	/* of other ids, before the right one */
	NO_KEY,
	NO_DOMAIN,	/* the same, and trusted for a while */
	REFUSE,
	FAIL,
	UNKNOWN_STATUS,
	MUTE,
	DIE,		/* close at the first request */
	HALF,		/* half an answer, then close */
	WRONG_TYPE,
	TRUNCATED,
	TRAILING,
	OK_BUT_EMPTY,
	MANY_KEYS,
	LONG_SELECTOR,
	BAD_ALGORITHM,
	BAD_STRICT,
	LONG_TRUST,
	BAD_OWN,	/* neither yes nor no */
	LONG_SIGNATURE,
	MIXED,		/* each second block is not signed */
	NOT_DONE,	/* signatures, but a status that says no */
	OTHER_NUMBER	/* of signatures */
};

struct fake {
	struct ipc_channel	channel;
	enum behaviour		behaviour;
	atomic_uint		nrequests;
	pthread_t		thread;
};

static atomic_uint nwanted[IPC_MAX_SIGNERS];

static void
count_want(void *arg, unsigned int signer)
{
	(void)arg;
	nwanted[signer]++;
}

static void
write_keys(struct wire_writer *answer, enum behaviour behaviour)
{
	char longest[64];
	uint32_t i, n;

	memset(longest, 'a', sizeof(longest));
	n = behaviour == MANY_KEYS ? IPC_MAX_KEYS + 1 : 1;
	wire_put_u8(answer, behaviour == LONG_TRUST ? IPC_MAX_TRUST + 1 :
	    IPC_MAX_TRUST);
	wire_put_u32(answer, n);
	for (i = 0; i < n; i++) {
		wire_put_string(answer, longest,
		    behaviour == LONG_SELECTOR ? 64 : 3);
		wire_put_u8(answer, behaviour == BAD_ALGORITHM ? 9 :
		    DKIMSIG_ED25519_SHA256);
		wire_put_u8(answer, behaviour == BAD_STRICT ? 2 : 1);
	}
}

static enum ipc_status
block_status(enum behaviour behaviour, uint32_t number)
{
	switch (behaviour) {
	case NO_KEY:
	case NO_DOMAIN:
		return IPC_NO_KEY;
	case REFUSE:
		return IPC_REFUSED;
	case FAIL:
		return IPC_FAILED;
	case UNKNOWN_STATUS:
		return 99;
	case MIXED:
		return number % 2 == 1 ? IPC_NO_KEY : IPC_OK;
	default:
		return IPC_OK;
	}
}

/* The block, its octets in reverse, so that it shows whose answer it is. */
static void
write_signature(struct wire_writer *answer, struct wire_reader *request,
    enum behaviour behaviour, uint32_t number)
{
	unsigned char sig[DKIMSIG_MAX_SIGVALUE + 1] = { 0 };
	const enum ipc_status status = block_status(behaviour, number);
	const unsigned char *tbs;
	char text[256];
	size_t i, len;

	wire_get_text(request, text, sizeof(text));
	wire_get_text(request, text, sizeof(text));
	wire_get_text(request, text, sizeof(text));
	(void)wire_get_u8(request);
	wire_get_string(request, &tbs, &len);
	if (len > 64)
		len = 64;
	for (i = 0; i < len; i++)
		sig[i] = tbs[len - 1 - i];
	if (behaviour == LONG_SIGNATURE)
		len = sizeof(sig);
	if (status != IPC_OK || behaviour == OK_BUT_EMPTY)
		len = 0;
	wire_put_u8(answer, (uint8_t)status);
	if (behaviour != TRUNCATED)
		wire_put_string(answer, sig, len);
}

static void
write_signatures(struct wire_writer *answer, const struct ipc_message *request,
    enum behaviour behaviour)
{
	struct wire_reader reader;
	uint32_t i, n;

	wire_reader_init(&reader, request->payload, request->len);
	n = wire_get_u32(&reader);
	wire_put_u8(answer, behaviour == NOT_DONE ? IPC_FAILED : IPC_OK);
	wire_put_u32(answer, behaviour == OTHER_NUMBER ? n + 1 : n);
	for (i = 0; i < n; i++)
		write_signature(answer, &reader, behaviour, i);
	if (behaviour == TRAILING)
		wire_put_u8(answer, 0);
}

/* Answers to check_own(). */
static void
write_own(struct wire_writer *answer, enum behaviour behaviour)
{
	wire_put_u8(answer, behaviour == BAD_OWN ? 2 : 1);
}

static void
write_answer(struct wire_writer *answer, const struct ipc_message *request,
    enum behaviour behaviour)
{
	if (request->type == IPC_SIGN_REQ) {
		write_signatures(answer, request, behaviour);
		return;
	}
	switch (behaviour) {
	case NO_KEY:
	case NO_DOMAIN:
		wire_put_u8(answer, IPC_NO_KEY);
		break;
	case REFUSE:
		wire_put_u8(answer, IPC_REFUSED);
		break;
	case FAIL:
		wire_put_u8(answer, IPC_FAILED);
		break;
	case UNKNOWN_STATUS:
		wire_put_u8(answer, 99);
		break;
	default:
		wire_put_u8(answer, IPC_OK);
		if (behaviour == TRUNCATED)
			return;
		if (behaviour == OK_BUT_EMPTY)
			break;
		if (request->type == IPC_KEYS_REQ)
			write_keys(answer, behaviour);
		else
			write_own(answer, behaviour);
		if (behaviour == TRAILING)
			wire_put_u8(answer, 0);
		return;
	}
	wire_put_u8(answer, behaviour == NO_DOMAIN ? 1 : 0);
	if (request->type == IPC_KEYS_REQ)
		wire_put_u32(answer, 0);
}

static void
send_answer(struct fake *fake, const struct ipc_message *request)
{
	struct wire_writer answer;
	enum ipc_type type;

	type = request->type == IPC_KEYS_REQ ? IPC_KEYS_REP :
	    request->type == IPC_OWN_REQ ? IPC_OWN_REP : IPC_SIGN_REP;
	wire_writer_init(&answer, IPC_MAX_MESSAGE);
	write_answer(&answer, request, fake->behaviour);
	if (fake->behaviour == WRONG_TYPE)
		type = IPC_KEYS_REQ;
	if (fake->behaviour == OLD_ANSWERS) {
		(void)ipc_send(&fake->channel, type, request->id - 1, "x", 1,
		    -1, IPC_FOREVER);
		(void)ipc_send(&fake->channel, IPC_KEYS_REP, request->id + 1,
		    NULL, 0, -1, IPC_FOREVER);
	}
	(void)ipc_send(&fake->channel, type, request->id, answer.data,
	    answer.len, -1, IPC_FOREVER);
	wire_writer_finish(&answer);
}

static void *
serve(void *arg)
{
	static const unsigned char half[] = {
		IPC_VERSION, IPC_SIGN_REP, 1, 0, 0, 0, 0, 1, 'x'
	};
	struct ipc_message request;
	struct fake *fake;

	fake = arg;
	while (ipc_receive(&fake->channel, &request, IPC_FOREVER) == 0) {
		fake->nrequests++;
		if (fake->behaviour == DIE)
			break;
		if (fake->behaviour == HALF) {
			(void)!write(fake->channel.fd, half, sizeof(half));
			break;
		}
		if (fake->behaviour != MUTE)
			send_answer(fake, &request);
	}
	ipc_channel_finish(&fake->channel);
	return NULL;
}

static void
fake_start(struct fake *fake, struct signpool *pool, unsigned int signer,
    enum behaviour behaviour)
{
	int fds[2];

	memset(fake, 0, sizeof(*fake));
	fake->behaviour = behaviour;
	assert_int_equal(ipc_pair(fds), 0);
	ipc_channel_init(&fake->channel, fds[0], false);
	assert_int_equal(pthread_create(&fake->thread, NULL, serve, fake), 0);
	assert_int_equal(signpool_add(pool, signer, fds[1]), 0);
}

static struct signpool *
pool_start(void)
{
	struct signpool *pool;
	size_t i;

	for (i = 0; i < IPC_MAX_SIGNERS; i++)
		nwanted[i] = 0;
	pool = signpool_new(count_want, NULL);
	assert_non_null(pool);
	return pool;
}

static const struct sign_key ed25519 = {
	"aaa", DKIMSIG_ED25519_SHA256, true
};

static int
sign_abc(const struct signpool *pool, unsigned int timeout_ms)
{
	const struct sign_service *signers = signpool_service(pool);
	unsigned char sig[DKIMSIG_MAX_SIGVALUE];
	size_t siglen;
	int r;

	r = sign_one(signers, "example.com", &ed25519, "abc", 3,
	    timeout_ms, sig, &siglen);
	if (r == 0) {
		assert_int_equal(siglen, 3);
		assert_memory_equal(sig, "cba", 3);
	} else
		assert_int_equal(siglen, 0);
	return r;
}

/* One behaviour, one signer: what sign and keys return. */
static const struct {
	const char	*name;
	enum behaviour	 behaviour;
	int		 sign, keys;
	unsigned int	 nwanted_sign, nwanted_keys;
} cases[] = {
	{ "answers",		ANSWER,		0, 0, 0, 0 },
	{ "old answers",	OLD_ANSWERS,	0, 0, 0, 0 },
	{ "no key",		NO_KEY,		SIGN_E_NOKEY,
	    SIGN_E_NOKEY,		0, 0 },
	{ "refuses",		REFUSE,		SIGN_E_REFUSED,
	    SIGN_E_REFUSED,		0, 0 },
	{ "fails",		FAIL,		SIGN_E_FAILED,
	    SIGN_E_FAILED,		0, 0 },
	{ "unknown status",	UNKNOWN_STATUS,	SIGN_E_FAILED,
	    SIGN_E_FAILED,		0, 0 },
	{ "mute",		MUTE,		SIGN_E_UNAVAILABLE,
	    SIGN_E_UNAVAILABLE,	1, 1 },
	{ "dies",		DIE,		SIGN_E_UNAVAILABLE,
	    SIGN_E_UNAVAILABLE,	1, 1 },
	{ "half an answer",	HALF,		SIGN_E_UNAVAILABLE,
	    SIGN_E_UNAVAILABLE,	1, 1 },
	{ "wrong type",		WRONG_TYPE,	SIGN_E_UNAVAILABLE,
	    SIGN_E_UNAVAILABLE,	1, 1 },
	{ "truncated",		TRUNCATED,	SIGN_E_UNAVAILABLE,
	    SIGN_E_UNAVAILABLE,	1, 1 },
	{ "trailing octet",	TRAILING,	SIGN_E_UNAVAILABLE,
	    SIGN_E_UNAVAILABLE,	1, 1 },
	{ "nothing, but OK",	OK_BUT_EMPTY,	SIGN_E_UNAVAILABLE,
	    SIGN_E_UNAVAILABLE,	1, 1 },
	{ "too many keys",	MANY_KEYS,	0,
	    SIGN_E_UNAVAILABLE,	0, 1 },
	{ "selector too long",	LONG_SELECTOR,	0,
	    SIGN_E_UNAVAILABLE,	0, 1 },
	{ "unknown algorithm",	BAD_ALGORITHM,	0,
	    SIGN_E_UNAVAILABLE,	0, 1 },
	{ "no flag",	BAD_STRICT,	0,
	    SIGN_E_UNAVAILABLE,	0, 1 },
	{ "trusted too long",	LONG_TRUST,	0,
	    SIGN_E_UNAVAILABLE,	0, 1 },
	{ "signature too long",	LONG_SIGNATURE,	SIGN_E_UNAVAILABLE,
	    0,				1, 0 },
	{ "not done",		NOT_DONE,	SIGN_E_UNAVAILABLE,
	    0,				1, 0 },
	{ "one too many",	OTHER_NUMBER,	SIGN_E_UNAVAILABLE,
	    0,				1, 0 },
};

static void
test_behaviours(void **state)
{
	const struct sign_service *signers;
	struct sign_key keys[SIGN_MAX_KEYS];
	struct signpool *pool;
	struct fake fake;
	size_t i, nkeys;
	int r;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		pool = pool_start();
		signers = signpool_service(pool);
		fake_start(&fake, pool, 5, cases[i].behaviour);
		r = sign_abc(pool, SHORT_MS * (cases[i].sign == 0 ? 1000 : 1));
		if (r != cases[i].sign ||
		    nwanted[5] != cases[i].nwanted_sign)
			fail_msg("%s: sign: %s", cases[i].name,
			    signers->error_text(r));
		signpool_free(pool);
		assert_int_equal(pthread_join(fake.thread, NULL), 0);

		pool = pool_start();
		signers = signpool_service(pool);
		fake_start(&fake, pool, 5, cases[i].behaviour);
		r = signers->list_keys(signers->arg, "example.com", "", true,
		    SHORT_MS * (cases[i].keys == 0 ? 1000 : 1), keys, &nkeys);
		if (r != cases[i].keys || nwanted[5] != cases[i].nwanted_keys ||
		    nkeys != (r == 0 ? 1 : 0))
			fail_msg("%s: keys: %s", cases[i].name,
			    signers->error_text(r));
		if (r == 0) {
			assert_string_equal(keys[0].selector, "aaa");
			assert_int_equal(keys[0].algorithm,
			    DKIMSIG_ED25519_SHA256);
		}
		signpool_free(pool);
		assert_int_equal(pthread_join(fake.thread, NULL), 0);
	}
}

static const struct {
	const char	*name;
	enum behaviour	 behaviour;
	int		 want;
	bool		 is_own;
} owns[] = {
	{ "yes",		ANSWER,		0, true },
	{ "no",			OK_BUT_EMPTY,	0, false },
	{ "refuses",		REFUSE,		SIGN_E_REFUSED, false },
	{ "fails",		FAIL,		SIGN_E_FAILED, false },
	{ "mute",		MUTE,		SIGN_E_UNAVAILABLE,
	    false },
	{ "dies",		DIE,		SIGN_E_UNAVAILABLE,
	    false },
	{ "wrong type",		WRONG_TYPE,	SIGN_E_UNAVAILABLE,
	    false },
	{ "truncated",		TRUNCATED,	SIGN_E_UNAVAILABLE,
	    false },
	{ "trailing octet",	TRAILING,	SIGN_E_UNAVAILABLE,
	    false },
	{ "neither",		BAD_OWN,	SIGN_E_UNAVAILABLE,
	    false },
};

/* Only an answer that is one says whose key it is. */
static void
test_own(void **state)
{
	static const unsigned char digest[DKIMSIG_HASH_SIZE];
	const struct sign_service *signers;
	struct signpool *pool;
	struct fake fake;
	bool is_own;
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < sizeof(owns) / sizeof(owns[0]); i++) {
		pool = pool_start();
		signers = signpool_service(pool);
		fake_start(&fake, pool, 5, owns[i].behaviour);
		is_own = !owns[i].is_own;
		r = signers->check_own(signers->arg, "example.com", "s",
		    digest, SHORT_MS * (owns[i].want == 0 ? 1000 : 1),
		    &is_own);
		if (r != owns[i].want || is_own != owns[i].is_own)
			fail_msg("%s: %s", owns[i].name,
			    signers->error_text(r));
		signpool_free(pool);
		assert_int_equal(pthread_join(fake.thread, NULL), 0);
	}
}

static int
list_keys(const struct signpool *pool, const char *stream, bool refresh)
{
	const struct sign_service *signers = signpool_service(pool);
	struct sign_key keys[SIGN_MAX_KEYS];
	size_t nkeys;

	return signers->list_keys(signers->arg, "example.com", stream, refresh,
	    LONG_MS, keys, &nkeys);
}

/* A signer is asked once while it trusts its list, unless to refresh it. */
static void
test_kept_lists(void **state)
{
	static const struct {
		enum behaviour	behaviour;
		int		want;
		unsigned int	nrequests;	/* for three calls */
	} lists[] = {
		{ ANSWER,	SIGN_OK,	1 },
		{ NO_KEY,	SIGN_E_NOKEY,	3 },	/* trusted for 0 s */
		{ NO_DOMAIN,	SIGN_E_NOKEY,	1 },
		{ FAIL,		SIGN_E_FAILED,	3 },
		{ REFUSE,	SIGN_E_REFUSED,	3 },
	};
	struct signpool *pool;
	struct fake fake;
	size_t i;
	int j;

	(void)state;
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		pool = pool_start();
		fake_start(&fake, pool, 5, lists[i].behaviour);
		for (j = 0; j < 3; j++)
			assert_int_equal(list_keys(pool, "", false),
			    lists[i].want);
		assert_int_equal(fake.nrequests, lists[i].nrequests);
		assert_int_equal(list_keys(pool, "", true), lists[i].want);
		assert_int_equal(fake.nrequests, lists[i].nrequests + 1);
		/* What is kept is for no stream. */
		assert_int_equal(list_keys(pool, "desk", false),
		    lists[i].want);
		assert_int_equal(fake.nrequests, lists[i].nrequests + 2);
		signpool_free(pool);
		assert_int_equal(pthread_join(fake.thread, NULL), 0);
	}
}

/* Blocks are signed by one request, and each has its own result. */
static void
test_several_blocks(void **state)
{
	const struct sign_service *signers;
	struct sign_block blocks[SIGN_MAX_BLOCKS];
	char texts[SIGN_MAX_BLOCKS][8];
	struct signpool *pool;
	struct fake fake;
	size_t i;

	(void)state;
	pool = pool_start();
	signers = signpool_service(pool);
	fake_start(&fake, pool, 0, MIXED);
	memset(blocks, 0, sizeof(blocks));
	for (i = 0; i < SIGN_MAX_BLOCKS; i++) {
		(void)snprintf(texts[i], sizeof(texts[i]), "b%02zu", i);
		blocks[i].domain = "example.com";
		blocks[i].stream = "";
		blocks[i].key = &ed25519;
		blocks[i].tbs = (const unsigned char *)texts[i];
		blocks[i].tbslen = 3;
	}
	signers->sign(signers->arg, blocks, SIGN_MAX_BLOCKS, LONG_MS);
	assert_int_equal(fake.nrequests, 1);
	for (i = 0; i < SIGN_MAX_BLOCKS; i++) {
		assert_int_equal(blocks[i].error, i % 2 == 1 ? SIGN_E_NOKEY :
		    SIGN_OK);
		assert_int_equal(blocks[i].siglen, i % 2 == 1 ? 0 : 3);
		if (i % 2 == 0)
			assert_int_equal(blocks[i].sig[0], texts[i][2]);
	}
	signpool_free(pool);
	(void)pthread_join(fake.thread, NULL);

	/* Without an answer, none is signed. */
	pool = pool_start();
	signers = signpool_service(pool);
	signers->sign(signers->arg, blocks, 2, SHORT_MS);
	for (i = 0; i < 2; i++) {
		assert_int_equal(blocks[i].error, SIGN_E_UNAVAILABLE);
		assert_int_equal(blocks[i].siglen, 0);
	}
	signpool_free(pool);
}

/* What goes wrong with one signer is done by the other, once. */
static void
test_retry_on_another(void **state)
{
	static const enum behaviour bad[] = { MUTE, DIE, HALF, TRUNCATED };
	struct signpool *pool;
	struct fake fakes[3];
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		pool = pool_start();
		fake_start(&fakes[0], pool, 0, bad[i]);
		fake_start(&fakes[1], pool, 0, bad[i]);
		fake_start(&fakes[2], pool, 1, ANSWER);
		assert_int_equal(sign_abc(pool, bad[i] == MUTE ? SHORT_MS :
		    LONG_MS), 0);
		assert_int_equal(nwanted[0], 1);
		assert_int_equal(nwanted[1], 0);
		assert_int_equal(fakes[1].nrequests, 0);
		signpool_free(pool);
		for (j = 0; j < 3; j++)
			(void)pthread_join(fakes[j].thread, NULL);
	}
}

/* A signer that does not even read: a large request does not fit into its
 * socket, so sending it takes too long. */
static void
test_retry_after_sending(void **state)
{
	static unsigned char block[300000], sig[DKIMSIG_MAX_SIGVALUE];
	struct signpool *pool;
	struct fake fake;
	size_t siglen;
	int fds[2];

	(void)state;
	pool = pool_start();
	assert_int_equal(ipc_pair(fds), 0);
	assert_int_equal(signpool_add(pool, 0, fds[0]), 0);
	fake_start(&fake, pool, 1, ANSWER);
	assert_int_equal(sign_one(signpool_service(pool), "example.com",
	    &ed25519, block, sizeof(block), 10 * SHORT_MS, sig, &siglen), 0);
	assert_int_equal(nwanted[0], 1);
	assert_int_equal(nwanted[1], 0);
	signpool_free(pool);
	(void)pthread_join(fake.thread, NULL);
	(void)close(fds[1]);
}

/* Sockets of a signer that died while idle cost no try. */
static void
test_dead_idle_sockets(void **state)
{
	struct signpool *pool;
	struct fake fake;
	int fds[2], others[IPC_PEERS], i;

	(void)state;
	pool = pool_start();
	for (i = 0; i < IPC_PEERS; i++) {
		assert_int_equal(ipc_pair(fds), 0);
		assert_int_equal(signpool_add(pool, 0, fds[0]), 0);
		others[i] = fds[1];
	}
	for (i = 0; i < IPC_PEERS; i++)
		(void)close(others[i]);
	fake_start(&fake, pool, 1, ANSWER);
	for (i = 0; i < 2 * IPC_PEERS; i++)
		assert_int_equal(sign_abc(pool, LONG_MS), 0);
	assert_int_equal(nwanted[0], IPC_PEERS);
	signpool_free(pool);
	(void)pthread_join(fake.thread, NULL);
}

/* A new signer takes the place of the dead one, unreported. */
static void
test_replaced_signer(void **state)
{
	struct fake fakes[IPC_PEERS], surplus;
	struct signpool *pool;
	int fds[2], i;

	(void)state;
	pool = pool_start();
	for (i = 0; i < IPC_PEERS; i++) {
		assert_int_equal(ipc_pair(fds), 0);
		assert_int_equal(signpool_add(pool, 0, fds[0]), 0);
		(void)close(fds[1]);
	}
	for (i = 0; i < IPC_PEERS; i++)
		fake_start(&fakes[i], pool, 0, ANSWER);
	/* One too many is closed at once: its thread ends by itself. */
	fake_start(&surplus, pool, 0, ANSWER);
	(void)pthread_join(surplus.thread, NULL);
	assert_int_equal(surplus.nrequests, 0);
	for (i = 0; i < 2 * IPC_PEERS; i++)
		assert_int_equal(sign_abc(pool, LONG_MS), 0);
	for (i = 0; i < IPC_PEERS; i++)
		assert_int_equal(fakes[i].nrequests, 2);
	assert_int_equal(nwanted[0], 0);
	signpool_free(pool);
	for (i = 0; i < IPC_PEERS; i++)
		(void)pthread_join(fakes[i].thread, NULL);
}

static void
test_no_signer(void **state)
{
	struct signpool *pool;
	int fds[2];

	(void)state;
	pool = pool_start();
	assert_int_equal(sign_abc(pool, SHORT_MS), SIGN_E_UNAVAILABLE);
	assert_int_equal(sign_abc(pool, 0), SIGN_E_UNAVAILABLE);
	/* A signer whose number cannot be: its socket is closed. */
	assert_int_equal(ipc_pair(fds), 0);
	assert_int_equal(signpool_add(pool, IPC_MAX_SIGNERS, fds[0]), 0);
	assert_int_equal(read(fds[1], &(char){ 0 }, 1), 0);
	(void)close(fds[1]);
	signpool_free(pool);
	signpool_free(NULL);
}

#define NTHREADS	8
#define NROUNDS		200

static void *
sign_often(void *pool)
{
	const struct sign_service *signers = signpool_service(pool);
	unsigned char sig[DKIMSIG_MAX_SIGVALUE];
	size_t siglen;
	uintptr_t i, nbad;
	char block[16];

	nbad = 0;
	for (i = 0; i < NROUNDS; i++) {
		(void)snprintf(block, sizeof(block), "abc%03u",
		    (unsigned int)i);
		if (sign_one(signers, "example.com", &ed25519,
		    block, 6, LONG_MS, sig, &siglen) != 0 || siglen != 6 ||
		    sig[0] != (unsigned char)block[5] ||
		    sig[1] != (unsigned char)block[4])
			nbad++;
	}
	return (void *)nbad;
}

/* A thread that waits is woken by a socket that the master adds. */
static void
test_many_threads(void **state)
{
	pthread_t threads[NTHREADS];
	struct fake fakes[3];
	struct signpool *pool;
	void *nbad;
	size_t i;

	(void)state;
	pool = pool_start();
	for (i = 0; i < NTHREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, sign_often,
		    pool), 0);
	fake_start(&fakes[0], pool, 0, ANSWER);
	fake_start(&fakes[1], pool, 1, OLD_ANSWERS);
	fake_start(&fakes[2], pool, 2, ANSWER);
	for (i = 0; i < NTHREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &nbad), 0);
		assert_null(nbad);
	}
	signpool_free(pool);
	assert_int_equal(fakes[0].nrequests + fakes[1].nrequests +
	    fakes[2].nrequests, NTHREADS * NROUNDS);
	for (i = 0; i < 3; i++)
		(void)pthread_join(fakes[i].thread, NULL);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_behaviours),
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_kept_lists),
		cmocka_unit_test(test_several_blocks),
		cmocka_unit_test(test_retry_on_another),
		cmocka_unit_test(test_retry_after_sending),
		cmocka_unit_test(test_dead_idle_sockets),
		cmocka_unit_test(test_replaced_signer),
		cmocka_unit_test(test_no_signer),
		cmocka_unit_test(test_many_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
