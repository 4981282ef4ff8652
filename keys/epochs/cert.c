/* SPDX-License-Identifier: ISC */

/*
 * The certificate of a host, for which the keys of epochs are enveloped.
 *
 * Nobody verifies its signature: the member list has its digest, over the DER
 * form.
 */

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "epochs/epoch.h"
#include "seal/cert.h"

int
fleet_cert_make(const char *host, EVP_PKEY **pkey, X509 **cert)
{
	*cert = NULL;
	*pkey = EVP_EC_gen("P-256");
	if (*pkey != NULL && recipient_cert_make(host, *pkey, cert) == 0)
		return 0;
	EVP_PKEY_free(*pkey);
	*pkey = NULL;
	ERR_clear_error();
	return KS_E_CRYPTO;
}

int
fleet_cert_digest(X509 *cert, char hex[FLEET_HEX_SIZE])
{
	unsigned char *der = NULL;
	int len, r;

	len = i2d_X509(cert, &der);
	r = len <= 0 ? KS_E_CRYPTO : fleet_digest(der, (size_t)len, hex);
	OPENSSL_free(der);
	ERR_clear_error();
	return r;
}
