/* SPDX-License-Identifier: ISC */

/*
 * The file that has what seals and opens keys: see sealfile.h.
 *
 * The certificate says nothing about anybody: it has the same name everywhere.
 *
 * Strict: the first line has one form for each value, the two parts follow each
 * other, and nothing follows them.
 */

#include "seal/sealfile.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "seal/cert.h"
#include "seal/envelope.h"
#include "store/sealer.h"

#define LINE_ON		SEALFILE_WORD "1 on\n"
#define LINE_OFF	SEALFILE_WORD "1 off\n"
#define CMS_BEGIN	"-----BEGIN CMS-----\n"
#define CMS_END		"-----END CMS-----\n"
#define CERT_NAME	"countersign seal"

int
sealfile_wrap(struct sealfile *file, EVP_PKEY *pkey,
    const struct kek *const keks[], size_t nkeks)
{
	PKCS8_PRIV_KEY_INFO *info;
	unsigned char *der = NULL;
	char *wrapped;
	size_t wrappedlen;
	int len = -1, r = KS_E_CRYPTO;

	if ((info = EVP_PKEY2PKCS8(pkey)) != NULL)
		len = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
	if (len > 0)
		r = envelope_wrap(keks, nkeks, der, (size_t)len, &wrapped,
		    &wrappedlen);
	OPENSSL_clear_free(der, len > 0 ? (size_t)len : 0);
	PKCS8_PRIV_KEY_INFO_free(info);
	ERR_clear_error();
	if (r != 0)
		return r;
	free(file->wrapped);
	file->wrapped = wrapped;
	file->wrappedlen = wrappedlen;
	return 0;
}

int
sealfile_make(struct sealfile *file, EVP_PKEY **pkey,
    const struct kek *const keks[], size_t nkeks)
{
	int r = KS_E_CRYPTO;

	memset(file, 0, sizeof(*file));
	file->is_on = true;
	if ((*pkey = EVP_EC_gen("P-256")) != NULL &&
	    recipient_cert_make(CERT_NAME, *pkey, &file->cert) == 0)
		r = sealfile_wrap(file, *pkey, keks, nkeks);
	ERR_clear_error();
	if (r == 0)
		return 0;
	sealfile_finish(file);
	EVP_PKEY_free(*pkey);
	*pkey = NULL;
	return r;
}

void
sealfile_finish(struct sealfile *file)
{
	X509_free(file->cert);
	free(file->wrapped);
	memset(file, 0, sizeof(*file));
}

static bool
starts_with(const char *text, const char *word)
{
	return strncmp(text, word, strlen(word)) == 0;
}

/* Find the second part, which must end the text.  text has a NUL. */
static const char *
find_wrapped(const char *text, size_t len)
{
	const char *begin = strstr(text, CMS_BEGIN), *end;

	if (begin == NULL || (end = strstr(begin, CMS_END)) == NULL ||
	    end + strlen(CMS_END) != text + len)
		return NULL;
	return begin;
}

int
sealfile_parse(struct sealfile *file, const char *text, size_t len)
{
	const char *wrapped;
	BIO *bio;

	memset(file, 0, sizeof(*file));
	file->is_on = starts_with(text, LINE_ON);
	if (len > KS_MAX_SEAL || strlen(text) != len ||
	    (!file->is_on && !starts_with(text, LINE_OFF)) ||
	    (wrapped = find_wrapped(text, len)) == NULL)
		return KS_E_DAMAGED;
	text += strlen(file->is_on ? LINE_ON : LINE_OFF);
	bio = BIO_new_mem_buf(text, (int)(wrapped - text));
	if (bio != NULL)
		file->cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	BIO_free(bio);
	ERR_clear_error();
	if (file->cert == NULL || X509_get0_pubkey(file->cert) == NULL) {
		sealfile_finish(file);
		return KS_E_DAMAGED;
	}
	if ((file->wrapped = strdup(wrapped)) == NULL) {
		sealfile_finish(file);
		return KS_E_NOMEM;
	}
	file->wrappedlen = strlen(wrapped);
	return 0;
}

int
sealfile_print(const struct sealfile *file, char **text, size_t *len)
{
	const char *line = file->is_on ? LINE_ON : LINE_OFF;
	char *cert;
	BIO *bio;
	long n = 0;

	*text = NULL;
	if ((bio = BIO_new(BIO_s_mem())) != NULL &&
	    PEM_write_bio_X509(bio, file->cert) == 1)
		n = BIO_get_mem_data(bio, &cert);
	if (n > 0) {
		*len = strlen(line) + (size_t)n + file->wrappedlen;
		*text = malloc(*len + 1);
	}
	if (*text != NULL) {
		memcpy(*text, line, strlen(line));
		memcpy(*text + strlen(line), cert, (size_t)n);
		memcpy(*text + strlen(line) + n, file->wrapped,
		    file->wrappedlen);
		(*text)[*len] = '\0';
	}
	BIO_free(bio);
	ERR_clear_error();
	return *text != NULL ? 0 : KS_E_NOMEM;
}

int
sealfile_open(const struct sealfile *file, const struct kek *kek,
    EVP_PKEY **pkey)
{
	const unsigned char *p;
	PKCS8_PRIV_KEY_INFO *info;
	char *der;
	size_t len;
	int r;

	*pkey = NULL;
	if ((r = envelope_unwrap(kek, file->wrapped, file->wrappedlen, &der,
	    &len)) != 0)
		return r;
	p = (const unsigned char *)der;
	if ((info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, (long)len)) != NULL)
		*pkey = EVP_PKCS82PKEY(info);
	PKCS8_PRIV_KEY_INFO_free(info);
	freezero(der, len + 1);
	if (*pkey != NULL &&
	    EVP_PKEY_eq(*pkey, X509_get0_pubkey(file->cert)) != 1) {
		EVP_PKEY_free(*pkey);
		*pkey = NULL;
	}
	ERR_clear_error();
	return *pkey != NULL ? 0 : KS_E_DAMAGED;
}
