/* SPDX-License-Identifier: ISC */

/*
 * The certificate of a recipient: see cert.h.
 *
 * CMS finds the recipient of an envelope by issuer and serial number, so the
 * number is random.  Nobody verifies the certificate.  No clock is read: it is
 * valid from 1970 on, without an end (RFC 5280, section 4.1.2.5).
 */

#include "seal/cert.h"

#include <stdbool.h>

#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "store/keystore.h"

#define BEGIN		"19700101000000Z"
#define NO_END		"99991231235959Z"
#define SERIAL_BITS	127	/* 16 octets; at most 20: 4.1.2.2 */

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
set_fields(X509 *cert, const char *common_name, EVP_PKEY *pkey)
{
	X509_NAME *name = X509_get_subject_name(cert);

	return X509_set_version(cert, X509_VERSION_3) == 1 &&
	    set_serial(cert) &&
	    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	    (const unsigned char *)common_name, -1, -1, 0) == 1 &&
	    X509_set_issuer_name(cert, name) == 1 &&
	    ASN1_TIME_set_string_X509(X509_getm_notBefore(cert), BEGIN) == 1 &&
	    ASN1_TIME_set_string_X509(X509_getm_notAfter(cert), NO_END) == 1 &&
	    X509_set_pubkey(cert, pkey) == 1;
}

int
recipient_cert_make(const char *name, EVP_PKEY *pkey, X509 **cert)
{
	*cert = X509_new();
	if (*cert != NULL && set_fields(*cert, name, pkey) &&
	    X509_sign(*cert, pkey, EVP_sha256()) > 0)
		return 0;
	X509_free(*cert);
	*cert = NULL;
	ERR_clear_error();
	return KS_E_CRYPTO;
}
