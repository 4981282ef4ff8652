/* SPDX-License-Identifier: ISC */

/*
 * The sealer of a store: see seal.h.
 *
 * What is enveloped begins with the domain and the selector, so that no file
 * opens as the key of another name; then comes the private key in PEM.  The
 * file "seal" is read whenever a key is sealed, because another process may
 * have changed it, and when a key does not open.  What opened keys before is
 * kept until the file has another certificate: so signers go on if the KEK
 * changes.
 */

#include "seal/seal.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "seal/envelope.h"
#include "seal/private.h"
#include "store/format.h"

static const char head_format[] = "domain: %s\nselector: %s\n";
static const char not_this_key[] = "cannot be opened: damaged, or the sealed "
    "file of another key or store: restore it from a backup";

int
seal_fail(struct ks_error *error, int code, const char *text)
{
	if (error != NULL)
		(void)strlcpy(error->text, text, sizeof(error->text));
	return code;
}

/* -- The KEK ------------------------------------------------------------- */

bool
seal_is_given_kek(const struct seal *seal)
{
	return seal->kek != NULL || seal->file != NULL ||
	    seal->credential_error.text[0] != '\0';
}

/* Read the file, if no credential was there. */
int
seal_need_kek(struct seal *seal, struct ks_error *error)
{
	uid_t owner = 0;
	gid_t group;
	int r;

	if (seal->kek != NULL)
		return 0;
	if (seal->credential_error.text[0] != '\0')
		return seal_fail(error, KS_E_SEALED,
		    seal->credential_error.text);
	if (seal->file == NULL)
		return seal_fail(error, KS_E_SEALED, "sealed, and this process "
		    "has no KEK: see SEALED KEYS in countersign-key(8)");
	if (seal->ks != NULL)
		(void)ks_owner(seal->ks, &owner, &group);
	r = kek_read_file(&seal->kek, seal->file, owner, error);
	return r == 0 || r == KS_E_NOMEM ? r : KS_E_SEALED;
}

/* The error if no KEK of this process opens the store. */
static int
wrong_kek(struct seal *seal, struct ks_error *error)
{
	char name[KEK_NAME_SIZE], keks[SEAL_KEKS_SIZE];

	kek_name(seal->kek->id, name);
	seal_print_keks(&seal->sealfile, keks);
	if (error != NULL)
		(void)snprintf(error->text, sizeof(error->text), "the store is "
		    "sealed with KEK %s, but this process has KEK %s: restore "
		    "the former from a backup", keks, name);
	return KS_E_SEALED;
}

void
seal_print_keks(const struct sealfile *file, char text[SEAL_KEKS_SIZE])
{
	unsigned char ids[SEAL_MAX_KEKS][KEK_ID_SIZE];
	char name[KEK_NAME_SIZE];
	size_t i, n;

	text[0] = '\0';
	n = envelope_keks(file->wrapped, file->wrappedlen, ids,
	    SEAL_MAX_KEKS);
	for (i = 0; i < n; i++) {
		kek_name(ids[i], name);
		(void)strlcat(text, i == 0 ? "" : " or ", SEAL_KEKS_SIZE);
		(void)strlcat(text, name, SEAL_KEKS_SIZE);
	}
}

/* -- The file ------------------------------------------------------------ */

/* Seal something and open it again, with a key that is used for nothing. */
static bool
try_all(const struct kek *kek)
{
	const struct kek *keks[1] = { kek };
	char *sealed = NULL, *opened = NULL;
	EVP_PKEY *made = NULL, *read = NULL;
	size_t len, openedlen = 0;
	struct sealfile file;
	bool works;

	if (sealfile_make(&file, &made, keks, 1) != 0)
		return false;
	works = sealfile_open(&file, kek, &read) == 0 &&
	    envelope_seal(file.cert, "x", 1, &sealed, &len) == 0 &&
	    envelope_open(file.cert, read, sealed, len, &opened, &openedlen) ==
	    0;
	if (opened != NULL)
		freezero(opened, openedlen + 1);
	free(sealed);
	EVP_PKEY_free(read);
	EVP_PKEY_free(made);
	sealfile_finish(&file);
	return works;
}

/*
 * What did not open seems damaged if memory was short, too.  Whether to try it
 * again: something else opens.
 */
static bool
crypto_works(void)
{
	static const struct kek kek;

	return try_all(&kek);
}

/* The error if the file could not be read. */
static int
fail_file(struct ks_error *error, int code)
{
	if (code == KS_E_NOMEM)
		return seal_fail(error, code, "out of memory");
	return seal_fail(error, code, code == KS_E_DAMAGED ?
	    "the file \"seal\" of the key directory is damaged: restore it "
	    "from a backup" : "the crypto library fails, so sealed keys cannot "
	    "be opened: is there memory left?");
}

/* Parse the file, and again if it is not certain that it is damaged. */
static int
parse_file(struct sealfile *file, const char *text, size_t len)
{
	int r;

	if ((r = sealfile_parse(file, text, len)) == KS_E_DAMAGED)
		r = crypto_works() ? sealfile_parse(file, text, len) :
		    KS_E_CRYPTO;
	return r;
}

/* The same for what is in it. */
static int
open_file(struct seal *seal)
{
	int r;

	r = sealfile_open(&seal->sealfile, seal->kek, &seal->pkey);
	if (r == KS_E_DAMAGED)
		r = crypto_works() ? sealfile_open(&seal->sealfile, seal->kek,
		    &seal->pkey) : KS_E_CRYPTO;
	return r;
}

void
seal_forget(struct seal *seal)
{
	sealfile_finish(&seal->sealfile);
	free(seal->text);
	seal->text = NULL;
	seal->textlen = 0;
}

/* Read the file again; *exists: there is one. */
int
seal_refresh(struct seal *seal, bool *exists, struct ks_error *error)
{
	struct sealfile file;
	bool is_later;
	char *text;
	size_t len;
	int r;

	*exists = false;
	r = ks_seal_read(seal->ks, &text, &len, error);
	if (r != 0) {
		if (r == KS_E_NOKEY)
			seal_forget(seal);
		return r == KS_E_NOKEY ? 0 : r;
	}
	*exists = true;
	if (seal->text != NULL && seal->textlen == len &&
	    memcmp(seal->text, text, len) == 0) {
		free(text);
		return 0;
	}
	if ((r = parse_file(&file, text, len)) != 0) {
		is_later = store_format_is_later(text, len, SEALFILE_WORD, 1);
		free(text);
		return is_later ? seal_fail(error, r, "the file \"seal\" of "
		    "the key directory was " FORMAT_LATER ": install the "
		    "later version again") : fail_file(error, r);
	}
	if (seal->pkey != NULL && EVP_PKEY_eq(seal->pkey,
	    X509_get0_pubkey(file.cert)) != 1) {
		EVP_PKEY_free(seal->pkey);
		seal->pkey = NULL;
	}
	seal_forget(seal);
	seal->sealfile = file;
	seal->text = text;
	seal->textlen = len;
	return 0;
}

/* Have what opens keys. */
int
seal_need_key(struct seal *seal, struct ks_error *error)
{
	bool exists = seal->text != NULL;
	int r = 0;

	if (seal->pkey != NULL)
		return 0;
	if (!exists)
		r = seal_refresh(seal, &exists, error);
	if (r == 0 && !exists)
		return seal_fail(error, KS_E_SEALED, "sealed, but the file "
		    "\"seal\" of the key directory does not exist: restore it "
		    "from a backup");
	if (r != 0 || (r = seal_need_kek(seal, error)) != 0)
		return r;
	r = open_file(seal);
	if (r == KS_E_SEALED)
		return wrong_kek(seal, error);
	return r == 0 ? 0 : fail_file(error, r);
}

/* -- Sealing and opening ------------------------------------------------- */

static int
cb_is_on(struct ks_sealer *sealer, bool *is_on, struct ks_error *error)
{
	struct seal *seal = (struct seal *)sealer;
	bool exists;
	int r;

	(void)pthread_mutex_lock(&seal->mutex);
	r = seal_refresh(seal, &exists, error);
	*is_on = r == 0 && exists && seal->sealfile.is_on;
	(void)pthread_mutex_unlock(&seal->mutex);
	return r;
}

/* The length of the head, which a text of that size has room for. */
static size_t
print_head(const struct ks_sealed_id *id, char head[SEAL_HEAD_SIZE])
{
	return (size_t)snprintf(head, SEAL_HEAD_SIZE, head_format, id->domain,
	    id->selector);
}

static int
cb_seal(struct ks_sealer *sealer, const struct ks_sealed_id *id,
    const char *text, size_t len, char **out, size_t *outlen,
    struct ks_error *error)
{
	struct seal *seal = (struct seal *)sealer;
	char head[SEAL_HEAD_SIZE], *whole;
	size_t headlen = print_head(id, head);
	bool exists;
	int r;

	if ((whole = malloc(headlen + len)) == NULL)
		return seal_fail(error, KS_E_NOMEM, "out of memory");
	memcpy(whole, head, headlen);
	memcpy(whole + headlen, text, len);
	(void)pthread_mutex_lock(&seal->mutex);
	if ((r = seal_refresh(seal, &exists, error)) == 0)
		r = !exists ? seal_fail(error, KS_E_SEALED, "the store is not "
		    "sealed") : envelope_seal(seal->sealfile.cert, whole,
		    headlen + len, out, outlen);
	(void)pthread_mutex_unlock(&seal->mutex);
	freezero(whole, headlen + len);
	return r == KS_E_CRYPTO || r == KS_E_NOMEM ? seal_fail(error, r,
	    "the crypto library cannot seal the key") : r;
}

/* Take the head off what was opened; it must be that of this key. */
static int
take_head(const struct ks_sealed_id *id, char *text, size_t *len)
{
	char head[SEAL_HEAD_SIZE];
	size_t headlen = print_head(id, head);

	if (*len <= headlen || memcmp(text, head, headlen) != 0)
		return KS_E_DAMAGED;
	memmove(text, text + headlen, *len - headlen + 1);
	explicit_bzero(text + *len - headlen + 1, headlen);
	*len -= headlen;
	return 0;
}

/*
 * Open what was sealed, head and all.  The caller holds the mutex; the store
 * makes sure that what seems damaged is.
 */
static int
open_whole(struct seal *seal, const char *text, size_t len, char **out,
    size_t *outlen, struct ks_error *error)
{
	bool exists;
	int r;

	if ((r = seal_need_key(seal, error)) != 0)
		return r;
	r = envelope_open(seal->sealfile.cert, seal->pkey, text, len, out,
	    outlen);
	if (r == KS_E_DAMAGED) {
		/* Another process may have begun with another key. */
		if ((r = seal_refresh(seal, &exists, error)) != 0 ||
		    (r = seal_need_key(seal, error)) != 0)
			return r;
		r = envelope_open(seal->sealfile.cert, seal->pkey, text, len,
		    out, outlen);
	}
	if (r == KS_E_DAMAGED)
		return seal_fail(error, r, not_this_key);
	return r == 0 ? 0 : seal_fail(error, r, "out of memory");
}

static int
cb_open(struct ks_sealer *sealer, const struct ks_sealed_id *id,
    const char *text, size_t len, char **out, size_t *outlen,
    struct ks_error *error)
{
	struct seal *seal = (struct seal *)sealer;
	size_t size;
	int r;

	*out = NULL;
	(void)pthread_mutex_lock(&seal->mutex);
	r = open_whole(seal, text, len, out, outlen, error);
	(void)pthread_mutex_unlock(&seal->mutex);
	if (r != 0)
		return r;
	size = *outlen;
	if (take_head(id, *out, outlen) == 0)
		return 0;
	freezero(*out, size + 1);
	*out = NULL;
	return seal_fail(error, KS_E_DAMAGED, not_this_key);
}

/* A credential that is not there is no error. */
static int
read_credential(struct kek **kek, const char *name, struct ks_error *error)
{
	int r;

	if ((r = kek_read_credential(kek, name, error)) != KS_E_NOKEY)
		return r;
	error->text[0] = '\0';
	return 0;
}

/* -- Beginning and end --------------------------------------------------- */

int
seal_new(struct seal **out, const char *file, struct ks_error *error)
{
	struct seal *seal;
	int r;

	*out = NULL;
	if ((seal = calloc(1, sizeof(*seal))) == NULL)
		return seal_fail(error, KS_E_NOMEM, "out of memory");
	if (file != NULL && (seal->file = strdup(file)) == NULL) {
		free(seal);
		return seal_fail(error, KS_E_NOMEM, "out of memory");
	}
	seal->sealer.is_on = cb_is_on;
	seal->sealer.seal = cb_seal;
	seal->sealer.open = cb_open;
	(void)pthread_mutex_init(&seal->mutex, NULL);
	*out = seal;
	(void)read_credential(&seal->new, KEK_NEW_CREDENTIAL,
	    &seal->new_error);
	r = read_credential(&seal->kek, KEK_CREDENTIAL,
	    &seal->credential_error);
	if (r == 0)
		return 0;
	return seal_fail(error, r, seal->credential_error.text);
}

void
seal_attach(struct seal *seal, struct keystore *ks)
{
	seal->ks = ks;
	ks_set_sealer(ks, &seal->sealer);
}

void
seal_free(struct seal *seal)
{
	if (seal == NULL)
		return;
	seal_forget(seal);
	EVP_PKEY_free(seal->pkey);
	kek_free(seal->kek);
	kek_free(seal->new);
	(void)pthread_mutex_destroy(&seal->mutex);
	free(seal->file);
	free(seal);
}

int
seal_prepare(struct seal *seal, struct ks_error *error)
{
	int r;

	if (seal->kek == NULL && seal->file == NULL &&
	    seal->credential_error.text[0] == '\0')
		return KS_E_NOKEY;
	if ((r = seal_need_kek(seal, error)) != 0)
		return r;
	return try_all(seal->kek) ? 0 : seal_fail(error, KS_E_CRYPTO,
	    "the crypto library cannot open sealed keys");
}
