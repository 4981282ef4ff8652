/* SPDX-License-Identifier: ISC */

/*
 * The DNS record of a private key, RFC 6376 section 3.6.1 and RFC 8463
 * section 4.2: the SubjectPublicKeyInfo of an RSA key, the bare 32 octets of
 * an Ed25519 one.  h=sha256 is always given, as no other hash may be used
 * (RFC 8301 section 3.1).
 */

#include "record.h"

#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

int
record_name(const char *domain, const char *selector, char *buf,
    size_t bufsize)
{
	int n;

	n = snprintf(buf, bufsize, "%s._domainkey.%s", selector, domain);
	if (n < 0 || (size_t)n >= bufsize || n > DKIMSIG_MAX_DOMAIN)
		return KS_E_ARG;
	return 0;
}

static int
public_rsa(EVP_PKEY *pkey, struct dkimsig_keyrecord *keyrecord)
{
	unsigned char *p;
	int len;

	len = i2d_PUBKEY(pkey, NULL);
	if (len <= 0 || (size_t)len > sizeof(keyrecord->key))
		return KS_E_CRYPTO;
	p = keyrecord->key;
	if (i2d_PUBKEY(pkey, &p) != len)
		return KS_E_CRYPTO;
	keyrecord->keylen = (size_t)len;
	return 0;
}

static int
public_ed25519(EVP_PKEY *pkey, struct dkimsig_keyrecord *keyrecord)
{
	keyrecord->keylen = sizeof(keyrecord->key);
	return EVP_PKEY_get_raw_public_key(pkey, keyrecord->key,
	    &keyrecord->keylen) == 1 ? 0 : KS_E_CRYPTO;
}

int
record_make(const char *domain, const struct ks_key *key, EVP_PKEY *pkey,
    bool revoked, struct record *record)
{
	struct dkimsig_keyrecord keyrecord;
	int r;

	r = record_name(domain, key->selector, record->lookup,
	    sizeof(record->lookup));
	if (r != 0)
		return r;
	(void)strlcpy(record->name, key->record[0] == '\0' ?
	    record->lookup : key->record, sizeof(record->name));
	memset(&keyrecord, 0, sizeof(keyrecord));
	keyrecord.hash_sha256 = true;
	keyrecord.strict = key->strict;
	if (key->algorithm == DKIMSIG_ED25519_SHA256) {
		keyrecord.type = DKIMSIG_KEYTYPE_ED25519;
		r = public_ed25519(pkey, &keyrecord);
	} else {
		keyrecord.type = DKIMSIG_KEYTYPE_RSA;
		r = public_rsa(pkey, &keyrecord);
	}
	ERR_clear_error();
	if (r != 0)
		return r;
	if (revoked)
		keyrecord.keylen = 0;

	if (dkimsig_keyrecord_print(&keyrecord, record->txt,
	    sizeof(record->txt)) != 0 ||
	    dkimsig_txt_quote(record->txt, record->zone,
	    sizeof(record->zone)) != 0)
		return KS_E_CRYPTO;
	record->keybits = ks_key_bits(pkey);
	return 0;
}

int
record_load(struct keystore *ks, const char *domain,
    const struct ks_key *key, bool revoked, struct record *record,
    struct ks_error *error)
{
	EVP_PKEY *pkey;
	int r;

	if ((r = ks_key_load(ks, domain, key, &pkey, error)) != 0)
		return r;
	r = record_make(domain, key, pkey, revoked, record);
	EVP_PKEY_free(pkey);
	if (r != 0)
		(void)snprintf(error->text, sizeof(error->text),
		    "%s: no DNS record can be made of key %s", domain,
		    key->selector);
	return r;
}
