/* SPDX-License-Identifier: ISC */

/*
 * A sign_service on the key store, in place of the signers.
 *
 * A request passes the same checks as in countersign-signer.  Unless
 * options.sign is set, no private key is read, and a signature is zeros.  If
 * the store cannot be read, storepool_fault() says why, and decisions are
 * explained with a placeholder key.
 */

#include "storepool.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "seal/seal.h"
#include "signer/keycache.h"
#include "signer/request.h"
#include "store/keystore.h"
#include "store/mounted.h"

#define NO_SELECTOR	"unknown"

struct storepool {
	struct sign_service	 service;
	struct storepool_options options;
	struct keystore		*ks;		/* NULL: cannot be read */
	struct seal		*seal;		/* opens sealed keys */
	struct keycache		*cache;
	struct ks_error		 error;
	char			 domain[DKIMSIG_DOMAIN_SIZE];
	struct sign_key		 keys[SIGN_MAX_KEYS];
	size_t			 nkeys;
};

static struct moment
now(void)
{
	return (struct moment){ .wall = (int64_t)time(NULL) };
}

static int
error_of(enum ipc_status status)
{
	switch (status) {
	case IPC_OK:
		return SIGN_OK;
	case IPC_NO_KEY:
		return SIGN_E_NOKEY;
	case IPC_REFUSED:
		return SIGN_E_REFUSED;
	case IPC_FAILED:
	case IPC_LIMITED:
		break;
	}
	return SIGN_E_FAILED;
}

/* Copy the active keys of an owner from the store to the pool. */
static int
find_keys(struct storepool *pool, const struct key_owner *owner, bool refresh)
{
	struct keycache_key keys[SIGN_MAX_KEYS];
	struct moment moment = now();
	unsigned int trusted;
	size_t i, n;
	int r;

	if ((r = keycache_active(pool->cache, owner, refresh, &moment, keys,
	    SIGN_MAX_KEYS, &n, &trusted)) != 0)
		return error_of(sign_request_status(r));
	for (i = 0; i < n; i++) {
		strlcpy(pool->keys[i].selector, keys[i].selector,
		    sizeof(pool->keys[i].selector));
		pool->keys[i].algorithm = keys[i].algorithm;
		pool->keys[i].strict = keys[i].strict;
	}
	pool->nkeys = n;
	return 0;
}

static int
list_keys(void *arg, const char *domain, const char *stream, bool refresh,
    unsigned int timeout_ms, struct sign_key keys[SIGN_MAX_KEYS],
    size_t *nkeys)
{
	const struct key_owner owner = { .domain = domain, .stream = stream };
	struct storepool *pool = arg;
	int r;

	(void)timeout_ms;
	if (pool->cache != NULL) {
		if ((r = find_keys(pool, &owner, refresh)) != 0)
			return r;
	} else if (pool->options.sign)
		return SIGN_E_FAILED;
	else {
		strlcpy(pool->keys[0].selector, NO_SELECTOR,
		    sizeof(pool->keys[0].selector));
		pool->keys[0].algorithm = DKIMSIG_RSA_SHA256;
		pool->nkeys = 1;
	}
	strlcpy(pool->domain, domain, sizeof(pool->domain));
	memcpy(keys, pool->keys, pool->nkeys * sizeof(*keys));
	*nkeys = pool->nkeys;
	return SIGN_OK;
}

static int
sign_block(const struct storepool *pool, const struct moment *moment,
    struct sign_block *block)
{
	const struct sign_request request = {
	    .owner = { .domain = block->domain, .stream = block->stream },
	    .selector = block->key->selector,
	    .algorithm = block->key->algorithm, .tbs = block->tbs,
	    .tbslen = block->tbslen };
	const struct sign_rules rules = { .ceiling = pool->options.expire };
	struct sign_answer answer;
	int r;

	if (!pool->options.sign) {
		block->siglen = STOREPOOL_NO_SIGNATURE;
		memset(block->sig, 0, block->siglen);
		return SIGN_OK;
	}
	if (pool->cache == NULL)
		return SIGN_E_FAILED;
	r = error_of(sign_request_answer(pool->cache, &rules, &request,
	    moment, &answer));
	memcpy(block->sig, answer.sig, answer.siglen);
	block->siglen = answer.siglen;
	return r;
}

static void
sign(void *arg, struct sign_block *blocks, size_t nblocks,
    unsigned int timeout_ms)
{
	struct moment moment = now();
	size_t i;

	(void)timeout_ms;
	for (i = 0; i < nblocks; i++) {
		blocks[i].siglen = 0;
		blocks[i].error = sign_block(arg, &moment, &blocks[i]);
	}
}

static int
check_own(void *arg, const char *domain, const char *selector,
    const unsigned char digest[DKIMSIG_HASH_SIZE], unsigned int timeout_ms,
    bool *is_own)
{
	const struct storepool *pool = arg;
	struct moment moment = now();
	char normal[DKIMSIG_DOMAIN_SIZE];

	(void)timeout_ms;
	*is_own = false;
	if (pool->cache == NULL)
		return SIGN_E_FAILED;
	/* Names that do not normalize, such as with "_", have no keys. */
	if (dkimsig_domain_normalize(domain, strlen(domain), normal,
	    sizeof(normal)) == DKIMSIG_E_DOMAIN)
		return SIGN_OK;
	return error_of(sign_request_status(keycache_is_own(pool->cache,
	    domain, selector, digest, &moment, is_own)));
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
		return "a signer would refuse the request";
	case SIGN_E_FAILED:
		return "the key store or the key cannot be used";
	case SIGN_E_NOMEM:
		return "out of memory";
	default:
		return "unknown error";
	}
}

static int
open_store(struct keystore **ks, const struct storepool_options *options,
    struct ks_error *error)
{
	if (options->state_dir == NULL)
		return ks_open(ks, options->keydir, options->keys_user, error);
	return ks_open_mounted(ks, options->keydir, options->state_dir, false,
	    options->keys_user, error);
}

struct storepool *
storepool_new(const struct storepool_options *options)
{
	struct storepool *pool;

	if ((pool = calloc(1, sizeof(*pool))) == NULL)
		return NULL;
	pool->service = (struct sign_service){
		.arg = pool,
		.list_keys = list_keys,
		.sign = sign,
		.check_own = check_own,
		.error_text = error_text,
	};
	pool->options = *options;
	(void)seal_new(&pool->seal, options->kek_file, &pool->error);
	if (pool->seal == NULL) {
		storepool_free(pool);
		return NULL;
	}
	pool->error.text[0] = '\0';
	if (open_store(&pool->ks, options, &pool->error) == 0)
		seal_attach(pool->seal, pool->ks);
	if (pool->ks != NULL &&
	    (pool->cache = keycache_new(pool->ks)) == NULL) {
		storepool_free(pool);
		return NULL;
	}
	return pool;
}

void
storepool_free(struct storepool *pool)
{
	if (pool == NULL)
		return;
	keycache_free(pool->cache);
	ks_close(pool->ks);
	seal_free(pool->seal);
	free(pool);
}

const struct sign_service *
storepool_service(const struct storepool *pool)
{
	return &pool->service;
}

const char *
storepool_fault(const struct storepool *pool)
{
	return pool->cache == NULL ? pool->error.text : NULL;
}

const char *
storepool_domain(const struct storepool *pool)
{
	return pool->domain;
}

size_t
storepool_keys(const struct storepool *pool, const struct sign_key **keys)
{
	*keys = pool->keys;
	return pool->nkeys;
}
