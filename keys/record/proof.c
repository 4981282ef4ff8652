/* SPDX-License-Identifier: ISC */

/*
 * Proving that a record belongs to a private key: sign a message with the key,
 * and verify it with the record.  The message and its time are always the
 * same, because only the key and the record are tested.
 *
 * Fails if libdkimsig or the crypto library does, or if the signature does not
 * verify; the error says which.
 */

#include "record/proof.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#define PROOF_TIME	1000000000	/* any time will do */
#define BODY		"This message proves that a key can sign.\r\n"

struct proof {
	const char		*domain;
	const struct ks_key	*key;
	EVP_PKEY		*pkey;
	const char		*published;
	char			 from[DKIMSIG_DOMAIN_SIZE + 16];
	struct dkimsig_signer	*signer;
	struct dkimsig_signature *signature;
	struct dkimsig_verifier	*verifier;
};

/* The raw signature of a block, RFC 8301 and RFC 8463 section 3. */
static bool
sign_block(const struct proof *proof, const unsigned char *block, size_t len,
    unsigned char sig[DKIMSIG_MAX_SIGVALUE], size_t *siglen)
{
	unsigned char hash[SHA256_DIGEST_LENGTH];
	const EVP_MD *md = EVP_sha256();
	EVP_MD_CTX *ctx;
	bool is_signed;

	if (proof->key->algorithm == DKIMSIG_ED25519_SHA256) {
		(void)SHA256(block, len, hash);
		block = hash;
		len = sizeof(hash);
		md = NULL;
	}
	*siglen = DKIMSIG_MAX_SIGVALUE;
	ctx = EVP_MD_CTX_new();
	is_signed = ctx != NULL &&
	    EVP_DigestSignInit(ctx, NULL, md, NULL, proof->pkey) == 1 &&
	    EVP_DigestSign(ctx, sig, siglen, block, len) == 1;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return is_signed;
}

/* Make the DKIM-Signature field of the message; the signature owns *value. */
static int
sign(struct proof *proof, const char **value, size_t *valuelen)
{
	const struct dkimsig_sigspec spec = {
		.sdid = proof->domain,
		.selector = proof->key->selector,
		.algorithm = proof->key->algorithm,
		.header_canon = DKIMSIG_CANON_RELAXED,
		.body_canon = DKIMSIG_CANON_RELAXED,
		.timestamp = PROOF_TIME,
	};
	unsigned char sig[DKIMSIG_MAX_SIGVALUE];
	const unsigned char *tbs;
	size_t tbslen, siglen;
	int r;

	if ((r = dkimsig_signer_new(&proof->signer, NULL)) != 0 ||
	    (r = dkimsig_signer_header(proof->signer, "From", 4, proof->from,
	    strlen(proof->from))) != 0 ||
	    (r = dkimsig_signer_end_headers(proof->signer)) != 0 ||
	    (r = dkimsig_signer_body(proof->signer, BODY,
	    strlen(BODY))) != 0 ||
	    (r = dkimsig_signer_end(proof->signer)) != 0 ||
	    (r = dkimsig_signature_new(&proof->signature, proof->signer,
	    &spec)) != 0)
		return r;
	tbs = dkimsig_signature_block(proof->signature, &tbslen);
	if (!sign_block(proof, tbs, tbslen, sig, &siglen))
		return DKIMSIG_E_CRYPTO;
	return dkimsig_signature_field(proof->signature, sig, siglen, value,
	    valuelen);
}

/* Verify the message with that field. */
static int
verify(struct proof *proof, const char *value, size_t valuelen,
    struct dkimsig_verdict *verdict)
{
	const struct dkimsig_verifier_opts opts = { .now = PROOF_TIME };
	struct dkimsig_verifier **verifier = &proof->verifier;
	const char *name;
	int r;

	if ((r = dkimsig_verifier_new(verifier, &opts)) != 0 ||
	    (r = dkimsig_verifier_header(*verifier, "DKIM-Signature", 14,
	    value, valuelen)) != 0 ||
	    (r = dkimsig_verifier_header(*verifier, "From", 4, proof->from,
	    strlen(proof->from))) != 0 ||
	    (r = dkimsig_verifier_end_headers(*verifier)) != 0 ||
	    (r = dkimsig_verifier_body(*verifier, BODY,
	    strlen(BODY))) != 0 ||
	    (r = dkimsig_verifier_end(*verifier)) != 0 ||
	    (r = dkimsig_verifier_query(*verifier, 0, &name)) != 0)
		return r;
	if (name != NULL && (r = dkimsig_verifier_key(*verifier, 0,
	    DKIMSIG_DNS_FOUND, proof->published,
	    strlen(proof->published))) != 0)
		return r;
	return dkimsig_verifier_result(*verifier, 0, verdict);
}

static int __attribute__((format(printf, 2, 3)))
fail(struct ks_error *error, const char *format, ...)
{
	va_list ap;

	if (error != NULL) {
		va_start(ap, format);
		(void)vsnprintf(error->text, sizeof(error->text), format, ap);
		va_end(ap);
	}
	return KS_E_CRYPTO;
}

int
proof_make(const char *domain, const struct ks_key *key, EVP_PKEY *pkey,
    const char *published, struct ks_error *error)
{
	struct proof proof = {
		.domain = domain, .key = key, .pkey = pkey,
		.published = published,
	};
	struct dkimsig_verdict verdict;
	const char *value;
	size_t valuelen;
	int r;

	(void)snprintf(proof.from, sizeof(proof.from), " proof@%s", domain);
	if ((r = sign(&proof, &value, &valuelen)) != 0)
		r = fail(error, "key %s of %s: cannot sign: %s",
		    key->selector, domain, dkimsig_strerror(r));
	else if ((r = verify(&proof, value, valuelen, &verdict)) != 0)
		r = fail(error, "key %s of %s: cannot verify: %s",
		    key->selector, domain, dkimsig_strerror(r));
	else if (verdict.result != DKIMSIG_RESULT_PASS)
		r = fail(error, "key %s of %s: a signature made with it does "
		    "not verify with its published record: %s",
		    key->selector, domain,
		    dkimsig_reason_text(verdict.reason));
	dkimsig_verifier_free(proof.verifier);
	dkimsig_signature_free(proof.signature);
	dkimsig_signer_free(proof.signer);
	return r;
}
