/* SPDX-License-Identifier: ISC */

/*
 * Files that a fleet keeps in the key store: see fleet_file.h.
 *
 * The store knows where they are, and that they are whole, owned and closed to
 * others as all its files; it reads only the private keys, which have the form
 * of key files (sealer.h): the folder counts as their domain, and their name as
 * the selector.  No domain and no selector have such names.
 */

#include "store/fleet_file.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/clock.h"
#include "store/sealed.h"

#define ROWS_FILE	"fleet"
#define CLAIM_FILE	"lock"
#define CLAIM_MS	2000	/* another process has it for a moment */
#define POLL_MS		20	/* between two attempts to lock */

int
ks_fleet_read_rows(struct keystore *ks, const char *domain, char **text,
    size_t *len, struct ks_error *error)
{
	struct place place = {
		.ks = ks, .domain = domain, .name = ROWS_FILE, .dirfd = -1
	};

	*text = NULL;
	*len = 0;
	return store_read_file(&place, KS_LOOSE_FILE, KS_MAX_FLEET_ROWS, text,
	    len, error);
}

int
ks_fleet_write_rows(struct ks_lock *lock, const char *text, size_t len,
    struct ks_error *error)
{
	struct place place = {
		.ks = lock->ks, .domain = lock->domain, .name = ROWS_FILE,
		.dirfd = lock->dirfd
	};

	return place_replace(&place, KS_MODE_FILE, text, len, error);
}

void
ks_fleet_free(char *text, size_t len)
{
	place_free_text(text, len);
}

static int
open_folder(struct keystore *ks, bool create, int *fd,
    struct ks_error *error)
{
	struct place place = {
		.ks = ks, .name = KS_FLEET_FOLDER, .dirfd = ks->fd
	};
	bool is_new = false;
	int r = 0;

	if (create) {
		is_new = mkdirat(ks->fd, KS_FLEET_FOLDER, 0700) == 0;
		if (!is_new && errno != EEXIST)
			return place_fail_errno(&place, error,
			    "cannot create directory");
	}
	*fd = openat(ks->fd, KS_FLEET_FOLDER,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*fd == -1 && errno == ENOENT)
		return place_fail(&place, error, KS_E_NOKEY,
		    "this host is in no fleet");
	if (*fd == -1)
		return place_fail_errno(&place, error, "cannot open");
	/* A killed writer may have made it, and not set its owner. */
	if (create && (store_set_owner(ks, *fd, 0700) == -1 ||
	    (is_new && fsync(ks->fd) == -1)))
		r = place_fail_errno(&place, error,
		    "cannot create directory");
	if (r == 0)
		r = place_check(&place, *fd, KS_LOOSE_DIR, error);
	if (r != 0)
		(void)close(*fd);
	return r;
}

int
ks_fleet_open(struct keystore *ks, int *fd, struct ks_error *error)
{
	int r;

	*fd = -1;
	if ((r = store_check_writer(ks, error)) != 0)
		return r;
	return open_folder(ks, true, fd, error);
}

int
ks_fleet_claim(struct keystore *ks, int *fd, struct ks_error *error)
{
	const int64_t end_ms = monotonic_ms() + CLAIM_MS;
	struct place place = {
		.ks = ks, .domain = KS_FLEET_FOLDER, .name = CLAIM_FILE,
		.dirfd = -1
	};
	int r;

	if ((r = ks_fleet_open(ks, &place.dirfd, error)) != 0)
		return r;
	*fd = openat(place.dirfd, CLAIM_FILE, O_RDWR | O_CREAT | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	(void)close(place.dirfd);
	if (*fd == -1)
		return place_fail_errno(&place, error, "cannot open");
	while (flock(*fd, LOCK_EX | LOCK_NB) == -1) {
		if (errno != EWOULDBLOCK)
			r = place_fail_errno(&place, error, "cannot lock");
		else if (monotonic_ms() >= end_ms)
			r = place_fail(&place, error, KS_E_LOCKED,
			    "another countersign-fleet runs for this key "
			    "directory");
		if (r != 0) {
			(void)close(*fd);
			return r;
		}
		sleep_ms(POLL_MS);
	}
	return 0;
}

/* Whether it is a plain name in the folder. */
static bool
is_name(const char *name)
{
	return *name != '\0' && *name != '.' && strchr(name, '/') == NULL &&
	    strlen(name) < 64;
}

int
ks_fleet_read(struct keystore *ks, const char *name, char **text,
    size_t *len, struct ks_error *error)
{
	struct place place = {
		.ks = ks, .domain = KS_FLEET_FOLDER, .name = name
	};
	int r;

	*text = NULL;
	*len = 0;
	if (!is_name(name))
		return place_fail(&place, error, KS_E_ARG, "not a file name");
	if ((r = open_folder(ks, false, &place.dirfd, error)) != 0)
		return r;
	r = place_read(&place, KS_LOOSE_FILE, KS_MAX_FLEET_FILE, text, len,
	    error);
	(void)close(place.dirfd);
	return r;
}

int
ks_fleet_hold(struct keystore *ks, const char *name, int *fd,
    struct ks_error *error)
{
	struct place place = {
		.ks = ks, .domain = KS_FLEET_FOLDER, .name = name
	};
	int r = 0;

	*fd = -1;
	if ((r = open_folder(ks, false, &place.dirfd, error)) != 0)
		return r;
	*fd = openat(place.dirfd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (*fd == -1 && errno != ENOENT)
		r = place_fail_errno(&place, error, "cannot open");
	(void)close(place.dirfd);
	return r;
}

bool
ks_fleet_is_held(struct keystore *ks, const char *name, int fd)
{
	struct stat held, there;
	bool is_held;
	int dirfd;

	if (fd == -1 || fstat(fd, &held) == -1 ||
	    open_folder(ks, false, &dirfd, NULL) != 0)
		return false;
	/* Nothing else can have its number while it is open. */
	is_held = fstatat(dirfd, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	    held.st_dev == there.st_dev && held.st_ino == there.st_ino;
	(void)close(dirfd);
	return is_held;
}

/*
 * Open the folder to write in it.  It has one temporary name, and both
 * countersign-fleet and "seal" write there, so one waits for the other; what
 * they hold the lock for takes no longer than the disk.
 */
static int
lock_folder(struct place *place, struct ks_error *error)
{
	const int64_t end_ms = monotonic_ms() + KS_FLEET_WAIT_S * 1000;
	int r;

	if ((r = store_check_writer(place->ks, error)) != 0 ||
	    (r = open_folder(place->ks, true, &place->dirfd, error)) != 0)
		return r;
	while (flock(place->dirfd, LOCK_EX | LOCK_NB) == -1) {
		if (errno != EWOULDBLOCK)
			r = place_fail_errno(place, error, "cannot lock");
		else if (monotonic_ms() >= end_ms)
			r = place_fail(place, error, KS_E_LOCKED,
			    "locked by another process: try again");
		if (r != 0) {
			(void)close(place->dirfd);
			return r;
		}
		sleep_ms(POLL_MS);
	}
	return 0;
}

/* Write a new file, and never replace one. */
static int
write_new(const struct place *place, const char *text, size_t len,
    struct ks_error *error)
{
	int r;

	if ((r = place_write_temp(place, KS_MODE_KEY, text, len, error)) != 0 ||
	    (r = place_link_temp(place, error)) != 0)
		return r;
	return place_sync(place, error);
}

int
ks_fleet_write(struct keystore *ks, const char *name, bool is_secret,
    const char *text, size_t len, struct ks_error *error)
{
	struct place place = {
		.ks = ks, .domain = KS_FLEET_FOLDER, .name = name
	};
	int r;

	if (!is_name(name))
		return place_fail(&place, error, KS_E_ARG, "not a file name");
	if ((r = lock_folder(&place, error)) != 0)
		return r;
	r = is_secret ? write_new(&place, text, len, error) :
	    place_replace(&place, KS_MODE_FILE, text, len, error);
	(void)close(place.dirfd);
	return r;
}

/* -- Private keys --------------------------------------------------------- */

/* Read the text of a key file; the caller frees it by place_free_text(). */
static int
read_key(struct keystore *ks, const char *name, char **text, size_t *len,
    struct ks_error *error)
{
	struct place place = {
		.ks = ks, .domain = KS_FLEET_FOLDER, .name = name
	};
	int r;

	*text = NULL;
	*len = 0;
	if (!is_name(name))
		return place_fail(&place, error, KS_E_ARG, "not a file name");
	if ((r = open_folder(ks, false, &place.dirfd, error)) != 0)
		return r;
	r = place_read(&place, KS_LOOSE_KEY, KS_MAX_PEM, text, len, error);
	(void)close(place.dirfd);
	return r;
}

static int
decode(const struct place *place, const char *text, size_t len,
    EVP_PKEY **pkey, struct ks_error *error)
{
	struct ks_key key;

	ks_key_init(&key);
	(void)strlcpy(key.selector, place->name, sizeof(key.selector));
	return store_decode_key(place, &key, text, len, pkey, error);
}

int
ks_fleet_key_load(struct keystore *ks, const char *name, EVP_PKEY **pkey,
    struct ks_error *error)
{
	struct place place = {
		.ks = ks, .domain = KS_FLEET_FOLDER, .name = name, .dirfd = -1
	};
	char *text;
	size_t len;
	int r;

	*pkey = NULL;
	if ((r = read_key(ks, name, &text, &len, error)) != 0)
		return r;
	r = decode(&place, text, len, pkey, error);
	place_free_text(text, len);
	return r;
}

int
ks_fleet_key_is_sealed(struct keystore *ks, const char *name,
    bool *is_sealed, struct ks_error *error)
{
	char *text;
	size_t len;
	int r;

	*is_sealed = false;
	if ((r = read_key(ks, name, &text, &len, error)) != 0)
		return r;
	*is_sealed = sealed_is(text, len);
	place_free_text(text, len);
	return 0;
}

/* Whether a text opens as that key. */
static int
try_text(const struct place *place, EVP_PKEY *pkey, const char *text,
    size_t len, struct ks_error *error)
{
	EVP_PKEY *opened;
	int r;

	r = decode(place, text, len, &opened, error);
	if (r == 0 && EVP_PKEY_eq(opened, pkey) != 1)
		r = place_fail(place, error, KS_E_CRYPTO, "not replaced: the "
		    "new file would have another key");
	EVP_PKEY_free(opened);
	return r;
}

int
ks_fleet_key_store(struct keystore *ks, const char *name, EVP_PKEY *pkey,
    struct ks_error *error)
{
	struct place place = {
		.ks = ks, .domain = KS_FLEET_FOLDER, .name = name, .dirfd = -1
	};
	bool sealed = false;
	char *text;
	size_t len;
	int r = 0;

	if (!is_name(name))
		return place_fail(&place, error, KS_E_ARG, "not a file name");
	if (ks->sealer != NULL)
		r = ks->sealer->is_on(ks->sealer, &sealed, error);
	if (r != 0 || (r = store_encode_key(&place, name, pkey, sealed, &text,
	    &len, error)) != 0)
		return r;
	if ((r = lock_folder(&place, error)) == 0) {
		r = write_new(&place, text, len, error);
		(void)close(place.dirfd);
	}
	place_free_text(text, len);
	return r;
}

int
ks_fleet_key_convert(struct keystore *ks, const char *name, bool sealed,
    bool *is_changed, struct ks_error *error)
{
	struct place place = {
		.ks = ks, .domain = KS_FLEET_FOLDER, .name = name, .dirfd = -1
	};
	bool is_sealed;
	EVP_PKEY *pkey;
	char *text;
	size_t len = 0;
	int r;

	*is_changed = false;
	if ((r = ks_fleet_key_is_sealed(ks, name, &is_sealed, error)) != 0 ||
	    (r = ks_fleet_key_load(ks, name, &pkey, error)) != 0)
		return r;
	if (is_sealed == sealed) {
		EVP_PKEY_free(pkey);
		return 0;
	}
	r = store_encode_key(&place, name, pkey, sealed, &text, &len, error);
	if (r == 0 && (r = try_text(&place, pkey, text, len, error)) == 0 &&
	    (r = lock_folder(&place, error)) == 0) {
		r = place_replace(&place, KS_MODE_KEY, text, len, error);
		(void)close(place.dirfd);
	}
	place_free_text(text, len);
	EVP_PKEY_free(pkey);
	*is_changed = r == 0;
	return r;
}
