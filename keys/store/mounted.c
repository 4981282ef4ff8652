/* SPDX-License-Identifier: ISC */

/*
 * Mounted key directories: see mounted.h.
 *
 * A volume is replaced while we read it: "..data" is renamed over the old one,
 * then the old directory is deleted.  Whoever has opened a directory keeps that
 * version, so what is read from it belongs together; if its files are gone, the
 * reader begins again with the new one (store_was_replaced()).
 */

#include "store/mounted.h"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <linux/openat2.h>

#include "store/private.h"

#define DATA_LINK	"..data"

/*
 * The kernel gives up if something is renamed meanwhile, and the directory may
 * be deleted after the link was read.
 */
#define MAX_TRIES	100

/*
 * Open the directory that the link leads to, from the open directory that it
 * is in.  Returns -1 with errno set; ENOENT: there is no link; ENOLINK: what it
 * leads to does not exist; EXDEV: it leads elsewhere.
 */
static int
open_data(int dirfd)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV |
		    RESOLVE_NO_MAGICLINKS
	};
	struct stat st;
	int fd, i;

	for (i = 0; i < MAX_TRIES; i++) {
		fd = (int)syscall(SYS_openat2, dirfd, DATA_LINK, &how,
		    sizeof(how));
		if (fd != -1 || (errno != EAGAIN && errno != ENOENT))
			return fd;
		if (errno == ENOENT && fstatat(dirfd, DATA_LINK, &st,
		    AT_SYMLINK_NOFOLLOW) == -1)
			return -1;
	}
	errno = ENOLINK;
	return -1;
}

int
store_check_mounted_dir(const struct place *place, int fd,
    struct ks_error *error)
{
	struct statvfs vfs;
	struct stat st;

	if (fstat(fd, &st) == -1 || fstatvfs(fd, &vfs) == -1)
		return place_fail_errno(place, error, "cannot examine");
	if (st.st_uid != 0)
		return place_fail(place, error, KS_E_UNSAFE, "owner %u, want "
		    "root: with keydir_mounted, everything must belong to "
		    "root", (unsigned int)st.st_uid);
	if ((st.st_mode & 0022) == 0 || (vfs.f_flag & ST_RDONLY) != 0)
		return 0;
	return place_fail(place, error, KS_E_UNSAFE, "mode %04o: others than "
	    "root can write: mount it read-only, or remove that permission",
	    (unsigned int)st.st_mode & 07777);
}

int
store_check_mounted_file(const struct place *place, int fd,
    struct ks_error *error)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return place_fail_errno(place, error, "cannot examine");
	if (!S_ISREG(st.st_mode))
		return place_fail(place, error, KS_E_UNSAFE,
		    "not a regular file");
	if (st.st_uid != 0)
		return place_fail(place, error, KS_E_UNSAFE, "owner %u, want "
		    "root: with keydir_mounted, everything must belong to "
		    "root", (unsigned int)st.st_uid);
	if ((st.st_mode & KS_LOOSE_FILE) == 0)
		return 0;
	return place_fail(place, error, KS_E_UNSAFE, "mode %04o, want 0440, "
	    "with the group of the signers: set that mode where the volume is "
	    "defined (defaultMode, fsGroup)", (unsigned int)st.st_mode & 07777);
}

int
store_follow_data(const struct place *place, int *fd, struct ks_error *error)
{
	struct place data = *place;
	int data_fd, r;

	if ((r = store_check_mounted_dir(place, *fd, error)) != 0)
		return r;
	data.name = DATA_LINK;
	data_fd = open_data(*fd);
	if (data_fd == -1 && errno == ENOENT)
		return 0;
	if (data_fd == -1 && (errno == EXDEV || errno == ELOOP))
		return place_fail(&data, error, KS_E_UNSAFE,
		    "leads out of its mount: it must be a link to a directory "
		    "beside it");
	if (data_fd == -1)
		return place_fail_errno(&data, error, "cannot open");
	if ((r = store_check_mounted_dir(&data, data_fd, error)) != 0) {
		(void)close(data_fd);
		return r;
	}
	(void)close(*fd);
	*fd = data_fd;
	return 0;
}

bool
store_was_replaced(struct keystore *ks, const char *domain, int dirfd)
{
	struct stat old, new;
	bool differs;
	int fd, r;

	if (!ks->is_mounted)
		return false;
	r = domain == NULL ? store_open_base(ks, &fd, NULL) :
	    store_open_domain(ks, domain, &fd, NULL);
	if (r != 0)
		return false;
	differs = fstat(dirfd, &old) == 0 && fstat(fd, &new) == 0 &&
	    (old.st_dev != new.st_dev || old.st_ino != new.st_ino);
	(void)close(fd);
	return differs;
}

/* Open the state directory, or leave ks->uses NULL if it does not exist. */
static int
open_uses(struct keystore *ks, const char *state_dir, bool make,
    const char *keys_user, struct ks_error *error)
{
	const struct keystore uses = { .path = (char *)(uintptr_t)state_dir };
	const struct place place = {
		.ks = (struct keystore *)(uintptr_t)&uses, .dirfd = -1
	};

	if (make && mkdir(state_dir, 0700) == -1 && errno != EEXIST)
		return place_fail_errno(&place, error,
		    "cannot create state_dir");
	if (!make && access(state_dir, F_OK) == -1 && errno == ENOENT)
		return 0;
	return ks_open(&ks->uses, state_dir, keys_user, error);
}

int
ks_open_mounted(struct keystore **out, const char *keydir,
    const char *state_dir, bool make, const char *keys_user,
    struct ks_error *error)
{
	struct keystore *ks;
	struct place place = { .dirfd = -1 };
	int fd, r;

	*out = NULL;
	if ((r = ks_open_none(&ks, keydir, error)) != 0)
		return r;
	ks->is_mounted = true;
	place.ks = ks;
	ks->fd = open(keydir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (ks->fd == -1)
		r = place_fail_errno(&place, error,
		    "cannot open mounted key directory");
	else if ((r = store_open_base(ks, &fd, error)) == 0) {
		(void)close(fd);
		r = open_uses(ks, state_dir, make, keys_user, error);
	}
	if (r != 0) {
		ks_close(ks);
		return r;
	}
	if (make)
		store_make_mounted_uses(ks);
	*out = ks;
	return 0;
}
