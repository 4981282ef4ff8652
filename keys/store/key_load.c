/* SPDX-License-Identifier: ISC */

/*
 * Loading a private key: unencrypted PKCS#8 in PEM (RFC 7468 section 10),
 * and nothing else, so that OpenSSL never asks for a passphrase.
 *
 * A key that does not match the state, or whose halves do not match each
 * other, is refused here: otherwise every signature with it would be bad, and
 * only receivers would notice.
 *
 * OpenSSL reports a bad key and a lack of memory in the same way; and if memory
 * was short when it set itself up, it may load no key from then on.  A key that
 * is only taken for damaged must not be restored, replaced or destroyed.  So a
 * refused one is tried again, after a good one: if that cannot be used
 * either, it is KS_E_CRYPTO.
 */

#include "store/sealed.h"

#include <string.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#define MIN_RSA_BITS	2048		/* RFC 8301 section 3.2: SHOULD */
#define MAX_RSA_BITS	(DKIMSIG_MAX_SIGVALUE * 8)

bool
store_key_name(const char *selector, char name[KS_KEYFILE_SIZE])
{
	return ks_selector_is_normal(selector) &&
	    strlcpy(name, selector, KS_KEYFILE_SIZE) < KS_KEYFILE_SIZE &&
	    strlcat(name, ".pem", KS_KEYFILE_SIZE) < KS_KEYFILE_SIZE;
}

static EVP_PKEY *
decode_pem(const char *text, size_t len)
{
	PKCS8_PRIV_KEY_INFO *info;
	EVP_PKEY *pkey;
	BIO *bio;

	pkey = NULL;
	info = NULL;
	if ((bio = BIO_new_mem_buf(text, (int)len)) != NULL)
		info = PEM_read_bio_PKCS8_PRIV_KEY_INFO(bio, NULL, NULL,
		    NULL);
	if (info != NULL)
		pkey = EVP_PKCS82PKEY(info);
	PKCS8_PRIV_KEY_INFO_free(info);
	BIO_free(bio);
	return pkey;
}

/*
 * Whether what the private half signs verifies with the public half.
 *
 * EVP_PKEY_check(3) would also test whether the primes are prime.  That takes
 * as long as hundreds of signatures, during which the signer serves nobody.
 */
static bool
halves_fit(EVP_PKEY *pkey, enum dkimsig_algorithm algorithm)
{
	static const unsigned char text[] = "private and public half";
	const EVP_MD *md;
	unsigned char sig[DKIMSIG_MAX_SIGVALUE];
	size_t siglen = sizeof(sig);
	EVP_MD_CTX *ctx;
	bool fit;

	/* Ed25519 takes no digest: it hashes by itself. */
	md = algorithm == DKIMSIG_RSA_SHA256 ? EVP_sha256() : NULL;
	if ((ctx = EVP_MD_CTX_new()) == NULL)
		return false;
	fit = EVP_DigestSignInit(ctx, NULL, md, NULL, pkey) == 1 &&
	    EVP_DigestSign(ctx, sig, &siglen, text, sizeof(text)) == 1 &&
	    EVP_MD_CTX_reset(ctx) == 1 &&
	    EVP_DigestVerifyInit(ctx, NULL, md, NULL, pkey) == 1 &&
	    EVP_DigestVerify(ctx, sig, siglen, text, sizeof(text)) == 1;
	EVP_MD_CTX_free(ctx);
	return fit;
}

unsigned int
ks_key_bits(const EVP_PKEY *pkey)
{
	/* Whatever size OpenSSL reports for the curve. */
	if (EVP_PKEY_is_a(pkey, "ED25519"))
		return 256;
	return (unsigned int)EVP_PKEY_get_bits(pkey);
}

/* Whether it is the key in the state; true if the state has no public half. */
static bool
is_known_key(EVP_PKEY *pkey, const struct ks_key *key)
{
	char text[KS_PUBLIC_SIZE];

	return key->public == NULL || (ks_public_print(pkey, text) == 0 &&
	    strcmp(text, key->public) == 0);
}

const char *
store_key_fault(EVP_PKEY *pkey, const struct ks_key *key)
{
	bool fits;
	int bits;

	switch (key->algorithm) {
	case DKIMSIG_RSA_SHA256:
		if (!EVP_PKEY_is_a(pkey, "RSA"))
			return "not an RSA key, but the state file has "
			    "rsa-sha256";
		bits = EVP_PKEY_get_bits(pkey);
		if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS)
			return "RSA key has fewer than 2048 or more than "
			    "8192 bits";
		break;
	case DKIMSIG_ED25519_SHA256:
		if (!EVP_PKEY_is_a(pkey, "ED25519"))
			return "not an Ed25519 key, but the state file has "
			    "ed25519-sha256";
		break;
	default:
		return "unknown algorithm";
	}
	fits = halves_fit(pkey, key->algorithm);
	ERR_clear_error();
	if (!fits)
		return "private and public key do not match";
	return is_known_key(pkey, key) ? NULL :
	    "not the key that the state file has for this selector";
}

/* Open a sealed key file. */
static int
open_sealed(const struct place *place, const struct ks_key *key,
    const char *text, size_t len, char **plain, size_t *plainlen,
    struct ks_error *error)
{
	const struct ks_sealed_id id = { place->domain, key->selector };
	struct ks_sealer *sealer = place->ks->sealer;
	struct ks_error why = { "" };
	const char *body, *fault;
	size_t bodylen;
	int r;

	fault = sealed_parse(&id, key->public, text, len, &body, &bodylen);
	if (fault != NULL)
		return place_fail(place, error, KS_E_DAMAGED, "%s", fault);
	if (sealer == NULL)
		return place_fail(place, error, KS_E_SEALED,
		    "sealed, and this program does not open sealed keys");
	r = sealer->open(sealer, &id, body, bodylen, plain, plainlen, &why);
	return r == 0 ? 0 : place_fail(place, error, r, "%s", why.text);
}

int
store_decode_key(const struct place *place, const struct ks_key *key,
    const char *text, size_t len, EVP_PKEY **pkey, struct ks_error *error)
{
	char *plain;
	size_t plainlen;
	int r;

	*pkey = NULL;
	if (!sealed_is(text, len))
		*pkey = decode_pem(text, len);
	else {
		if ((r = open_sealed(place, key, text, len, &plain, &plainlen,
		    error)) != 0)
			return r;
		*pkey = decode_pem(plain, plainlen);
		place_free_text(plain, plainlen);
	}
	ERR_clear_error();
	return *pkey != NULL ? 0 : place_fail(place, error, KS_E_DAMAGED,
	    "not an unencrypted PKCS#8 private key in PEM, and not a sealed "
	    "one: restore it from a backup");
}

/* Read a key and check it; the text may seem damaged without memory, too. */
static int
read_key(const struct place *place, const struct ks_key *key,
    const char *text, size_t len, EVP_PKEY **out, struct ks_error *error)
{
	const char *fault;
	int r;

	if ((r = store_decode_key(place, key, text, len, out, error)) != 0 ||
	    (fault = store_key_fault(*out, key)) == NULL)
		return r;
	EVP_PKEY_free(*out);
	*out = NULL;
	return place_fail(place, error, KS_E_DAMAGED,
	    "%s: restore it from a backup", fault);
}

bool
ks_crypto_works(void)
{
	/* RFC 8410 section 10.3 */
	static const char text[] = "-----BEGIN PRIVATE KEY-----\n"
	    "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC"
	    "\n-----END PRIVATE KEY-----\n";
	EVP_SIGNATURE *signature;
	EVP_PKEY *pkey;
	bool works;

	if ((signature = EVP_SIGNATURE_fetch(NULL, "ED25519", NULL)) == NULL)
		return EVP_default_properties_is_fips_enabled(NULL) == 1;
	EVP_SIGNATURE_free(signature);
	pkey = decode_pem(text, sizeof(text) - 1);
	works = pkey != NULL && halves_fit(pkey, DKIMSIG_ED25519_SHA256);
	EVP_PKEY_free(pkey);
	return works;
}

int
ks_key_load(struct keystore *ks, const char *domain, const struct ks_key *key,
    EVP_PKEY **out, struct ks_error *error)
{
	struct place place = { .ks = ks, .domain = domain, .dirfd = -1 };
	char name[KS_KEYFILE_SIZE];
	char *text;
	size_t len;
	int r;

	*out = NULL;
	if (!store_key_name(key->selector, name))
		return place_fail(&place, error, KS_E_ARG,
		    "key requested for an invalid selector");
	place.name = name;
	r = store_read_file(&place, KS_LOOSE_KEY, KS_MAX_PEM, &text, &len,
	    error);
	if (r != 0)
		return r;

	r = read_key(&place, key, text, len, out, error);
	if (r == KS_E_DAMAGED) {
		if (ks_crypto_works())
			r = read_key(&place, key, text, len, out, error);
		else
			r = place_fail(&place, error, KS_E_CRYPTO,
			    "the crypto library fails, so this key cannot be "
			    "checked: is there memory left?");
		ERR_clear_error();
	}
	place_free_text(text, len);
	return r;
}

int
ks_public_fill(struct keystore *ks, struct ks_state *state)
{
	char text[KS_PUBLIC_SIZE];
	struct ks_key *key;
	EVP_PKEY *pkey;
	size_t i;
	int r;

	for (i = 0; i < state->nkeys; i++) {
		key = &state->keys[i];
		if (key->public != NULL)
			continue;
		/* Without a usable file, the public half stays unknown. */
		r = ks_key_load(ks, state->domain, key, &pkey, NULL);
		if (r == 0)
			r = ks_public_print(pkey, text);
		EVP_PKEY_free(pkey);
		if (r == 0 && (key->public = ks_state_keep(state, text,
		    strlen(text))) == NULL)
			return KS_E_NOMEM;
	}
	return 0;
}
