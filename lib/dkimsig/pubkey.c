/* SPDX-License-Identifier: ISC */

/*
 * Public keys of key records, RFC 6376 section 3.3.1 and 3.6.1, RFC 8301, RFC
 * 8463 sections 3 and 4.
 *
 * An RSA key is a SubjectPublicKeyInfo in practice and an RSAPublicKey by the
 * text of the RFC; both are accepted.  An Ed25519 key is its 32 octets.
 *
 * OpenSSL reports a bad key or signature and a lack of memory in the same way,
 * often without an error code; and if memory was short when it set itself up,
 * it may load no key from then on.  The former is a verdict, and the latter
 * must not become one.  So a key that cannot be loaded is DKIMSIG_E_NOMEM if a
 * good one cannot be loaded, too.  Otherwise the operation is repeated once, in
 * case memory was short only for a moment.
 */

#include "dkimsig/pubkey.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "dkimsig/digest.h"

static EVP_PKEY *
load_rsa(const unsigned char *der, size_t derlen)
{
	const unsigned char *p = der;
	EVP_PKEY *pkey;

	pkey = d2i_PUBKEY(NULL, &p, (long)derlen);
	if (pkey == NULL) {
		p = der;
		pkey = d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, (long)derlen);
	}
	/* With octets after the key, it is not the key that was published. */
	if (pkey != NULL && (p != der + derlen ||
	    EVP_PKEY_get_base_id(pkey) != EVP_PKEY_RSA)) {
		EVP_PKEY_free(pkey);
		return NULL;
	}
	return pkey;
}

static int
load_key(const struct dkimsig_keyrecord *record, EVP_PKEY **pkey,
    unsigned int *bits, enum dkimsig_reason *reason)
{
	bool is_rsa = record->type == DKIMSIG_KEYTYPE_RSA;
	int n;

	*reason = DKIMSIG_REASON_KEY_SYNTAX;
	*pkey = is_rsa ? load_rsa(record->key, record->keylen) :
	    EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, record->key,
	    record->keylen);
	ERR_clear_error();
	if (*pkey == NULL)
		return DKIMSIG_E_SYNTAX;
	n = EVP_PKEY_get_bits(*pkey);
	*bits = n > 0 ? (unsigned int)n : 0;
	*reason = DKIMSIG_REASON_KEY_SIZE;
	if (is_rsa && (n < PUBKEY_MIN_BITS || n > PUBKEY_MAX_BITS)) {
		EVP_PKEY_free(*pkey);
		*pkey = NULL;
		return DKIMSIG_E_SYNTAX;
	}
	*reason = DKIMSIG_REASON_NONE;
	return 0;
}

/*
 * Whether a key that is well formed can be loaded; or never will be, because
 * there is no Ed25519 in FIPS mode.
 */
static bool
loads_keys(enum dkimsig_keytype type)
{
	/* RSAPublicKey: a modulus of 512 bits, and 65537. */
	static const unsigned char head[] = { 0x30, 0x48, 0x02, 0x41, 0x00 };
	static const unsigned char tail[] = { 0x02, 0x03, 0x01, 0x00, 0x01 };
	unsigned char key[sizeof(head) + 64 + sizeof(tail)];
	EVP_PKEY *pkey;

	memset(key, 0xff, sizeof(key));
	if (type == DKIMSIG_KEYTYPE_RSA) {
		memcpy(key, head, sizeof(head));
		memcpy(key + sizeof(key) - sizeof(tail), tail, sizeof(tail));
		pkey = load_rsa(key, sizeof(key));
	} else
		pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key,
		    32);
	ERR_clear_error();
	EVP_PKEY_free(pkey);
	return pkey != NULL || (type == DKIMSIG_KEYTYPE_ED25519 &&
	    EVP_default_properties_is_fips_enabled(NULL) == 1);
}

int
pubkey_load(const struct dkimsig_keyrecord *record,
    enum dkimsig_algorithm algorithm, EVP_PKEY **pkey, unsigned int *bits,
    enum dkimsig_reason *reason)
{
	bool is_rsa = record->type == DKIMSIG_KEYTYPE_RSA;
	int r;

	*pkey = NULL;
	*reason = DKIMSIG_REASON_KEY_TYPE;
	if (is_rsa != (algorithm == DKIMSIG_RSA_SHA256))
		return DKIMSIG_E_SYNTAX;
	r = load_key(record, pkey, bits, reason);
	if (r != 0 && !loads_keys(record->type))
		return DKIMSIG_E_NOMEM;
	if (r != 0)
		r = load_key(record, pkey, bits, reason);
	return r;
}

static int
verify(EVP_PKEY *pkey, const EVP_MD *md, const void *block, size_t blocklen,
    const unsigned char *sig, size_t siglen)
{
	EVP_MD_CTX *ctx;
	int r;

	if ((ctx = EVP_MD_CTX_new()) == NULL)
		return DKIMSIG_E_NOMEM;
	if (EVP_DigestVerifyInit(ctx, NULL, md, NULL, pkey) != 1)
		r = DKIMSIG_E_CRYPTO;
	else
		r = EVP_DigestVerify(ctx, sig, siglen, block, blocklen) == 1;
	ERR_clear_error();
	EVP_MD_CTX_free(ctx);
	return r;
}

int
pubkey_verify(EVP_PKEY *pkey, enum dkimsig_algorithm algorithm,
    const void *block, size_t blocklen, const unsigned char *sig,
    size_t siglen)
{
	unsigned char hash[DIGEST_SIZE];
	const EVP_MD *md = NULL;
	int r;

	if (algorithm == DKIMSIG_ED25519_SHA256) {
		/* PureEdDSA over the block's hash, RFC 8463 section 3. */
		if ((r = digest_of(block, blocklen, hash)) != 0)
			return r;
		block = hash;
		blocklen = sizeof(hash);
	} else
		md = EVP_sha256();
	r = verify(pkey, md, block, blocklen, sig, siglen);
	if (r == 0)
		r = verify(pkey, md, block, blocklen, sig, siglen);
	return r;
}
