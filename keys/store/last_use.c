/* SPDX-License-Identifier: ISC */

/*
 * When a key last signed: see last_use.h.
 *
 * Signers only open a file that exists, and set its time: use_files.c makes and
 * removes it.
 */

#include "store/last_use.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "store/private.h"

/* Enough to read and set times.  O_NONBLOCK: a FIFO must not block us. */
#define OPEN_FLAGS	(O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)

int
store_used_name(struct place *place, const char *selector,
    char name[STORE_USED_SIZE], struct ks_error *error)
{
	char keyname[KS_KEYFILE_SIZE];

	if (!store_key_name(selector, keyname) ||
	    strlcpy(name, selector, STORE_USED_SIZE) >= STORE_USED_SIZE ||
	    strlcat(name, STORE_USED_SUFFIX, STORE_USED_SIZE) >=
	    STORE_USED_SIZE)
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

/* What makes the file: see use_files.c. */
static int
fail_missing(const struct place *place, bool is_mounted,
    struct ks_error *error)
{
	if (is_mounted)
		return place_fail(place, error, KS_E_NOKEY, "does not exist: "
		    "restart countersign-milter, which creates it");
	return place_fail(place, error, KS_E_NOKEY, "does not exist: run '%s "
	    "rotate', which creates it", ks_command(place->ks));
}

int
ks_used_record(struct keystore *ks, const char *domain, const char *selector,
    int64_t now, struct ks_error *error)
{
	struct place place = { .domain = domain, .dirfd = -1 };
	char name[STORE_USED_SIZE];
	int fd, r;

	place.ks = ks->is_mounted ? ks->uses : ks;
	if (place.ks == NULL)
		return KS_E_NODOMAIN;
	r = store_open_domain(place.ks, domain, &place.dirfd, error);
	if (r == KS_E_NODOMAIN && ks->is_mounted)
		return fail_missing(&place, true, error);
	if (r != 0)
		return r;
	if ((r = store_used_name(&place, selector, name, error)) != 0 ||
	    (r = open_existing(&place, &fd, error)) != 0)
		goto out;
	if (fd == -1) {
		r = fail_missing(&place, ks->is_mounted, error);
		goto out;
	}
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
	char name[STORE_USED_SIZE];
	struct stat st;
	int fd, r;

	*last = KS_USE_UNKNOWN;
	place.ks = ks->is_mounted ? ks->uses : ks;
	if (place.ks == NULL)
		return 0;
	r = store_open_domain(place.ks, domain, &place.dirfd, error);
	if (r == KS_E_NODOMAIN && ks->is_mounted)
		return 0;
	if (r != 0)
		return r;
	if ((r = store_used_name(&place, selector, name, error)) != 0 ||
	    (r = open_existing(&place, &fd, error)) != 0 || fd == -1)
		goto out;
	if (fstat(fd, &st) == -1)
		r = place_fail_errno(&place, error, "cannot examine");
	else
		*last = st.st_mtim.tv_sec == KS_UNUSED_TIME ? KS_NEVER :
		    st.st_mtim.tv_sec;
	(void)close(fd);
out:
	(void)close(place.dirfd);
	return r;
}
