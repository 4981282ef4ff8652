/* SPDX-License-Identifier: ISC */

/*
 * Test signatures: see proof.h.
 *
 * The key is loaded from the store for each signature, as a signer does.  A
 * proof that is malformed in any way does not verify; nothing else can fail.
 */

#include "sync/proof.h"

#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#define TEXT_SIZE	(DKIMSIG_DOMAIN_SIZE + KS_SELECTOR_SIZE + \
			    SYNC_CHALLENGE_SIZE + 64)

static size_t
print_text(const char *domain, const struct ks_key *key,
    const char *challenge, char text[TEXT_SIZE])
{
	return (size_t)snprintf(text, TEXT_SIZE, "countersign test signature "
	    "%s %s %s", challenge, domain, key->selector);
}

/* Ed25519 takes no digest: it hashes by itself. */
static const EVP_MD *
digest_of(const struct ks_key *key)
{
	return key->algorithm == DKIMSIG_RSA_SHA256 ? EVP_sha256() : NULL;
}

int
sync_proof_make(struct keystore *ks, const char *domain,
    const struct ks_key *key, EVP_PKEY *pushed, const char *challenge,
    char proof[SYNC_PROOF_SIZE], struct ks_error *error)
{
	unsigned char sig[DKIMSIG_MAX_SIGVALUE];
	char text[TEXT_SIZE];
	size_t len, siglen = sizeof(sig);
	EVP_MD_CTX *ctx;
	EVP_PKEY *pkey;
	int r;

	proof[0] = '\0';
	r = ks_key_load(ks, domain, key, &pkey, error);
	if (r == KS_E_SEALED && pushed != NULL &&
	    EVP_PKEY_up_ref(pushed) == 1) {
		pkey = pushed;
		r = 0;
	}
	if (r != 0)
		return r;
	len = print_text(domain, key, challenge, text);
	if ((ctx = EVP_MD_CTX_new()) == NULL ||
	    EVP_DigestSignInit(ctx, NULL, digest_of(key), NULL, pkey) != 1 ||
	    EVP_DigestSign(ctx, sig, &siglen, (unsigned char *)text, len) !=
	    1) {
		(void)strlcpy(error->text, "the crypto library cannot sign",
		    sizeof(error->text));
		r = KS_E_CRYPTO;
	} else
		(void)EVP_EncodeBlock((unsigned char *)proof, sig,
		    (int)siglen);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	ERR_clear_error();
	return r;
}

bool
sync_proof_verify(const char *domain, const struct ks_key *key,
    const char *challenge, const char *proof)
{
	unsigned char sig[SYNC_PROOF_SIZE];
	const size_t len = strlen(proof);
	char text[TEXT_SIZE];
	EVP_MD_CTX *ctx = NULL;
	EVP_PKEY *pkey;
	size_t textlen;
	bool is_good;
	int n;

	if (key->public == NULL || len < 4 || len >= SYNC_PROOF_SIZE ||
	    (n = EVP_DecodeBlock(sig, (const unsigned char *)proof,
	    (int)len)) <= 0 ||
	    (pkey = ks_public_parse(key->public, key->algorithm)) == NULL)
		return false;
	/* It counts the padding as octets. */
	n -= (proof[len - 1] == '=') + (proof[len - 2] == '=');
	textlen = print_text(domain, key, challenge, text);
	is_good = (ctx = EVP_MD_CTX_new()) != NULL &&
	    EVP_DigestVerifyInit(ctx, NULL, digest_of(key), NULL, pkey) == 1 &&
	    EVP_DigestVerify(ctx, sig, (size_t)n, (unsigned char *)text,
	    textlen) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	ERR_clear_error();
	return is_good;
}
