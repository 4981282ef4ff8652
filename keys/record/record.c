/* SPDX-License-Identifier: ISC */

/*
 * The DNS record of a key, RFC 6376 section 3.6.1 and RFC 8463 section 4.2.
 * h=sha256 is always given, because no other hash may be used (RFC 8301
 * section 3.1).
 *
 * Fails if a name is too long, or if the crypto library does.
 */

#include "record/record.h"

#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

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
	keyrecord.type = key->algorithm == DKIMSIG_ED25519_SHA256 ?
	    DKIMSIG_KEYTYPE_ED25519 : DKIMSIG_KEYTYPE_RSA;
	keyrecord.keylen = ks_public_octets(pkey, keyrecord.key);
	if (keyrecord.keylen == 0)
		return KS_E_CRYPTO;
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

	r = 0;
	if (key->public == NULL)
		r = ks_key_load(ks, domain, key, &pkey, error);
	else if ((pkey = ks_public_parse(key->public, key->algorithm)) ==
	    NULL) {
		(void)snprintf(error->text, sizeof(error->text),
		    "%s: public= of key %s in the state file is not a key of "
		    "its algorithm: restore the state file from a "
		    "backup", domain,
		    key->selector);
		r = KS_E_DAMAGED;
	}
	if (r != 0)
		return r;
	r = record_make(domain, key, pkey, revoked, record);
	EVP_PKEY_free(pkey);
	if (r != 0)
		(void)snprintf(error->text, sizeof(error->text),
		    "%s: cannot make a DNS record for key %s", domain,
		    key->selector);
	return r;
}
