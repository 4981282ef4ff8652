/* SPDX-License-Identifier: ISC */

/*
 * When a key last signed: see last_use.h.
 *
 * The file is created under its final name, because it has no content that
 * could be half written: the first signer creates it, the others find it.
 * Owner and mode of an existing file are never changed.
 */

#include "store/last_use.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "store/private.h"

#define SUFFIX		".used"
#define NAME_SIZE	(KS_SELECTOR_SIZE + sizeof(SUFFIX))

/* Enough to read and set times.  O_NONBLOCK: a FIFO must not block us. */
#define OPEN_FLAGS	(O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)

/* Set the name of place to "selector.used". */
static int
used_name(struct place *place, const char *selector, char name[NAME_SIZE],
    struct ks_error *error)
{
	char keyname[KS_KEYFILE_SIZE];

	if (!store_key_name(selector, keyname) ||
	    strlcpy(name, selector, NAME_SIZE) >= NAME_SIZE ||
	    strlcat(name, SUFFIX, NAME_SIZE) >= NAME_SIZE)
		return place_fail(place, error, KS_E_ARG,
		    "last use requested for an invalid selector");
	place->name = name;
	return 0;
}

/* Open the file; if it does not exist, return 0 with *fd == -1. */
static int
open_existing(const struct place *place, int *fd, struct ks_error *error)
{
	int r;

	*fd = openat(place->dirfd, place->name, OPEN_FLAGS);
	if (*fd == -1 && errno == ENOENT)
		return 0;
	if (*fd == -1 && errno == ELOOP)
		return place_fail(place, error, KS_E_UNSAFE,
		    "is a symbolic link: remove it");
	if (*fd == -1)
		return place_fail_errno(place, error, "cannot open");
	if ((r = place_check(place, *fd, KS_LOOSE_FILE, error)) != 0) {
		(void)close(*fd);
		*fd = -1;
	}
	return r;
}

/* Open the file, and create it if it does not exist. */
static int
open_or_make(const struct place *place, int *fd, struct ks_error *error)
{
	int r;

	if ((r = open_existing(place, fd, error)) != 0 || *fd != -1)
		return r;
	*fd = openat(place->dirfd, place->name,
	    OPEN_FLAGS | O_CREAT | O_EXCL, 0600);
	/* Another signer has just created it. */
	if (*fd == -1 && errno == EEXIST &&
	    ((r = open_existing(place, fd, error)) != 0 || *fd != -1))
		return r;
	if (*fd == -1)
		return place_fail_errno(place, error, "cannot create");
	if (store_set_owner(place->ks, *fd, KS_MODE_FILE) == -1) {
		r = place_fail_errno(place, error,
		    "cannot set owner and mode");
		(void)close(*fd);
		*fd = -1;
	}
	return r;
}

/*
 * Keep a later time, which another signer has set, unless it is so late that
 * the clock must have been set back.
 */
static int
set_time(const struct place *place, int fd, int64_t now,
    struct ks_error *error)
{
	struct timespec times[2];
	struct stat st;

	if (fstat(fd, &st) == -1)
		return place_fail_errno(place, error, "cannot examine");
	if (st.st_mtim.tv_sec >= now &&
	    st.st_mtim.tv_sec - now <= KS_USED_GRAIN)
		return 0;
	memset(times, 0, sizeof(times));
	times[0].tv_nsec = UTIME_OMIT;
	times[1].tv_sec = (time_t)now;
	if (futimens(fd, times) == -1)
		return place_fail_errno(place, error,
		    "cannot set the time of last use");
	return 0;
}

/* Only a state directory gets its folders from signers. */
static int
open_or_make_folder(struct place *place, bool make, struct ks_error *error)
{
	int r;

	r = store_open_domain(place->ks, place->domain, &place->dirfd, error);
	if (r != KS_E_NODOMAIN || !make)
		return r;
	if (mkdirat(place->ks->fd, place->domain, 0700) == -1 &&
	    errno != EEXIST)
		return place_fail_errno(place, error, "cannot create");
	return store_open_domain(place->ks, place->domain, &place->dirfd,
	    error);
}

int
ks_used_record(struct keystore *ks, const char *domain, const char *selector,
    int64_t now, struct ks_error *error)
{
	struct place place = { .domain = domain, .dirfd = -1 };
	char name[NAME_SIZE];
	int fd, r;

	place.ks = ks->is_mounted ? ks->uses : ks;
	if (place.ks == NULL)
		return KS_E_NODOMAIN;
	r = open_or_make_folder(&place, ks->is_mounted, error);
	if (r != 0)
		return r;
	fd = -1;
	if ((r = used_name(&place, selector, name, error)) != 0 ||
	    (r = open_or_make(&place, &fd, error)) != 0)
		goto out;
	r = set_time(&place, fd, now, error);
	(void)close(fd);
out:
	(void)close(place.dirfd);
	return r;
}

int
ks_used_read(struct keystore *ks, const char *domain, const char *selector,
    int64_t *last, struct ks_error *error)
{
	struct place place = { .domain = domain, .dirfd = -1 };
	char name[NAME_SIZE];
	struct stat st;
	int fd, r;

	*last = KS_NEVER;
	place.ks = ks->is_mounted ? ks->uses : ks;
	if (place.ks == NULL)
		return 0;
	r = store_open_domain(place.ks, domain, &place.dirfd, error);
	if (r == KS_E_NODOMAIN && ks->is_mounted)
		return 0;
	if (r != 0)
		return r;
	if ((r = used_name(&place, selector, name, error)) != 0 ||
	    (r = open_existing(&place, &fd, error)) != 0 || fd == -1)
		goto out;
	if (fstat(fd, &st) == -1)
		r = place_fail_errno(&place, error, "cannot examine");
	else
		*last = st.st_mtim.tv_sec;
	(void)close(fd);
out:
	(void)close(place.dirfd);
	return r;
}

int
ks_used_discard(struct ks_lock *lock, const char *selector,
    struct ks_error *error)
{
	struct place place = {
		.ks = lock->ks, .domain = lock->domain, .dirfd = lock->dirfd
	};
	char name[NAME_SIZE];
	int r;

	if ((r = used_name(&place, selector, name, error)) != 0)
		return r;
	if (unlinkat(lock->dirfd, name, 0) == -1 && errno != ENOENT)
		return place_fail_errno(&place, error, "cannot remove");
	return 0;
}
