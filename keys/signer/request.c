/* SPDX-License-Identifier: ISC */

/*
 * The checks that stand between the front and a private key: see request.h.
 *
 * A request that is refused here was not made by our front, which requests
 * only keys that it was told of, and makes its fields with libdkimsig.  But a
 * key may be revoked, or retired more than KS_HANDOVER ago, after the front was
 * told of it: this is not a fault, so the status is IPC_NO_KEY.
 *
 * RFC 6376 sections 3.5 and 3.7, RFC 8301, RFC 8463 section 3.
 */

#include "signer/request.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#define SHA256_SIZE	32	/* octets */

enum ipc_status
sign_request_status(int ks_errno)
{
	switch (ks_errno) {
	case KS_OK:
		return IPC_OK;
	case KS_E_NODOMAIN:
	case KS_E_NOKEY:
		return IPC_NO_KEY;
	case KS_E_ARG:
		return IPC_REFUSED;
	default:
		return IPC_FAILED;
	}
}

/* The block must have the domain, selector and algorithm of the request. */
static const char *
check_identity(const struct sign_request *request,
    const struct dkimsig_tbs *tbs)
{
	if (!dkimsig_domain_equal(tbs->sdid, request->owner.domain))
		return "d= is not the domain of the request";
	if (strcmp(tbs->selector, request->selector) != 0)
		return "s= is not the selector of the request";
	if (tbs->algorithm != request->algorithm)
		return "a= is not the algorithm of the request";
	return NULL;
}

/* Check what the signature covers. */
static const char *
check_coverage(const struct dkimsig_tbs *tbs)
{
	/* Without From the signature vouches for nobody (RFC 6376, 5.4). */
	if (!tbs->covers_from)
		return "From is not covered";
	/* Otherwise a second From could be added (RFC 6376, 8.15). */
	if (!tbs->oversigns_from)
		return "From is not oversigned";
	/* With l= anything can be added to the body (RFC 6376, 8.2). */
	if (tbs->has_length)
		return "an l= tag is not allowed";
	return NULL;
}

/* Check for how long the signature is valid. */
static const char *
check_times(const struct dkimsig_tbs *tbs, int64_t ceiling, int64_t now)
{
	if (tbs->timestamp < 0)
		return "no t= tag";
	/* t= has at most 12 digits, so none of these sums can overflow. */
	if (tbs->timestamp < now - SIGN_REQUEST_SKEW ||
	    tbs->timestamp > now + SIGN_REQUEST_SKEW)
		return "t= is not within five minutes of the clock";
	if (ceiling > 0 && tbs->expires < 0)
		return "no x= tag";
	if (tbs->expires >= 0 && tbs->expires <= tbs->timestamp)
		return "x= is not after t=";
	if (ceiling > 0 && tbs->expires - tbs->timestamp > ceiling)
		return "x= exceeds the ceiling";
	return NULL;
}

/* RSASSA-PKCS1-v1_5 with the SHA-256 that was computed. */
static int
sign_rsa(EVP_PKEY *pkey, const unsigned char *hash, unsigned char *sig,
    size_t *siglen)
{
	EVP_PKEY_CTX *ctx;
	int ok;

	if ((ctx = EVP_PKEY_CTX_new(pkey, NULL)) == NULL)
		return -1;
	ok = EVP_PKEY_sign_init(ctx) == 1 &&
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
	    EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1 &&
	    EVP_PKEY_sign(ctx, sig, siglen, hash, SHA256_SIZE) == 1;
	EVP_PKEY_CTX_free(ctx);
	return ok ? 0 : -1;
}

/* PureEdDSA over the SHA-256: RFC 8463 section 3. */
static int
sign_ed25519(EVP_PKEY *pkey, const unsigned char *hash, unsigned char *sig,
    size_t *siglen)
{
	EVP_MD_CTX *ctx;
	int ok;

	if ((ctx = EVP_MD_CTX_new()) == NULL)
		return -1;
	ok = EVP_DigestSignInit(ctx, NULL, NULL, NULL, pkey) == 1 &&
	    EVP_DigestSign(ctx, sig, siglen, hash, SHA256_SIZE) == 1;
	EVP_MD_CTX_free(ctx);
	return ok ? 0 : -1;
}

static int
sign(EVP_PKEY *pkey, const struct sign_request *request,
    struct sign_answer *answer)
{
	unsigned char hash[SHA256_SIZE];
	int r;

	answer->siglen = sizeof(answer->sig);
	if (EVP_Digest(request->tbs, request->tbslen, hash, NULL,
	    EVP_sha256(), NULL) != 1)
		r = -1;
	else if (request->algorithm == DKIMSIG_RSA_SHA256)
		r = sign_rsa(pkey, hash, answer->sig, &answer->siglen);
	else
		r = sign_ed25519(pkey, hash, answer->sig, &answer->siglen);
	if (r != 0) {
		answer->siglen = 0;
		ERR_clear_error();
	}
	return r;
}

/* The tag of a domain; if memory for SHA-256 lacks, one that all share. */
static uint64_t
hourly_tag(const struct hourly *hourly, const char *domain)
{
	unsigned char text[HOURLY_KEY_SIZE + DKIMSIG_DOMAIN_SIZE];
	unsigned char hash[SHA256_SIZE] = { 0 };
	const size_t len = strlen(domain);
	uint64_t tag;

	memcpy(text, hourly_key(hourly), HOURLY_KEY_SIZE);
	memcpy(text + HOURLY_KEY_SIZE, domain, len);
	(void)EVP_Digest(text, HOURLY_KEY_SIZE + len, hash, NULL, EVP_sha256(),
	    NULL);
	memcpy(&tag, hash, sizeof(tag));
	return tag;
}

/* Count a signature; whether that is more than the domain may get now. */
static bool
is_over(struct hourly *hourly, const char *domain, const struct moment *now)
{
	return hourly != NULL && hourly_limit(hourly) > 0 &&
	    !hourly_take(hourly, hourly_tag(hourly, domain), now->monotonic);
}

enum ipc_status
sign_request_answer(struct keycache *cache, const struct sign_rules *rules,
    const struct sign_request *request, const struct moment *now,
    struct sign_answer *answer)
{
	struct dkimsig_tbs tbs;
	EVP_PKEY *pkey;
	int r;

	answer->siglen = 0;
	answer->why = NULL;
	if ((r = dkimsig_tbs_parse(request->tbs, request->tbslen,
	    &tbs)) != 0) {
		answer->why = r == DKIMSIG_E_NOMEM ? "out of memory" :
		    "the block to be signed is malformed";
		return r == DKIMSIG_E_NOMEM ? IPC_FAILED : IPC_REFUSED;
	}
	memcpy(answer->bodyhash, tbs.bodyhash, sizeof(answer->bodyhash));
	if ((answer->why = check_identity(request, &tbs)) != NULL ||
	    (answer->why = check_coverage(&tbs)) != NULL ||
	    (answer->why = check_times(&tbs, rules->ceiling,
	    now->wall)) != NULL)
		return IPC_REFUSED;

	r = keycache_find(cache, &request->owner, request->selector,
	    request->algorithm, now, &pkey);
	if (r != 0) {
		answer->why = r == KS_E_NODOMAIN || r == KS_E_NOKEY ?
		    "no such key that signs now" : r == KS_E_ARG ?
		    "the key belongs to another stream" :
		    "the key cannot be used";
		return sign_request_status(r);
	}
	if (is_over(rules->hourly, request->owner.domain, now)) {
		answer->why = "its signatures of this hour are used up";
		return IPC_LIMITED;
	}
	if (sign(pkey, request, answer) != 0) {
		answer->why = "the crypto library failed";
		return IPC_FAILED;
	}
	return IPC_OK;
}
