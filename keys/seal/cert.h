/* SPDX-License-Identifier: ISC */

/*
 * The certificate of a recipient of envelopes: self-signed, for a P-256 key.
 */

#ifndef SEAL_CERT_H
#define SEAL_CERT_H

#include <openssl/x509.h>

/*
 * Make the certificate of a key under this name, which is at most 64 octets
 * long (X.520, ub-common-name).  The caller frees it.  Returns 0, or
 * KS_E_CRYPTO, and then *cert is NULL.
 */
int	recipient_cert_make(const char *name, EVP_PKEY *pkey, X509 **cert);

#endif /* SEAL_CERT_H */
