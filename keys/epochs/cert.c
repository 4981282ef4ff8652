/* SPDX-License-Identifier: ISC */

/*
 * The certificate for which epoch keys are enveloped: self-signed, P-256.
 *
 * CMS finds the recipient by issuer and serial number, so the number is random.
 * Nobody verifies the certificate: the member list has its digest.  No clock is
 * read: it is valid from 1970 on, without an end (RFC 5280, section 4.1.2.5).
 */

#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "epochs/epoch.h"

#define BEGIN		"19700101000000Z"
#define NO_END		"99991231235959Z"
#define VERSION_3	2
#define SERIAL_BITS	127

static bool
set_serial(X509 *cert)
{
	BIGNUM *number = BN_new();
	bool is_set;

	is_set = number != NULL && BN_rand(number, SERIAL_BITS,
	    BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
	    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)) != NULL;
	BN_free(number);
	return is_set;
}

static bool
set_fields(X509 *cert, const char *host, EVP_PKEY *pkey)
{
	X509_NAME *name = X509_get_subject_name(cert);

	return X509_set_version(cert, VERSION_3) == 1 && set_serial(cert) &&
	    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	    (const unsigned char *)host, -1, -1, 0) == 1 &&
	    X509_set_issuer_name(cert, name) == 1 &&
	    ASN1_TIME_set_string_X509(X509_getm_notBefore(cert), BEGIN) == 1 &&
	    ASN1_TIME_set_string_X509(X509_getm_notAfter(cert), NO_END) == 1 &&
	    X509_set_pubkey(cert, pkey) == 1;
}

int
fleet_cert_for(const char *host, EVP_PKEY *pkey, X509 **cert)
{
	*cert = X509_new();
	if (*cert != NULL && set_fields(*cert, host, pkey) &&
	    X509_sign(*cert, pkey, EVP_sha256()) > 0)
		return 0;
	X509_free(*cert);
	*cert = NULL;
	ERR_clear_error();
	return KS_E_CRYPTO;
}

int
fleet_cert_make(const char *host, EVP_PKEY **pkey, X509 **cert)
{
	*cert = NULL;
	*pkey = EVP_EC_gen("P-256");
	if (*pkey != NULL && fleet_cert_for(host, *pkey, cert) == 0)
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
