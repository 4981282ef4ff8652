/* SPDX-License-Identifier: ISC */

/*
 * The keys of this host: see hostkeys.h.
 *
 * The certificate comes last: without it the other two are in no list.  What
 * counts is what can be read back from disk, so a host never signs with a key
 * that a power failure could take.  Fails as the functions of the store do.
 */

#include "epochs/hostkeys.h"

#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "epochs/epoch.h"
#include "seal/cert.h"
#include "store/fleet_file.h"

#define CERT_FILE	"wrap.crt"

void
fleet_hostkeys_finish(struct fleet_hostkeys *keys)
{
	EVP_PKEY_free(keys->sign);
	EVP_PKEY_free(keys->wrap);
	X509_free(keys->cert);
	memset(keys, 0, sizeof(*keys));
}

static int
parse_cert(const char *text, size_t len, X509 **cert)
{
	BIO *bio = BIO_new_mem_buf(text, (int)len);

	*cert = bio == NULL ? NULL : PEM_read_bio_X509(bio, NULL, NULL, NULL);
	BIO_free(bio);
	ERR_clear_error();
	return *cert == NULL ? KS_E_DAMAGED : 0;
}

static int
load_cert(struct keystore *ks, X509 **cert, struct ks_error *error)
{
	char *text;
	size_t len;
	int r;

	*cert = NULL;
	if ((r = ks_fleet_read(ks, CERT_FILE, &text, &len, error)) != 0)
		return r;
	if ((r = parse_cert(text, len, cert)) != 0)
		r = fleet_fail(error, r, KS_FLEET_FOLDER "/" CERT_FILE ": not "
		    "a certificate: restore it from a backup");
	ks_fleet_free(text, len);
	return r;
}

/* Whether they are of the right kinds, and belong together. */
static const char *
find_fault(const struct fleet_hostkeys *keys)
{
	const char *fault = NULL;

	if (!EVP_PKEY_is_a(keys->sign, "ED25519"))
		fault = KS_FLEET_FOLDER "/" KS_FLEET_SIGN_KEY ": not an "
		    "Ed25519 key: restore it from a backup";
	else if (X509_check_private_key(keys->cert, keys->wrap) != 1)
		fault = KS_FLEET_FOLDER "/" KS_FLEET_WRAP_KEY ": not the key "
		    "of the certificate in " CERT_FILE ": restore both from a "
		    "backup";
	ERR_clear_error();
	return fault;
}

int
fleet_hostkeys_load(struct keystore *ks, struct fleet_hostkeys *keys,
    struct ks_error *error)
{
	const char *fault;
	int r;

	memset(keys, 0, sizeof(*keys));
	if ((r = ks_fleet_key_load(ks, KS_FLEET_SIGN_KEY, &keys->sign,
	    error)) == 0 &&
	    (r = ks_fleet_key_load(ks, KS_FLEET_WRAP_KEY, &keys->wrap,
	    error)) == 0 &&
	    (r = load_cert(ks, &keys->cert, error)) == 0 &&
	    (fault = find_fault(keys)) != NULL)
		r = fleet_fail(error, KS_E_DAMAGED, fault);
	if (r != 0)
		fleet_hostkeys_finish(keys);
	if ((r == KS_E_NOKEY || r == KS_E_DAMAGED) && error != NULL)
		(void)strlcat(error->text, "; if there is none, see Another "
		    "name in countersign-fleet(8)", sizeof(error->text));
	return r;
}

/* Make a key, unless it exists; *pkey is then the one on disk. */
static int
make_key(struct keystore *ks, const char *name, bool is_for_signing,
    EVP_PKEY **pkey, struct ks_error *error)
{
	int r;

	r = ks_fleet_key_load(ks, name, pkey, error);
	if (r != KS_E_NOKEY)
		return r;
	*pkey = is_for_signing ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519") :
	    EVP_EC_gen("P-256");
	ERR_clear_error();
	if (*pkey == NULL)
		return fleet_fail(error, KS_E_CRYPTO, "the crypto library "
		    "cannot make a key");
	return ks_fleet_key_store(ks, name, *pkey, error);
}

static int
store_cert(struct keystore *ks, X509 *cert, struct ks_error *error)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	long len;
	int r = KS_E_CRYPTO;

	if (bio != NULL && PEM_write_bio_X509(bio, cert) == 1 &&
	    (len = BIO_get_mem_data(bio, &text)) > 0)
		r = ks_fleet_write(ks, CERT_FILE, true, text, (size_t)len,
		    error);
	else
		(void)fleet_fail(error, r, "the crypto library cannot print "
		    "a certificate");
	BIO_free(bio);
	ERR_clear_error();
	return r;
}

/* Make the certificate of a key, unless it exists. */
static int
make_cert(struct keystore *ks, const char *host, EVP_PKEY *pkey,
    struct ks_error *error)
{
	X509 *cert;
	int r;

	if ((r = load_cert(ks, &cert, error)) != KS_E_NOKEY) {
		X509_free(cert);
		return r;
	}
	if ((r = recipient_cert_make(host, pkey, &cert)) != 0)
		return fleet_fail(error, r, "the crypto library cannot make a "
		    "certificate");
	r = store_cert(ks, cert, error);
	X509_free(cert);
	return r;
}

int
fleet_hostkeys_make(struct keystore *ks, const char *host,
    struct fleet_hostkeys *keys, struct ks_error *error)
{
	EVP_PKEY *sign = NULL, *wrap = NULL;
	int r;

	memset(keys, 0, sizeof(*keys));
	if ((r = make_key(ks, KS_FLEET_SIGN_KEY, true, &sign, error)) == 0 &&
	    (r = make_key(ks, KS_FLEET_WRAP_KEY, false, &wrap, error)) == 0)
		r = make_cert(ks, host, wrap, error);
	EVP_PKEY_free(sign);
	EVP_PKEY_free(wrap);
	/* What counts is what can be read back. */
	return r == 0 ? fleet_hostkeys_load(ks, keys, error) : r;
}

int
fleet_hostkeys_host(const struct fleet_hostkeys *keys, const char *name,
    struct fleet_host *host)
{
	int r;

	memset(host, 0, sizeof(*host));
	if (strlcpy(host->name, name, sizeof(host->name)) >=
	    sizeof(host->name))
		return KS_E_ARG;
	if ((r = fleet_sign_public(keys->sign, host->sign)) == 0)
		r = fleet_cert_digest(keys->cert, host->wrap);
	return r;
}

bool
fleet_hostkeys_are_of(const struct fleet_hostkeys *keys,
    const struct fleet_members *members, const char *name)
{
	const struct fleet_host *known = fleet_members_find(members, name);
	struct fleet_host host;

	return known != NULL && fleet_hostkeys_host(keys, name, &host) == 0 &&
	    memcmp(known->sign, host.sign, sizeof(host.sign)) == 0 &&
	    strcmp(known->wrap, host.wrap) == 0;
}
