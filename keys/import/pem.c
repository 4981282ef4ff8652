/* SPDX-License-Identifier: ISC */

/*
 * Read private keys in PEM (RFC 7468), or in Base64 alone.
 *
 * A passphrase is never asked for: an encrypted key is refused, and the error
 * names the command that decrypts it.  Whether the key is weak is checked in
 * weak.c.
 */

#include "import/pem.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#define MAX_BLOCKS	8	/* PEM blocks before the key */

static const char encrypted[] = "encrypted: decrypt it first, with 'umask "
    "077; openssl pkey -in FILE -out NEWFILE', and import that";

/* Why a block with this label is refused; NULL if it is not. */
static const char *
label_fault(const char *label)
{
	static const struct {
		const char	*label, *fault;
	} faults[] = {
		{ "ENCRYPTED PRIVATE KEY", encrypted },
		{ "EC PRIVATE KEY", "neither an RSA nor an Ed25519 key, the "
		    "only types in DKIM" },
		{ "DSA PRIVATE KEY", "neither an RSA nor an Ed25519 key, the "
		    "only types in DKIM" },
		{ "OPENSSH PRIVATE KEY", "an OpenSSH key: convert it first, "
		    "with 'ssh-keygen -p -m PKCS8'" }
	};
	size_t i;

	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (strcmp(label, faults[i].label) == 0)
			return faults[i].fault;
	return NULL;
}

static bool
is_public(const char *label)
{
	return strcmp(label, "PUBLIC KEY") == 0 ||
	    strcmp(label, "RSA PUBLIC KEY") == 0;
}

/* Decode PKCS#8 or PKCS#1; no octets may be left over. */
static EVP_PKEY *
decode_der(const unsigned char *der, long len, bool is_pkcs1)
{
	PKCS8_PRIV_KEY_INFO *info;
	const unsigned char *p;
	EVP_PKEY *pkey;

	p = der;
	if (is_pkcs1)
		pkey = d2i_PrivateKey(EVP_PKEY_RSA, NULL, &p, len);
	else {
		info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, len);
		pkey = info == NULL ? NULL : EVP_PKCS82PKEY(info);
		PKCS8_PRIV_KEY_INFO_free(info);
	}
	if (pkey != NULL && p - der != len) {
		EVP_PKEY_free(pkey);
		pkey = NULL;
	}
	return pkey;
}

/*
 * Decode a block.  Returns its key, or NULL; then the search ends if *why is
 * set, and the block is skipped if not.
 */
static EVP_PKEY *
decode_block(const char *label, const char *header, const unsigned char *der,
    long len, const char **why)
{
	EVP_PKEY *pkey;
	bool is_pkcs1;

	if ((*why = label_fault(label)) != NULL)
		return NULL;
	is_pkcs1 = strcmp(label, "RSA PRIVATE KEY") == 0;
	if (!is_pkcs1 && strcmp(label, "PRIVATE KEY") != 0)
		return NULL;
	if (header[0] != '\0') {
		*why = encrypted;
		return NULL;
	}
	if ((pkey = decode_der(der, len, is_pkcs1)) == NULL)
		*why = "a damaged private key, or one of an unknown type";
	return pkey;
}

EVP_PKEY *
import_pem(const char *text, size_t len, const char **why)
{
	const unsigned int flags = PEM_FLAG_SECURE | PEM_FLAG_EAY_COMPATIBLE;
	EVP_PKEY *pkey;
	unsigned char *der;
	char *header, *label;
	bool has_public;
	BIO *bio;
	long derlen;
	int n;

	*why = NULL;
	pkey = NULL;
	has_public = false;
	if (len > 0 && memchr(text, '\0', len) != NULL) {
		*why = "not a private key in PEM: it contains a NUL octet";
		return NULL;
	}
	if ((bio = BIO_new_mem_buf(text, (int)len)) == NULL)
		*why = "out of memory";
	for (n = 0; n < MAX_BLOCKS && pkey == NULL && *why == NULL; n++) {
		if (PEM_read_bio_ex(bio, &label, &header, &der, &derlen,
		    flags) != 1)
			break;
		pkey = decode_block(label, header, der, derlen, why);
		has_public = has_public || is_public(label);
		OPENSSL_secure_clear_free(der, (size_t)derlen);
		OPENSSL_secure_free(header);
		OPENSSL_secure_free(label);
	}
	if (pkey == NULL && *why == NULL)
		*why = has_public ?
		    "a public key: the private key is needed" :
		    "not a private key in PEM";
	BIO_free(bio);
	ERR_clear_error();
	return pkey;
}

/*
 * Find the Base64 in a line: what is between BEGIN and END, or all of it if it
 * has none.  *label is what follows BEGIN, or "".
 */
static const char *
find_base64(const char *line, const char **end, const char **label)
{
	static const char begin[] = "-----BEGIN ";
	const char *p;

	*label = "";
	*end = line + strlen(line);
	if (strncmp(line, begin, sizeof(begin) - 1) != 0)
		return line;
	*label = line + sizeof(begin) - 1;
	if ((p = strstr(*label, "-----")) == NULL)
		return *end;
	p += 5;
	if ((*end = strstr(p, "-----END ")) == NULL)
		*end = p + strlen(p);
	return p;
}

/*
 * Decode the Base64 from p to end into buf; blanks and "\n" in it are skipped.
 * Returns the number of octets, or 0 if it is invalid.
 */
static size_t
decode_base64(const char *p, const char *end, unsigned char *buf)
{
	EVP_ENCODE_CTX *ctx;
	size_t len;
	int n, r;

	if ((ctx = EVP_ENCODE_CTX_new()) == NULL)
		return 0;
	EVP_DecodeInit(ctx);
	len = 0;
	r = 1;
	for (; p < end && r != -1; p++) {
		if (*p == '\\' && end - p > 1 && (p[1] == 'n' || p[1] == 'r'))
			p++;
		else if (*p != ' ' && *p != '\t') {
			r = EVP_DecodeUpdate(ctx, buf + len, &n,
			    (const unsigned char *)p, 1);
			len += n > 0 ? (size_t)n : 0;
		}
	}
	if (r != -1 && (r = EVP_DecodeFinal(ctx, buf + len, &n)) != -1)
		len += n > 0 ? (size_t)n : 0;
	EVP_ENCODE_CTX_free(ctx);
	return r == -1 ? 0 : len;
}

EVP_PKEY *
import_pem_line(const char *line, const char **why)
{
	const char *end, *label, *p;
	unsigned char *der;
	EVP_PKEY *pkey;
	size_t len, size;

	*why = "neither a path nor a private key in PEM or Base64";
	p = find_base64(line, &end, &label);
	if (strncmp(label, "ENCRYPTED ", 10) == 0) {
		*why = encrypted;
		return NULL;
	}
	/* The decoder writes whole groups of 64 characters. */
	size = strlen(line) + 64;
	if ((der = malloc(size)) == NULL) {
		*why = "out of memory";
		return NULL;
	}
	pkey = NULL;
	if ((len = decode_base64(p, end, der)) > 0) {
		pkey = decode_der(der, (long)len, true);
		if (pkey == NULL)
			pkey = decode_der(der, (long)len, false);
	}
	freezero(der, size);
	ERR_clear_error();
	return pkey;
}
