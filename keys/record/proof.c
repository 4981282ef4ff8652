/* SPDX-License-Identifier: ISC */

/*
 * Proving that a record belongs to a private key: see proof.h.
 *
 * The message and its time are always the same, because only the key and the
 * record are tested.  What is signed also contains the signature field without
 * its value, as libdkimsig writes it: if that text ever changes, proofs in
 * older states no longer verify, and must be made again from the private keys.
 * A test has one that must verify.
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
	char			 from[DKIMSIG_DOMAIN_SIZE + 16];
	struct dkimsig_signer	*signer;
	struct dkimsig_signature *signature;
	struct dkimsig_verifier	*verifier;
};

/* The raw signature of a block, RFC 8301 and RFC 8463 section 3. */
static bool
sign_block(const struct ks_key *key, EVP_PKEY *pkey,
    const unsigned char *block, size_t len,
    unsigned char sig[DKIMSIG_MAX_SIGVALUE], size_t *siglen)
{
	unsigned char hash[SHA256_DIGEST_LENGTH];
	const EVP_MD *md = EVP_sha256();
	EVP_MD_CTX *ctx;
	bool is_signed;

	if (key->algorithm == DKIMSIG_ED25519_SHA256) {
		if (SHA256(block, len, hash) == NULL)
			return false;
		block = hash;
		len = sizeof(hash);
		md = NULL;
	}
	*siglen = DKIMSIG_MAX_SIGVALUE;
	ctx = EVP_MD_CTX_new();
	is_signed = ctx != NULL &&
	    EVP_DigestSignInit(ctx, NULL, md, NULL, pkey) == 1 &&
	    EVP_DigestSign(ctx, sig, siglen, block, len) == 1;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return is_signed;
}

/* Prepare the DKIM-Signature field of the message, but for its signature. */
static int
prepare(struct proof *proof, const char *domain, const struct ks_key *key)
{
	const struct dkimsig_sigspec spec = {
		.sdid = domain,
		.selector = key->selector,
		.algorithm = key->algorithm,
		.header_canon = DKIMSIG_CANON_RELAXED,
		.body_canon = DKIMSIG_CANON_RELAXED,
		.timestamp = PROOF_TIME,
	};
	int r;

	memset(proof, 0, sizeof(*proof));
	proof->domain = domain;
	proof->key = key;
	(void)snprintf(proof->from, sizeof(proof->from), " proof@%s", domain);
	if ((r = dkimsig_signer_new(&proof->signer, NULL)) != 0 ||
	    (r = dkimsig_signer_header(proof->signer, "From", 4, proof->from,
	    strlen(proof->from))) != 0 ||
	    (r = dkimsig_signer_end_headers(proof->signer)) != 0 ||
	    (r = dkimsig_signer_body(proof->signer, BODY,
	    strlen(BODY))) != 0 ||
	    (r = dkimsig_signer_end(proof->signer)) != 0)
		return r;
	return dkimsig_signature_new(&proof->signature, proof->signer, &spec);
}

static void
finish(struct proof *proof)
{
	dkimsig_verifier_free(proof->verifier);
	dkimsig_signature_free(proof->signature);
	dkimsig_signer_free(proof->signer);
}

/* The octets of a proof; 0 if it is not base64. */
static size_t
decode(const char *text, unsigned char sig[PROOF_SIZE])
{
	const size_t len = strlen(text);
	int n;

	if (len < 4 || len >= PROOF_SIZE || (n = EVP_DecodeBlock(sig,
	    (const unsigned char *)text, (int)len)) <= 0)
		return 0;
	/* It counts the padding as octets. */
	n -= (text[len - 1] == '=') + (text[len - 2] == '=');
	return n > 0 ? (size_t)n : 0;
}

/* Verify the message with that signature. */
static int
verify(struct proof *proof, const char *published,
    struct dkimsig_verdict *verdict)
{
	const struct dkimsig_verifier_opts opts = { .now = PROOF_TIME };
	struct dkimsig_verifier **verifier = &proof->verifier;
	unsigned char sig[PROOF_SIZE];
	const char *name, *value;
	size_t siglen, valuelen;
	int r;

	if ((siglen = decode(proof->key->proof, sig)) == 0)
		return DKIMSIG_E_SYNTAX;
	if ((r = dkimsig_signature_field(proof->signature, sig, siglen, &value,
	    &valuelen)) != 0 ||
	    (r = dkimsig_verifier_new(verifier, &opts)) != 0 ||
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
	    DKIMSIG_DNS_FOUND, published, strlen(published))) != 0)
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
    char text[PROOF_SIZE], struct ks_error *error)
{
	unsigned char sig[DKIMSIG_MAX_SIGVALUE];
	const unsigned char *block;
	size_t len, siglen;
	struct proof proof;
	int r;

	text[0] = '\0';
	if ((r = prepare(&proof, domain, key)) == 0) {
		block = dkimsig_signature_block(proof.signature, &len);
		r = sign_block(key, pkey, block, len, sig, &siglen) ? 0 :
		    DKIMSIG_E_CRYPTO;
	}
	if (r == 0)
		(void)EVP_EncodeBlock((unsigned char *)text, sig,
		    (int)siglen);
	else
		r = fail(error, "key %s of %s: cannot sign: %s",
		    key->selector, domain, dkimsig_strerror(r));
	finish(&proof);
	return r;
}

int
proof_verify(const char *domain, const struct ks_key *key,
    const char *published, struct ks_error *error)
{
	struct dkimsig_verdict verdict;
	struct proof proof;
	int r;

	if ((r = prepare(&proof, domain, key)) != 0 ||
	    (r = verify(&proof, published, &verdict)) != 0)
		r = fail(error, "key %s of %s: cannot verify: %s",
		    key->selector, domain, dkimsig_strerror(r));
	else if (verdict.result != DKIMSIG_RESULT_PASS)
		r = fail(error, "key %s of %s: a signature made with it does "
		    "not verify with its published record: %s",
		    key->selector, domain,
		    dkimsig_reason_text(verdict.reason));
	finish(&proof);
	return r;
}

int
proof_keep(struct ks_state *state, struct ks_key *key, EVP_PKEY *pkey,
    struct ks_error *error)
{
	char text[PROOF_SIZE];
	int r;

	if ((r = proof_make(state->domain, key, pkey, text, error)) != 0)
		return r;
	if ((key->proof = ks_state_keep(state, text, strlen(text))) == NULL) {
		(void)fail(error, "out of memory");
		return KS_E_NOMEM;
	}
	return 0;
}
