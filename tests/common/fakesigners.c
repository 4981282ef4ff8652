/* SPDX-License-Identifier: ISC */

/*
 * A signing service for tests: see fakesigners.h.
 *
 * It answers as the test says, and is silent about its own.
 */

#include "fakesigners.h"

#include <string.h>

#define SIGNATURE_SIZE	256	/* octets, as of RSA-2048 */

static int
list_keys(void *arg, const char *domain, const char *stream, bool refresh,
    unsigned int timeout_ms, struct sign_key keys[SIGN_MAX_KEYS],
    size_t *nkeys)
{
	struct fakesigners *signers = arg;

	(void)stream;
	(void)timeout_ms;
	signers->nlisted++;
	if (refresh)
		signers->nrefreshed++;
	(void)strlcpy(signers->domain, domain, sizeof(signers->domain));
	keys[0] = (struct sign_key){ .selector = "s1",
	    .algorithm = DKIMSIG_RSA_SHA256 };
	if (signers->selectors != NULL) {
		(void)strlcpy(keys[0].selector, signers->selectors[0],
		    sizeof(keys[0].selector));
		if (signers->selectors[1] != NULL)
			signers->selectors++;
	}
	*nkeys = 1;
	return signers->listed;
}

static int
sign_block(const struct fakesigners *signers, struct sign_block *block)
{
	if (signers->ended != NULL &&
	    strcmp(block->key->selector, signers->ended) == 0)
		return SIGN_E_NOKEY;
	if (signers->on_sign != NULL)
		signers->on_sign(block->tbs, block->tbslen);
	if (signers->signed_ == SIGN_OK) {
		block->siglen = SIGNATURE_SIZE;
		memset(block->sig, 1, block->siglen);
	}
	return signers->signed_;
}

static void
sign(void *arg, struct sign_block *blocks, size_t nblocks,
    unsigned int timeout_ms)
{
	struct fakesigners *signers = arg;
	size_t i;

	(void)timeout_ms;
	signers->ncalls++;
	for (i = 0; i < nblocks; i++) {
		blocks[i].siglen = 0;
		blocks[i].error = sign_block(signers, &blocks[i]);
	}
}

static int
check_own(void *arg, const char *domain, const char *selector,
    const unsigned char digest[DKIMSIG_HASH_SIZE], unsigned int timeout_ms,
    bool *is_own)
{
	(void)arg;
	(void)domain;
	(void)selector;
	(void)digest;
	(void)timeout_ms;
	*is_own = false;
	return SIGN_OK;
}

static const char *
error_text(int error)
{
	(void)error;
	return FAKESIGNERS_TEXT;
}

const struct sign_service *
fakesigners_service(struct fakesigners *signers)
{
	signers->service = (struct sign_service){
		.arg = signers,
		.list_keys = list_keys,
		.sign = sign,
		.check_own = check_own,
		.error_text = error_text,
	};
	return &signers->service;
}
