/* SPDX-License-Identifier: ISC */

/*
 * Whether a store is sealed, and changing that: see seal.h.
 *
 * Only the file "seal" is changed here, by replacing it.  Sealing a store
 * begins with it and unsealing ends with it, so at each moment there is what
 * opens each key file.  The file is only replaced after the KEK of this process
 * has opened the old one.
 */

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "seal/envelope.h"
#include "seal/private.h"

int
seal_kind(struct seal *seal, enum seal_kind *kind, struct ks_error *error)
{
	bool exists;
	int r;

	*kind = SEAL_NONE;
	(void)pthread_mutex_lock(&seal->mutex);
	if ((r = seal_refresh(seal, &exists, error)) == 0 && exists)
		*kind = seal->sealfile.is_on ? SEAL_ON : SEAL_OFF;
	(void)pthread_mutex_unlock(&seal->mutex);
	return r;
}

int
seal_check(struct seal *seal, struct ks_error *error)
{
	bool exists;
	int r;

	(void)pthread_mutex_lock(&seal->mutex);
	if ((r = seal_refresh(seal, &exists, error)) == 0 && exists)
		r = seal_need_key(seal, error);
	(void)pthread_mutex_unlock(&seal->mutex);
	return r;
}

/*
 * Write the file as it is to be.  If that fails, what is in memory may differ
 * from what is on the disk, and is read again when it is needed.
 */
static int
write_file(struct seal *seal, const struct sealfile *file,
    struct ks_error *error)
{
	char *text;
	size_t len;
	bool exists;
	int r;

	if ((r = sealfile_print(file, &text, &len)) != 0) {
		seal_forget(seal);
		return seal_fail(error, r, "out of memory");
	}
	if ((r = ks_seal_write(seal->ks, text, len, error)) == 0)
		r = seal_refresh(seal, &exists, error);
	if (r != 0)
		seal_forget(seal);
	free(text);
	return r;
}

/* Whether exactly those KEKs open the file. */
static bool
has_keks(const struct sealfile *file, const struct kek *const keks[],
    size_t nkeks)
{
	unsigned char ids[SEAL_MAX_KEKS][KEK_ID_SIZE];
	size_t i, j, n;

	n = envelope_keks(file->wrapped, file->wrappedlen, ids,
	    SEAL_MAX_KEKS);
	for (i = 0; i < nkeks; i++) {
		for (j = 0; j < n && memcmp(ids[j], keks[i]->id,
		    KEK_ID_SIZE) != 0; j++)
			;
		if (j == n)
			return false;
	}
	return n == nkeks;
}

/* The caller holds the mutex. */
static int
start(struct seal *seal, bool *is_changed, struct ks_error *error)
{
	const size_t nkeks = seal->new == NULL ? 1 : 2;
	const struct kek *keks[2];
	struct sealfile file;
	bool exists;
	int r;

	*is_changed = false;
	if ((r = seal_refresh(seal, &exists, error)) != 0)
		return r;
	if (!exists && !seal_is_given_kek(seal))
		return seal_fail(error, KS_E_NOKEY, "cannot seal, because "
		    "this process has no KEK: see SEALED KEYS in "
		    "countersign-key(8), then name its file with kek_file, or "
		    "give the credential " KEK_CREDENTIAL);
	if ((r = seal_need_kek(seal, error)) != 0)
		return r;
	keks[0] = seal->kek;
	keks[1] = seal->new;
	*is_changed = true;
	if (!exists) {
		EVP_PKEY_free(seal->pkey);
		r = sealfile_make(&file, &seal->pkey, keks, nkeks);
		if (r != 0)
			return seal_fail(error, r,
			    "the crypto library cannot make a key");
		r = write_file(seal, &file, error);
		sealfile_finish(&file);
		return r;
	}
	if ((r = seal_need_key(seal, error)) != 0)
		return r;
	if (seal->sealfile.is_on && has_keks(&seal->sealfile, keks, nkeks)) {
		*is_changed = false;
		return 0;
	}
	seal->sealfile.is_on = true;
	r = sealfile_wrap(&seal->sealfile, seal->pkey, keks, nkeks);
	if (r != 0) {
		seal_forget(seal);
		return seal_fail(error, r,
		    "the crypto library cannot seal a key");
	}
	return write_file(seal, &seal->sealfile, error);
}

/* Read the KEK that is to come, if it is not a credential. */
static int
read_new(struct seal *seal, const char *newfile, struct ks_error *error)
{
	uid_t owner = 0;
	gid_t group;

	if (newfile == NULL)
		return seal->new_error.text[0] == '\0' ? 0 :
		    seal_fail(error, KS_E_UNSAFE, seal->new_error.text);
	(void)ks_owner(seal->ks, &owner, &group);
	kek_free(seal->new);
	return kek_read_file(&seal->new, newfile, owner, error);
}

int
seal_start(struct seal *seal, const char *newfile, bool *is_changed,
    char text[SEAL_KEKS_SIZE], struct ks_error *error)
{
	int r;

	text[0] = '\0';
	(void)pthread_mutex_lock(&seal->mutex);
	if ((r = read_new(seal, newfile, error)) == 0)
		r = start(seal, is_changed, error);
	if (r == 0)
		seal_print_keks(&seal->sealfile, text);
	(void)pthread_mutex_unlock(&seal->mutex);
	return r;
}

int
seal_stop(struct seal *seal, struct ks_error *error)
{
	bool exists;
	int r;

	(void)pthread_mutex_lock(&seal->mutex);
	if ((r = seal_refresh(seal, &exists, error)) == 0 && exists &&
	    (r = seal_need_key(seal, error)) == 0 && seal->sealfile.is_on) {
		seal->sealfile.is_on = false;
		r = write_file(seal, &seal->sealfile, error);
	}
	(void)pthread_mutex_unlock(&seal->mutex);
	return r;
}

int
seal_end(struct seal *seal, struct ks_error *error)
{
	return ks_seal_remove(seal->ks, error);
}
