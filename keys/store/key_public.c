/* SPDX-License-Identifier: ISC */

/*
 * The public half of a key as in p= of its record: the base64 of the
 * SubjectPublicKeyInfo of an RSA key (RFC 6376 section 3.6.1), or of the bare
 * 32 octets of an Ed25519 key (RFC 8463 section 4.2).
 *
 * Printing fails only if the crypto library does; parsing returns NULL for any
 * text that is not a public key of the algorithm.
 */

#include "store/private.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#define ED25519_OCTETS	32

size_t
ks_public_octets(EVP_PKEY *pkey, unsigned char octets[KS_PUBLIC_OCTETS])
{
	unsigned char *der = NULL;
	size_t rawlen = KS_PUBLIC_OCTETS;
	int len;

	if (EVP_PKEY_is_a(pkey, "ED25519"))
		len = EVP_PKEY_get_raw_public_key(pkey, octets, &rawlen) == 1 ?
		    (int)rawlen : -1;
	else {
		/* Once: finding the encoder takes nearly all of its time. */
		len = i2d_PUBKEY(pkey, &der);
		if (len > KS_PUBLIC_OCTETS)
			len = -1;
		if (len > 0)
			memcpy(octets, der, (size_t)len);
		OPENSSL_free(der);
	}
	ERR_clear_error();
	return len > 0 ? (size_t)len : 0;
}

int
ks_public_print(EVP_PKEY *pkey, char text[KS_PUBLIC_SIZE])
{
	unsigned char octets[KS_PUBLIC_OCTETS];
	size_t len;

	text[0] = '\0';
	if ((len = ks_public_octets(pkey, octets)) == 0)
		return KS_E_CRYPTO;
	(void)EVP_EncodeBlock((unsigned char *)text, octets, (int)len);
	return 0;
}

/* Returns the number of octets, or 0 if the text is not valid base64. */
static size_t
decode(const char *text, unsigned char octets[KS_PUBLIC_OCTETS])
{
	size_t len = strlen(text);
	int n;

	if (len == 0 || len % 4 != 0 || len >= KS_PUBLIC_SIZE)
		return 0;
	n = EVP_DecodeBlock(octets, (const unsigned char *)text, (int)len);
	/* It counts the padding as octets. */
	if (n > 0 && text[len - 1] == '=')
		n--;
	if (n > 0 && text[len - 2] == '=')
		n--;
	return n > 0 ? (size_t)n : 0;
}

EVP_PKEY *
ks_public_parse(const char *text, enum dkimsig_algorithm algorithm)
{
	unsigned char octets[KS_PUBLIC_OCTETS];
	const unsigned char *p = octets;
	EVP_PKEY *pkey;
	size_t len;

	pkey = NULL;
	if ((len = decode(text, octets)) == 0)
		;
	else if (algorithm == DKIMSIG_ED25519_SHA256) {
		if (len == ED25519_OCTETS)
			pkey = EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519",
			    NULL, octets, len);
	} else {
		pkey = d2i_PUBKEY(NULL, &p, (long)len);
		if (pkey != NULL && (p != octets + len ||
		    !EVP_PKEY_is_a(pkey, "RSA"))) {
			EVP_PKEY_free(pkey);
			pkey = NULL;
		}
	}
	ERR_clear_error();
	return pkey;
}
