/* SPDX-License-Identifier: ISC */

/*
 * Keys made for one test run, their records, and signing with them as a
 * signer would (Ed25519 over the SHA-256 of the block, RFC 8463 section 3).
 *
 * Whatever fails ends the test program.
 */

#include "testkeys.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>
#include <openssl/x509.h>

EVP_PKEY *
testkeys_make(enum dkimsig_algorithm algorithm, unsigned int bits)
{
	EVP_PKEY *pkey;

	pkey = algorithm == DKIMSIG_RSA_SHA256 ? EVP_RSA_gen(bits) :
	    EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	if (pkey == NULL)
		errx(1, "no test key");
	return pkey;
}

void
testkeys_record(EVP_PKEY *pkey, enum dkimsig_algorithm algorithm, char *buf,
    size_t bufsize)
{
	struct dkimsig_keyrecord record;
	unsigned char *der = NULL;
	int derlen;

	memset(&record, 0, sizeof(record));
	record.hash_sha256 = true;
	if (algorithm == DKIMSIG_RSA_SHA256) {
		if ((derlen = i2d_PUBKEY(pkey, &der)) <= 0 ||
		    (size_t)derlen > sizeof(record.key))
			errx(1, "no public key");
		memcpy(record.key, der, (size_t)derlen);
		record.keylen = (size_t)derlen;
		OPENSSL_free(der);
	} else {
		record.type = DKIMSIG_KEYTYPE_ED25519;
		record.keylen = 32;
		if (EVP_PKEY_get_raw_public_key(pkey, record.key,
		    &record.keylen) != 1)
			errx(1, "no public key");
	}
	if (dkimsig_keyrecord_print(&record, buf, bufsize) != 0)
		errx(1, "no key record");
}

size_t
testkeys_sign(EVP_PKEY *pkey, enum dkimsig_algorithm algorithm,
    const void *block, size_t blocklen,
    unsigned char sig[DKIMSIG_MAX_SIGVALUE])
{
	unsigned char hash[SHA256_DIGEST_LENGTH];
	const EVP_MD *md = EVP_sha256();
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t siglen = DKIMSIG_MAX_SIGVALUE;

	if (algorithm == DKIMSIG_ED25519_SHA256) {
		SHA256(block, blocklen, hash);
		block = hash;
		blocklen = sizeof(hash);
		md = NULL;
	}
	if (ctx == NULL ||
	    EVP_DigestSignInit(ctx, NULL, md, NULL, pkey) != 1 ||
	    EVP_DigestSign(ctx, sig, &siglen, block, blocklen) != 1)
		errx(1, "no signature");
	EVP_MD_CTX_free(ctx);
	return siglen;
}
