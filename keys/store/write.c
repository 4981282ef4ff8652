/* SPDX-License-Identifier: ISC */

/*
 * New files: created under a temporary name, given owner and mode, written and
 * synced, and only then given their name.  The owner of an existing file is
 * never changed, so nobody can plant a file and have it given to another user.
 *
 * A folder has only one temporary name, because it has only one writer at a
 * time; the next writer removes what a killed one has left.
 */

#include "store/private.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static int
write_all(int fd, const char *text, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(fd, text, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

/* The owner of the store may not be in its group, but gives nobody more. */
static bool
may_give_to(gid_t group)
{
	return geteuid() == 0 || group_member(group);
}

int
store_set_owner(struct keystore *ks, int fd, unsigned int mode)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return -1;
	if ((st.st_uid != ks->owner || (st.st_gid != ks->group &&
	    may_give_to(ks->group))) &&
	    fchown(fd, ks->owner, ks->group) == -1)
		return -1;
	/* The umask or a default ACL may have changed the mode. */
	return fchmod(fd, (mode_t)mode);
}

int
store_sync(const struct keystore *ks, int fd)
{
	return ks->is_stage ? 0 : fsync(fd);
}

int
place_write_temp(const struct place *place, unsigned int mode,
    const void *text, size_t len, struct ks_error *error)
{
	int fd, r;

	if (unlinkat(place->dirfd, KS_TEMP_FILE, 0) == -1 && errno != ENOENT)
		return place_fail_errno(place, error,
		    "cannot remove " KS_TEMP_FILE " beside it");
	fd = openat(place->dirfd, KS_TEMP_FILE,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);
	if (fd == -1)
		return place_fail_errno(place, error, "cannot write");
	r = 0;
	if (store_set_owner(place->ks, fd, mode) == -1)
		r = place_fail_errno(place, error,
		    "cannot set owner and mode");
	else if (write_all(fd, text, len) == -1 ||
	    store_sync(place->ks, fd) == -1)
		r = place_fail_errno(place, error, "cannot write");
	if (close(fd) == -1 && r == 0)
		r = place_fail_errno(place, error, "cannot write");
	if (r != 0)
		(void)unlinkat(place->dirfd, KS_TEMP_FILE, 0);
	return r;
}

int
place_link_temp(const struct place *place, struct ks_error *error)
{
	int r;

	r = 0;
	if (linkat(place->dirfd, KS_TEMP_FILE, place->dirfd, place->name,
	    0) == -1) {
		if (errno == EEXIST)
			r = place_fail(place, error, KS_E_EXISTS,
			    "already exists and is never overwritten");
		else
			r = place_fail_errno(place, error, "cannot link");
	}
	/* If this fails, the next writer removes it. */
	(void)unlinkat(place->dirfd, KS_TEMP_FILE, 0);
	return r;
}

int
place_open_or_make(const struct place *place, int flags,
    int (*make)(const struct place *, struct ks_error *), int *fd,
    struct ks_error *error)
{
	int r;

	flags |= O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	*fd = openat(place->dirfd, place->name, flags);
	if (*fd == -1 && errno == ENOENT) {
		if ((r = make(place, error)) != 0)
			return r;
		*fd = openat(place->dirfd, place->name, flags);
	}
	if (*fd == -1 && (errno == ELOOP || errno == EISDIR))
		return place_fail(place, error, KS_E_UNSAFE,
		    "not a regular file: remove it");
	if (*fd == -1)
		return place_fail_errno(place, error, "cannot open");
	if ((r = place_check(place, *fd, KS_LOOSE_FILE, error)) != 0) {
		(void)close(*fd);
		*fd = -1;
	}
	return r;
}

int
place_replace(const struct place *place, unsigned int mode, const void *text,
    size_t len, struct ks_error *error)
{
	int r;

	if ((r = place_write_temp(place, mode, text, len, error)) != 0)
		return r;
	if (renameat(place->dirfd, KS_TEMP_FILE, place->dirfd,
	    place->name) == -1) {
		r = place_fail_errno(place, error, "cannot replace");
		(void)unlinkat(place->dirfd, KS_TEMP_FILE, 0);
		return r;
	}
	if (store_sync(place->ks, place->dirfd) == -1)
		return place_fail_errno(place, error,
		    "replaced, but the directory cannot be synced");
	return 0;
}

int
place_sync(const struct place *place, struct ks_error *error)
{
	if (store_sync(place->ks, place->dirfd) == -1)
		return place_fail_errno(place, error,
		    "written, but the directory cannot be synced");
	return 0;
}
