/* SPDX-License-Identifier: ISC */

/*
 * SHA-256 by OpenSSL's EVP interface; RFC 8301 allows DKIM no other hash.
 *
 * DKIMSIG_E_NOMEM if there is no memory for a context, DKIMSIG_E_CRYPTO if
 * OpenSSL fails, for example because no provider offers SHA-256.  After
 * digest_init() has failed, digest_finish() is allowed, but not required.
 */

#include "dkimsig/digest.h"

#include <openssl/evp.h>

#include "dkimsig/dkimsig.h"

int
digest_init(struct digest *d)
{
	if ((d->ctx = EVP_MD_CTX_new()) == NULL)
		return DKIMSIG_E_NOMEM;
	if (EVP_DigestInit_ex(d->ctx, EVP_sha256(), NULL) != 1) {
		digest_finish(d);
		return DKIMSIG_E_CRYPTO;
	}
	return 0;
}

void
digest_finish(struct digest *d)
{
	EVP_MD_CTX_free(d->ctx);
	d->ctx = NULL;
}

int
digest_copy(struct digest *to, const struct digest *from)
{
	return EVP_MD_CTX_copy_ex(to->ctx, from->ctx) == 1 ? 0 :
	    DKIMSIG_E_CRYPTO;
}

int
digest_update(struct digest *d, const void *data, size_t len)
{
	return EVP_DigestUpdate(d->ctx, data, len) == 1 ? 0 :
	    DKIMSIG_E_CRYPTO;
}

int
digest_final(struct digest *d, unsigned char hash[DIGEST_SIZE])
{
	return EVP_DigestFinal_ex(d->ctx, hash, NULL) == 1 ? 0 :
	    DKIMSIG_E_CRYPTO;
}

int
digest_of(const void *data, size_t len, unsigned char hash[DIGEST_SIZE])
{
	return EVP_Digest(data, len, hash, NULL, EVP_sha256(), NULL) == 1 ?
	    0 : DKIMSIG_E_CRYPTO;
}
