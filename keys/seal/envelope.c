/* SPDX-License-Identifier: ISC */

/*
 * CMS by OpenSSL: see envelope.h.
 *
 * CMS_decrypt(3) writes what it decrypts before it has checked the
 * authentication tag, so its output goes to memory that is wiped, and is copied
 * only after it has succeeded.  OpenSSL 3.0 neither makes nor checks
 * authenticated attributes (RFC 5083 section 2.2), so what a text is for is a
 * part of it: see seal.c.
 *
 * An envelope of another type, without authentication, is refused.  In one of
 * this type, OpenSSL before 3.0.21 (CVE-2026-34182) takes any cipher, also one
 * that authenticates nothing, and a tag that was cut to one octet; so the form
 * is checked before.  Anything that OpenSSL cannot open counts as damaged; it
 * does not say more.
 */

#include "seal/envelope.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

/* An envelope without recipients or content. */
static CMS_ContentInfo *
make(void)
{
	return CMS_encrypt(NULL, NULL, EVP_aes_256_gcm(),
	    CMS_PARTIAL | CMS_BINARY);
}

/* Print it; returns whether that worked. */
static bool
print(BIO *bio, CMS_ContentInfo *cms)
{
	unsigned char *der = NULL;
	bool is_printed;
	int len;

	len = i2d_CMS_ContentInfo(cms, &der);
	is_printed = len > 0 && PEM_write_bio(bio, PEM_STRING_CMS, "", der,
	    len) > 0;
	OPENSSL_free(der);
	return is_printed;
}

/* Put the text into it, and print it. */
static int
finish(CMS_ContentInfo *cms, const void *text, size_t len, char **out,
    size_t *outlen)
{
	BIO *in, *bio;
	char *data;
	long n = 0;
	int r = KS_E_CRYPTO;

	*out = NULL;
	in = len > INT_MAX ? NULL : BIO_new_mem_buf(text, (int)len);
	bio = BIO_new(BIO_s_mem());
	if (in != NULL && bio != NULL &&
	    CMS_final(cms, in, NULL, CMS_BINARY) == 1 &&
	    print(bio, cms))
		n = BIO_get_mem_data(bio, &data);
	if (n > 0 && n <= ENVELOPE_MAX) {
		r = KS_E_NOMEM;
		if ((*out = malloc((size_t)n + 1)) != NULL) {
			memcpy(*out, data, (size_t)n);
			(*out)[n] = '\0';
			*outlen = (size_t)n;
			r = 0;
		}
	}
	BIO_free(bio);
	BIO_free(in);
	CMS_ContentInfo_free(cms);
	ERR_clear_error();
	return r;
}

/* -- The form ------------------------------------------------------------- */

#define TAG_LEN		16

/* id-aes256-GCM, RFC 5084 section 3.2. */
static const unsigned char aes256_gcm[] = {
	0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2e
};

/* Octets of DER that are still to be read. */
struct der {
	const unsigned char	*p, *end;
};

/* Take the next element, which must be of that kind; inside is its content. */
static bool
take(struct der *der, int class, int tag, struct der *inside)
{
	const unsigned char *p = der->p;
	int found, found_class, r;
	long len;

	r = ASN1_get_object(&p, &len, &found, &found_class, der->end - p);
	/* Neither an error nor an indefinite length. */
	if ((r & 0x81) != 0 || found != tag || found_class != class)
		return false;
	inside->p = p;
	inside->end = der->p = p + len;
	return true;
}

static bool
take_own(struct der *der, int tag, struct der *inside)
{
	return take(der, V_ASN1_UNIVERSAL, tag, inside);
}

/*
 * Whether the DER of an envelope has exactly the parts that envelope_seal()
 * makes (RFC 5083 section 2.1): version, recipients, what is encrypted by
 * AES-256-GCM, and the whole tag.
 */
static bool
is_strict(const unsigned char *data, int len)
{
	struct der der = { data, data + len }, parts, content, cipher, part;

	return take_own(&der, V_ASN1_SEQUENCE, &parts) &&
	    take_own(&parts, V_ASN1_OBJECT, &part) &&
	    take(&parts, V_ASN1_CONTEXT_SPECIFIC, 0, &part) &&
	    take_own(&part, V_ASN1_SEQUENCE, &parts) &&
	    take_own(&parts, V_ASN1_INTEGER, &part) &&
	    take_own(&parts, V_ASN1_SET, &part) &&
	    take_own(&parts, V_ASN1_SEQUENCE, &content) &&
	    take_own(&parts, V_ASN1_OCTET_STRING, &part) &&
	    part.end - part.p == TAG_LEN && parts.p == parts.end &&
	    take_own(&content, V_ASN1_OBJECT, &part) &&
	    take_own(&content, V_ASN1_SEQUENCE, &cipher) &&
	    take_own(&cipher, V_ASN1_OBJECT, &part) &&
	    part.end - part.p == sizeof(aes256_gcm) &&
	    memcmp(part.p, aes256_gcm, sizeof(aes256_gcm)) == 0;
}

/* Whether it may be decrypted. */
static bool
is_acceptable(CMS_ContentInfo *cms)
{
	unsigned char *der = NULL;
	bool is_accepted;
	int len;

	if (OBJ_obj2nid(CMS_get0_type(cms)) !=
	    NID_id_smime_ct_authEnvelopedData)
		return false;
	/* As it was understood, and not in BER, in which it may have come. */
	len = i2d_CMS_ContentInfo(cms, &der);
	is_accepted = len > 0 && is_strict(der, len);
	OPENSSL_free(der);
	return is_accepted;
}

static CMS_ContentInfo *
parse(const char *text, size_t len)
{
	char *name = NULL, *header = NULL;
	unsigned char *der = NULL;
	CMS_ContentInfo *cms = NULL;
	const unsigned char *p;
	long derlen;
	BIO *bio;

	if (len > ENVELOPE_MAX ||
	    (bio = BIO_new_mem_buf(text, (int)len)) == NULL)
		return NULL;
	if (PEM_read_bio(bio, &name, &header, &der, &derlen) == 1 &&
	    strcmp(name, PEM_STRING_CMS) == 0 && header[0] == '\0') {
		p = der;
		cms = d2i_CMS_ContentInfo(NULL, &p, derlen);
	}
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(der);
	BIO_free(bio);
	if (cms != NULL && !is_acceptable(cms)) {
		CMS_ContentInfo_free(cms);
		cms = NULL;
	}
	return cms;
}

/* -- Opening -------------------------------------------------------------- */

/* Decrypt it, once its recipient was found. */
static int
decrypt(CMS_ContentInfo *cms, char **out, size_t *outlen)
{
	BIO *bio;
	char *data;
	long n;
	int r = KS_E_DAMAGED;

	if ((bio = BIO_new(BIO_s_secmem())) == NULL)
		return KS_E_NOMEM;
	if (CMS_decrypt(cms, NULL, NULL, NULL, bio, CMS_BINARY) == 1 &&
	    (n = BIO_get_mem_data(bio, &data)) > 0) {
		r = KS_E_NOMEM;
		if ((*out = malloc((size_t)n + 1)) != NULL) {
			memcpy(*out, data, (size_t)n);
			(*out)[n] = '\0';
			*outlen = (size_t)n;
			r = 0;
		}
	}
	/* Wipes what it has, decrypted wrongly or not. */
	BIO_free(bio);
	return r;
}

int
envelope_seal(X509 *cert, const void *text, size_t len, char **out,
    size_t *outlen)
{
	CMS_ContentInfo *cms;

	if ((cms = make()) == NULL ||
	    CMS_add1_recipient_cert(cms, cert, 0) == NULL) {
		CMS_ContentInfo_free(cms);
		ERR_clear_error();
		return KS_E_CRYPTO;
	}
	return finish(cms, text, len, out, outlen);
}

int
envelope_open(X509 *cert, EVP_PKEY *pkey, const char *text, size_t len,
    char **out, size_t *outlen)
{
	CMS_ContentInfo *cms;
	int r = KS_E_DAMAGED;

	*out = NULL;
	cms = parse(text, len);
	if (cms != NULL && CMS_decrypt_set1_pkey(cms, pkey, cert) == 1)
		r = decrypt(cms, out, outlen);
	CMS_ContentInfo_free(cms);
	ERR_clear_error();
	return r;
}

/* Add a KEK; the envelope owns the copies. */
static bool
add_kek(CMS_ContentInfo *cms, const struct kek *kek)
{
	unsigned char *octets, *id;

	octets = OPENSSL_memdup(kek->octets, KEK_SIZE);
	id = OPENSSL_memdup(kek->id, KEK_ID_SIZE);
	if (octets != NULL && id != NULL && CMS_add0_recipient_key(cms,
	    NID_undef, octets, KEK_SIZE, id, KEK_ID_SIZE, NULL, NULL, NULL) !=
	    NULL)
		return true;
	OPENSSL_clear_free(octets, KEK_SIZE);
	OPENSSL_free(id);
	return false;
}

int
envelope_wrap(const struct kek *const keks[], size_t nkeks, const void *text,
    size_t len, char **out, size_t *outlen)
{
	CMS_ContentInfo *cms;
	size_t i;

	cms = make();
	for (i = 0; cms != NULL && i < nkeks; i++)
		if (!add_kek(cms, keks[i])) {
			CMS_ContentInfo_free(cms);
			cms = NULL;
		}
	if (cms != NULL)
		return finish(cms, text, len, out, outlen);
	ERR_clear_error();
	return KS_E_CRYPTO;
}

/* The recipient that has this KEK, or NULL. */
static CMS_RecipientInfo *
find_kek(CMS_ContentInfo *cms, const unsigned char id[KEK_ID_SIZE])
{
	STACK_OF(CMS_RecipientInfo) *infos = CMS_get0_RecipientInfos(cms);
	CMS_RecipientInfo *info;
	int i;

	for (i = 0; i < sk_CMS_RecipientInfo_num(infos); i++) {
		info = sk_CMS_RecipientInfo_value(infos, i);
		if (CMS_RecipientInfo_type(info) == CMS_RECIPINFO_KEK &&
		    CMS_RecipientInfo_kekri_id_cmp(info, id, KEK_ID_SIZE) ==
		    0)
			return info;
	}
	return NULL;
}

int
envelope_unwrap(const struct kek *kek, const char *text, size_t len,
    char **out, size_t *outlen)
{
	unsigned char octets[KEK_SIZE], id[KEK_ID_SIZE];
	CMS_ContentInfo *cms;
	int r = KS_E_DAMAGED;

	*out = NULL;
	memcpy(octets, kek->octets, sizeof(octets));
	memcpy(id, kek->id, sizeof(id));
	cms = parse(text, len);
	if (cms != NULL && find_kek(cms, id) == NULL)
		r = KS_E_SEALED;
	else if (cms != NULL && CMS_decrypt_set1_key(cms, octets,
	    sizeof(octets), id, sizeof(id)) == 1)
		r = decrypt(cms, out, outlen);
	CMS_ContentInfo_free(cms);
	explicit_bzero(octets, sizeof(octets));
	ERR_clear_error();
	return r;
}

size_t
envelope_keks(const char *text, size_t len,
    unsigned char ids[][KEK_ID_SIZE], size_t max)
{
	STACK_OF(CMS_RecipientInfo) *infos;
	CMS_RecipientInfo *info;
	ASN1_OCTET_STRING *id;
	CMS_ContentInfo *cms;
	size_t n = 0;
	int i;

	if ((cms = parse(text, len)) == NULL) {
		ERR_clear_error();
		return 0;
	}
	infos = CMS_get0_RecipientInfos(cms);
	for (i = 0; n < max && i < sk_CMS_RecipientInfo_num(infos); i++) {
		info = sk_CMS_RecipientInfo_value(infos, i);
		if (CMS_RecipientInfo_type(info) != CMS_RECIPINFO_KEK ||
		    CMS_RecipientInfo_kekri_get0_id(info, NULL, &id, NULL,
		    NULL, NULL) != 1 || ASN1_STRING_length(id) != KEK_ID_SIZE)
			continue;
		memcpy(ids[n++], ASN1_STRING_get0_data(id), KEK_ID_SIZE);
	}
	CMS_ContentInfo_free(cms);
	ERR_clear_error();
	return n;
}
