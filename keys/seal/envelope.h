/* SPDX-License-Identifier: ISC */

/*
 * CMS AuthEnvelopedData (RFC 5083) with AES-256-GCM, in PEM.
 *
 * Secrets are opened into memory that the caller wipes, and only if the
 * authentication of the whole text succeeded.
 */

#ifndef ENVELOPE_H
#define ENVELOPE_H

#include <stddef.h>

#include <openssl/types.h>

#include "seal/kek.h"

#define ENVELOPE_MAX	16384	/* octets of one, in PEM */

/*
 * Envelop a text for the owner of a certificate (KeyAgreeRecipientInfo).  The
 * caller frees *out by free(3).  Returns 0, KS_E_NOMEM or KS_E_CRYPTO.
 */
int	envelope_seal(X509 *cert, const void *text, size_t len, char **out,
	    size_t *outlen);

/*
 * Open it.  *out has a NUL after its *outlen octets, and the caller frees it by
 * freezero(3), with one octet more.  Returns 0, KS_E_NOMEM, or KS_E_DAMAGED.
 */
int	envelope_open(X509 *cert, EVP_PKEY *pkey, const char *text,
	    size_t len, char **out, size_t *outlen);

/* The same for those who have one of some KEKs (KEKRecipientInfo). */
int	envelope_wrap(const struct kek *const keks[], size_t nkeks,
	    const void *text, size_t len, char **out, size_t *outlen);

/* Also KS_E_SEALED: it is not for this KEK. */
int	envelope_unwrap(const struct kek *kek, const char *text, size_t len,
	    char **out, size_t *outlen);

/*
 * The identifiers of the KEKs that open it, at most max, and their number; 0 if
 * it is not such an envelope.
 */
size_t	envelope_keks(const char *text, size_t len,
	    unsigned char ids[][KEK_ID_SIZE], size_t max);

#endif /* ENVELOPE_H */
