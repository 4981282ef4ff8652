/* SPDX-License-Identifier: ISC */

/*
 * Generating private keys: RSA (RFC 8301 section 3.2 requires 1024 bits and
 * recommends 2048, the smallest size here) and Ed25519 (RFC 8463).
 *
 * The random numbers come from the crypto library.  Fails only if the library
 * does, for example if out of memory.  An RSA key can take seconds.
 */

#include "life/keygen.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>

static const struct keygen_kind kinds[] = {
	{ "rsa2048",	DKIMSIG_RSA_SHA256,	2048,	'r' },
	{ "rsa3072",	DKIMSIG_RSA_SHA256,	3072,	'r' },
	{ "rsa4096",	DKIMSIG_RSA_SHA256,	4096,	'r' },
	{ "ed25519",	DKIMSIG_ED25519_SHA256,	256,	'e' }
};

const struct keygen_kind *
keygen_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

EVP_PKEY *
keygen_make(const struct keygen_kind *kind)
{
	EVP_PKEY *pkey;

	if (kind->algorithm == DKIMSIG_ED25519_SHA256)
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	else
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, "RSA",
		    (size_t)kind->keybits);
	ERR_clear_error();
	return pkey;
}
