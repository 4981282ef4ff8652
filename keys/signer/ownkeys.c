/* SPDX-License-Identifier: ISC */

/*
 * The keys that a domain has or had: see ownkeys.h.
 *
 * A matching selector is enough: it is never given to another signer's key
 * while its line is in the state.  A public half is recognized by the digest of
 * its octets; an RSA key has two, for both forms that a record may have: with
 * the algorithm (SubjectPublicKeyInfo) and without it (RSAPublicKey).  Fails
 * only if out of memory.
 */

#include "signer/ownkeys.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#define NFORMS	2

struct ownkey {
	char		 selector[KS_SELECTOR_SIZE];
	unsigned char	 digests[NFORMS][IPC_DIGEST_SIZE];
	unsigned int	 ndigests;	/* 0: its public half is not known */
};

static int
add_digest(struct ownkey *own, const unsigned char *octets, size_t len)
{
	if (SHA256(octets, len, own->digests[own->ndigests]) == NULL)
		return KS_E_CRYPTO;
	own->ndigests++;
	return KS_OK;
}

/* Fails rather than miss a form, since a key of ours would pass for another's.
 */
static int
take_public(struct ownkey *own, const struct ks_key *key)
{
	unsigned char octets[KS_PUBLIC_OCTETS], *bare = NULL;
	EVP_PKEY *pkey;
	size_t len;
	int n, r;

	if (key->public == NULL)
		return KS_OK;
	if ((pkey = ks_public_parse(key->public, key->algorithm)) == NULL)
		return KS_E_CRYPTO;
	len = ks_public_octets(pkey, octets);
	r = len > 0 ? add_digest(own, octets, len) : KS_E_CRYPTO;
	if (r == KS_OK && key->algorithm == DKIMSIG_RSA_SHA256) {
		n = i2d_PublicKey(pkey, &bare);
		r = n > 0 ? add_digest(own, bare, (size_t)n) : KS_E_CRYPTO;
	}
	OPENSSL_free(bare);
	EVP_PKEY_free(pkey);
	ERR_clear_error();
	return r;
}

int
ownkeys_init(struct ownkeys *own, const struct ks_state *state)
{
	size_t i;
	int r;

	memset(own, 0, sizeof(*own));
	if (state->nkeys == 0)
		return KS_OK;
	if ((own->list = calloc(state->nkeys, sizeof(*own->list))) == NULL)
		return KS_E_NOMEM;
	for (i = 0; i < state->nkeys; i++) {
		memcpy(own->list[i].selector, state->keys[i].selector,
		    sizeof(own->list[i].selector));
		if ((r = take_public(&own->list[i], &state->keys[i])) != 0) {
			ownkeys_finish(own);
			return r;
		}
	}
	own->n = state->nkeys;
	return KS_OK;
}

void
ownkeys_finish(struct ownkeys *own)
{
	free(own->list);
	memset(own, 0, sizeof(*own));
}

bool
ownkeys_has(const struct ownkeys *own, const char *selector,
    const unsigned char digest[IPC_DIGEST_SIZE])
{
	const struct ownkey *key;
	unsigned int i;

	for (key = own->list; key < own->list + own->n; key++) {
		if (strcasecmp(key->selector, selector) == 0)
			return true;
		for (i = 0; i < key->ndigests; i++)
			if (memcmp(key->digests[i], digest,
			    IPC_DIGEST_SIZE) == 0)
				return true;
	}
	return false;
}
