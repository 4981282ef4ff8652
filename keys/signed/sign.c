/* SPDX-License-Identifier: ISC */

/*
 * Digests and signatures of the fleet's texts: see sign.h.
 *
 * What the crypto library refuses, such as a public key that is no point, does
 * not verify; it is never an error of its own.  Nothing here is secret but the
 * private key of the caller.
 */

#include "signed/sign.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/hex.h"

int
fleet_digest(const void *octets, size_t len, char hex[FLEET_HEX_SIZE])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int n;

	if (EVP_Digest(octets, len, digest, &n, EVP_sha256(), NULL) != 1 ||
	    n * 2 != FLEET_HEX_SIZE - 1) {
		ERR_clear_error();
		hex[0] = '\0';
		return KS_E_CRYPTO;
	}
	hex_print(digest, n, hex);
	return 0;
}

int
fleet_sign(EVP_PKEY *pkey, const void *octets, size_t len,
    unsigned char signature[FLEET_SIGNATURE])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t siglen = FLEET_SIGNATURE;
	int r = KS_E_CRYPTO;

	/* Signatures of other keys have another length. */
	if (ctx != NULL &&
	    EVP_DigestSignInit(ctx, NULL, NULL, NULL, pkey) == 1 &&
	    EVP_DigestSign(ctx, signature, &siglen, octets, len) == 1 &&
	    siglen == FLEET_SIGNATURE)
		r = 0;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return r;
}

int
fleet_sign_public(EVP_PKEY *pkey, unsigned char public[FLEET_PUBLIC])
{
	size_t len = FLEET_PUBLIC;
	int r;

	r = EVP_PKEY_is_a(pkey, "ED25519") &&
	    EVP_PKEY_get_raw_public_key(pkey, public, &len) == 1 &&
	    len == FLEET_PUBLIC ? 0 : KS_E_CRYPTO;
	ERR_clear_error();
	return r;
}

bool
fleet_verify(const unsigned char public[FLEET_PUBLIC], const void *octets,
    size_t len, const unsigned char signature[FLEET_SIGNATURE])
{
	EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL,
	    public, FLEET_PUBLIC);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool is_good;

	is_good = pkey != NULL && ctx != NULL &&
	    EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey) == 1 &&
	    EVP_DigestVerify(ctx, signature, FLEET_SIGNATURE, octets, len) ==
	    1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	ERR_clear_error();
	return is_good;
}
