/* SPDX-License-Identifier: ISC */

/*
 * Writing and removing private keys: PKCS#8 in PEM, RFC 7468 section 10, or
 * that sealed (sealer.h); with each, the file for its last use (last_use.h),
 * which is made before it and removed before it.
 *
 * The file gets its name by link(2), which fails if the name exists: no key is
 * ever overwritten.  The PEM text is wiped before its memory is freed.  A file
 * is removed only if the state on disk says that the key is unfinished, or
 * that its record was removed.
 */

#include "store/sealed.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "store/last_use.h"

/* The PEM text in a BIO that the caller frees; NULL on failure. */
static BIO *
encode_pem(EVP_PKEY *pkey)
{
	PKCS8_PRIV_KEY_INFO *info;
	BIO *bio;

	bio = BIO_new(BIO_s_secmem());
	info = EVP_PKEY2PKCS8(pkey);
	if (bio == NULL || info == NULL ||
	    PEM_write_bio_PKCS8_PRIV_KEY_INFO(bio, info) != 1) {
		BIO_free(bio);
		bio = NULL;
	}
	PKCS8_PRIV_KEY_INFO_free(info);
	ERR_clear_error();
	return bio;
}

/* Seal the text of a key file. */
static int
seal_text(const struct place *place, const char *selector, EVP_PKEY *pkey,
    const char *pem, size_t pemlen, char **text, size_t *len,
    struct ks_error *error)
{
	const struct ks_sealed_id id = { place->domain, selector };
	struct ks_sealer *sealer = place->ks->sealer;
	char public[KS_PUBLIC_SIZE], *body;
	struct ks_error why = { "" };
	size_t bodylen;
	int r;

	if ((r = ks_public_print(pkey, public)) != 0)
		return place_fail(place, error, r,
		    "the crypto library cannot print a public key");
	r = sealer->seal(sealer, &id, pem, pemlen, &body, &bodylen, &why);
	if (r != 0)
		return place_fail(place, error, r, "%s", why.text);
	r = sealed_print(&id, public, body, bodylen, text, len);
	free(body);
	return r == 0 ? 0 : place_fail(place, error, r, r == KS_E_NOMEM ?
	    "out of memory" : "no SHA-256");
}

/* A copy of the PEM text that place_free_text() can free. */
static int
copy_text(const struct place *place, const char *pem, size_t pemlen,
    char **text, size_t *len, struct ks_error *error)
{
	if ((*text = malloc(pemlen + 1)) == NULL)
		return place_fail(place, error, KS_E_NOMEM, "out of memory");
	memcpy(*text, pem, pemlen);
	(*text)[pemlen] = '\0';
	*len = pemlen;
	return 0;
}

int
store_encode_key(const struct place *place, const char *selector,
    EVP_PKEY *pkey, bool sealed, char **text, size_t *len,
    struct ks_error *error)
{
	char *pem;
	BIO *bio;
	long n;
	int r;

	*text = NULL;
	if ((bio = encode_pem(pkey)) == NULL)
		return place_fail(place, error, KS_E_CRYPTO,
		    "the crypto library cannot encode the key");
	n = BIO_get_mem_data(bio, &pem);
	if (n <= 0)
		r = place_fail(place, error, KS_E_CRYPTO, "no key");
	else if (sealed)
		r = seal_text(place, selector, pkey, pem, (size_t)n, text,
		    len, error);
	else
		r = copy_text(place, pem, (size_t)n, text, len, error);
	if (n > 0)
		OPENSSL_cleanse(pem, (size_t)n);
	BIO_free(bio);
	if (r == 0 && *len > KS_MAX_PEM) {
		place_free_text(*text, *len);
		r = place_fail(place, error, KS_E_ARG, "key too large");
	}
	return r;
}

/* Whether new keys are sealed. */
static int
must_seal(const struct place *place, bool *is_on, struct ks_error *error)
{
	struct ks_sealer *sealer = place->ks->sealer;

	*is_on = false;
	return sealer == NULL ? 0 : sealer->is_on(sealer, is_on, error);
}

static int
key_place(struct ks_lock *lock, const char *selector,
    char name[KS_KEYFILE_SIZE], struct place *place, struct ks_error *error)
{
	place->ks = lock->ks;
	place->domain = lock->domain;
	place->dirfd = lock->dirfd;
	place->name = NULL;
	if (!store_key_name(selector, name))
		return place_fail(place, error, KS_E_ARG,
		    "key file requested for an invalid selector");
	place->name = name;
	return 0;
}

int
ks_key_store(struct ks_lock *lock, const char *selector, EVP_PKEY *pkey,
    struct ks_error *error)
{
	char name[KS_KEYFILE_SIZE], *text;
	struct place place;
	bool sealed;
	size_t len;
	int r;

	if ((r = key_place(lock, selector, name, &place, error)) != 0 ||
	    (r = must_seal(&place, &sealed, error)) != 0 ||
	    (r = store_encode_key(&place, selector, pkey, sealed, &text, &len,
	    error)) != 0)
		return r;
	if ((r = ks_used_make(lock, selector, error)) == 0)
		r = place_write_temp(&place, KS_MODE_KEY, text, len, error);
	place_free_text(text, len);
	if (r != 0 || (r = place_link_temp(&place, error)) != 0)
		return r;
	/* If a power failure could lose the key, it was not stored. */
	if ((r = place_sync(&place, error)) != 0)
		(void)unlinkat(lock->dirfd, name, 0);
	return r;
}

/*
 * Find a key in the state on disk: KS_E_NOKEY if it is not there.  *removed is
 * set to the time at which its record was removed.
 */
static int
listed_key(struct ks_lock *lock, const char *selector, int64_t *removed,
    struct ks_error *error)
{
	const struct ks_key *found;
	struct ks_state state;
	int r;

	r = ks_state_read(lock->ks, lock->domain, &state, error);
	if (r == KS_E_NODOMAIN)
		return KS_E_NOKEY;
	if (r != 0)
		return r;
	if ((found = ks_state_find(&state, selector)) == NULL)
		r = KS_E_NOKEY;
	else
		*removed = found->removed;
	ks_state_finish(&state);
	return r;
}

static int
remove_key_file(struct ks_lock *lock, const struct place *place,
    const char *selector, struct ks_error *error)
{
	int r;

	/* The key last: if its file remains, the caller tries again later. */
	if ((r = ks_used_discard(lock, selector, error)) != 0)
		return r;
	if (unlinkat(lock->dirfd, place->name, 0) == -1 && errno != ENOENT)
		return place_fail_errno(place, error, "cannot remove");
	return place_sync(place, error);
}

/* Whether the last use says that the key has signed. */
static bool
has_signed(const struct ks_key *key, int64_t last)
{
	/* Without a file the key was never finished, or is being removed. */
	return last != KS_NEVER && last != KS_USE_UNKNOWN &&
	    last >= key->generated;
}

/*
 * Check that the file holds this unfinished key, and that the key has not
 * signed.  Returns 0, KS_E_NOKEY if there is no file, KS_E_EXISTS if the file
 * must not be removed, or another KS_E_*.
 */
static int
check_leftover(struct ks_lock *lock, const struct place *place,
    const struct ks_key *key, struct ks_error *error)
{
	int64_t last;
	int r;

	r = ks_key_check(lock->ks, lock->domain, key, error);
	if (r == KS_E_DAMAGED || r == KS_E_UNSAFE)
		return place_fail(place, error, KS_E_EXISTS,
		    "does not hold the unfinished key in the state file: "
		    "not removed");
	if (r != 0)
		return r;
	r = ks_used_read(lock->ks, lock->domain, key->selector, &last, error);
	if (r == 0 && has_signed(key, last))
		return place_fail(place, error, KS_E_EXISTS,
		    "unfinished in the state file, but has signed: not "
		    "removed");
	return r;
}

/* The same for a selector, which must be unfinished in the state on disk. */
static int
find_leftover(struct ks_lock *lock, const struct place *place,
    const char *selector, struct ks_error *error)
{
	struct ks_state state;
	size_t i;
	bool exists;
	int r;

	r = ks_key_exists(lock->ks, lock->domain, selector, &exists, error);
	if (r == 0 && !exists)
		r = KS_E_NOKEY;
	if (r != 0)
		return r;
	r = ks_state_read(lock->ks, lock->domain, &state, error);
	if (r != 0 && r != KS_E_NODOMAIN)
		return r;
	for (i = 0; i < state.nunfinished; i++)
		if (strcmp(state.unfinished[i].selector, selector) == 0)
			break;
	r = i < state.nunfinished ? check_leftover(lock, place,
	    &state.unfinished[i], error) : place_fail(place, error,
	    KS_E_EXISTS, "not unfinished in the state file: not removed");
	ks_state_finish(&state);
	return r;
}

/* A writer was killed before it wrote the key file. */
static int
discard_unused(struct ks_lock *lock, const char *selector,
    struct ks_error *error)
{
	int64_t last;
	int r;

	r = ks_used_read(lock->ks, lock->domain, selector, &last, error);
	return r == 0 && last == KS_NEVER ?
	    ks_used_discard(lock, selector, error) : r;
}

int
ks_key_discard(struct ks_lock *lock, const char *selector,
    struct ks_error *error)
{
	char name[KS_KEYFILE_SIZE];
	struct place place;
	int r;

	if ((r = key_place(lock, selector, name, &place, error)) != 0)
		return r;
	r = find_leftover(lock, &place, selector, error);
	if (r == KS_E_NOKEY)
		return discard_unused(lock, selector, error);
	if (r != 0)
		return r;
	return remove_key_file(lock, &place, selector, error);
}

int
ks_key_destroy(struct ks_lock *lock, const char *selector,
    struct ks_error *error)
{
	char name[KS_KEYFILE_SIZE];
	struct place place;
	int64_t removed;
	int r;

	if ((r = key_place(lock, selector, name, &place, error)) != 0)
		return r;
	r = listed_key(lock, selector, &removed, error);
	if (r == KS_E_NOKEY)
		return place_fail(&place, error, r,
		    "no such key in the state file: not removed");
	if (r != 0)
		return r;
	if (removed == KS_NEVER)
		return place_fail(&place, error, KS_E_EXISTS,
		    "its record has not been removed from DNS: not destroyed");
	if ((r = store_ask_destroy(lock, selector, error)) != 0)
		return r;
	return remove_key_file(lock, &place, selector, error);
}

int
ks_key_exists(struct keystore *ks, const char *domain, const char *selector,
    bool *exists, struct ks_error *error)
{
	struct place place = { .ks = ks, .domain = domain, .dirfd = -1 };
	char name[KS_KEYFILE_SIZE];
	struct stat st;
	int dirfd, r;

	*exists = false;
	if (!store_key_name(selector, name))
		return place_fail(&place, error, KS_E_ARG,
		    "key file requested for an invalid selector");
	if ((r = store_open_domain(ks, domain, &dirfd, error)) != 0)
		return r;
	place.name = name;
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		*exists = true;
	else if (errno != ENOENT)
		r = place_fail_errno(&place, error, "cannot examine");
	(void)close(dirfd);
	return r;
}
