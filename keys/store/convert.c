/* SPDX-License-Identifier: ISC */

/*
 * Sealing key files in place, and the file "seal" of the key directory: see
 * sealer.h.
 *
 * A key file is replaced by rename(2), and only after the new text was decoded
 * again as a reader would: whoever is killed leaves the old file or the new
 * one, and each is a key.
 */

#include "store/sealed.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#define KS_SEAL_FILE	"seal"

void
ks_set_sealer(struct keystore *ks, struct ks_sealer *sealer)
{
	ks->sealer = sealer;
}

int
ks_key_check(struct keystore *ks, const char *domain,
    const struct ks_key *key, struct ks_error *error)
{
	EVP_PKEY *pkey;
	int r;

	r = ks_key_load(ks, domain, key, &pkey, error);
	EVP_PKEY_free(pkey);
	return r == KS_E_SEALED ? 0 : r;
}

/* Read the file of a key.  name is the caller's, and place refers to it. */
static int
read_key_file(struct place *place, const char *selector,
    char name[KS_KEYFILE_SIZE], char **text, size_t *len,
    struct ks_error *error)
{
	if (!store_key_name(selector, name))
		return place_fail(place, error, KS_E_ARG,
		    "key file requested for an invalid selector");
	place->name = name;
	return store_read_file(place, KS_LOOSE_KEY, KS_MAX_PEM, text, len,
	    error);
}

int
ks_key_is_sealed(struct keystore *ks, const char *domain,
    const char *selector, bool *is_sealed, struct ks_error *error)
{
	struct place place = { .ks = ks, .domain = domain, .dirfd = -1 };
	char name[KS_KEYFILE_SIZE], *text;
	size_t len;
	int r;

	*is_sealed = false;
	r = read_key_file(&place, selector, name, &text, &len, error);
	if (r != 0)
		return r;
	*is_sealed = sealed_is(text, len);
	place_free_text(text, len);
	return 0;
}

/* Decode the new text of a key file as a reader would. */
static int
try_text(const struct place *place, const struct ks_key *key,
    const char *text, size_t len, struct ks_error *error)
{
	const char *fault;
	EVP_PKEY *pkey;
	int r;

	r = store_decode_key(place, key, text, len, &pkey, error);
	/* It is not in the store, so there is nothing to restore. */
	if (r == KS_E_DAMAGED)
		return place_fail(place, error, KS_E_CRYPTO, "not replaced: "
		    "the crypto library cannot read the new file");
	if (r == 0 && (fault = store_key_fault(pkey, key)) != NULL)
		r = place_fail(place, error, KS_E_CRYPTO, "not replaced: "
		    "the new file would be wrong: %s", fault);
	EVP_PKEY_free(pkey);
	return r;
}

int
ks_key_convert(struct ks_lock *lock, const struct ks_key *key, bool sealed,
    bool *is_changed, struct ks_error *error)
{
	struct place place = {
		.ks = lock->ks, .domain = lock->domain, .dirfd = lock->dirfd
	};
	char name[KS_KEYFILE_SIZE], *text;
	bool is_sealed;
	EVP_PKEY *pkey;
	size_t len;
	int r;

	*is_changed = false;
	if ((r = ks_key_is_sealed(lock->ks, lock->domain, key->selector,
	    &is_sealed, error)) != 0 || (r = ks_key_load(lock->ks,
	    lock->domain, key, &pkey, error)) != 0)
		return r;
	if (is_sealed == sealed) {
		EVP_PKEY_free(pkey);
		return 0;
	}
	(void)store_key_name(key->selector, name);
	place.name = name;
	r = store_encode_key(&place, key->selector, pkey, sealed, &text, &len,
	    error);
	EVP_PKEY_free(pkey);
	if (r != 0)
		return r;
	if ((r = try_text(&place, key, text, len, error)) == 0)
		r = place_replace(&place, KS_MODE_KEY, text, len, error);
	place_free_text(text, len);
	*is_changed = r == 0;
	return r;
}

int
ks_lock_clean(struct ks_lock *lock, struct ks_error *error)
{
	struct place place = {
		.ks = lock->ks, .domain = lock->domain, .dirfd = lock->dirfd,
		.name = KS_TEMP_FILE
	};

	if (unlinkat(lock->dirfd, KS_TEMP_FILE, 0) == 0)
		return place_sync(&place, error);
	return errno == ENOENT ? 0 : place_fail_errno(&place, error,
	    "cannot remove");
}

/* -- The file "seal" ----------------------------------------------------- */

int
ks_seal_read(struct keystore *ks, char **text, size_t *len,
    struct ks_error *error)
{
	struct place place = { .ks = ks, .name = KS_SEAL_FILE, .dirfd = -1 };
	int r;

	*text = NULL;
	if (ks->fd == -1)
		return KS_E_NOKEY;
	if ((r = store_open_base(ks, &place.dirfd, error)) != 0)
		return r;
	r = place_read(&place, KS_LOOSE_FILE, KS_MAX_SEAL, text, len, error);
	(void)close(place.dirfd);
	return r;
}

int
ks_seal_write(struct keystore *ks, const char *text, size_t len,
    struct ks_error *error)
{
	struct place place = { .ks = ks, .name = KS_SEAL_FILE };
	int fd, r;

	place.dirfd = ks->fd;
	r = store_wait_keydir(ks, STORE_BRIEFLY_S, &fd, error);
	if (r != 0)
		return r;
	r = place_replace(&place, KS_MODE_FILE, text, len, error);
	(void)close(fd);
	return r;
}

int
ks_seal_remove(struct keystore *ks, struct ks_error *error)
{
	struct place place = { .ks = ks, .name = KS_SEAL_FILE };
	int fd, r;

	place.dirfd = ks->fd;
	r = store_wait_keydir(ks, STORE_BRIEFLY_S, &fd, error);
	if (r != 0)
		return r;
	if (unlinkat(ks->fd, KS_SEAL_FILE, 0) == -1 && errno != ENOENT)
		r = place_fail_errno(&place, error, "cannot remove");
	else
		r = place_sync(&place, error);
	(void)close(fd);
	return r;
}
