/* SPDX-License-Identifier: ISC */

/*
 * The lock of a domain: flock(2) on a file in its folder.  The file holds the
 * process ID of the last writer, for the error message that others get.  The
 * kernel releases the lock when its holder dies, so a lock is never stale.
 *
 * The folder and the lock file must exist before they can be locked; they are
 * created under a lock on the key directory itself.
 */

#include "store/private.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define PID_SIZE	24	/* octets, NUL included */
#define POLL_MS		20	/* between two attempts to lock */

/* Returns KS_E_LOCKED if another process holds the lock. */
static int
try_flock(const struct place *place, int fd, struct ks_error *error)
{
	char pid[PID_SIZE];
	ssize_t n;

	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno != EWOULDBLOCK)
		return place_fail_errno(place, error, "cannot lock");
	n = place->name == NULL ? 0 : pread(fd, pid, sizeof(pid) - 1, 0);
	pid[n > 0 ? n : 0] = '\0';
	pid[strspn(pid, "0123456789")] = '\0';
	if (pid[0] == '\0')
		return place_fail(place, error, KS_E_LOCKED,
		    "locked by another process: try again");
	return place_fail(place, error, KS_E_LOCKED,
	    "locked by process %s: try again", pid);
}

/*
 * Remove the file or folder that a killed writer left in the key directory.
 * The caller holds the lock of the key directory.
 */
static int
clear_keydir_temp(struct keystore *ks, struct ks_error *error)
{
	struct place place = {
		.ks = ks, .name = KS_TEMP_FILE, .dirfd = ks->fd
	};

	if (unlinkat(ks->fd, KS_TEMP_FILE, 0) == 0 || errno == ENOENT ||
	    unlinkat(ks->fd, KS_TEMP_FILE, AT_REMOVEDIR) == 0)
		return 0;
	return place_fail_errno(&place, error, "cannot remove");
}

/* Lock the key directory.  Closing *fd releases the lock. */
int
store_lock_keydir(struct keystore *ks, int *fd, struct ks_error *error)
{
	struct place place = { .ks = ks, .dirfd = -1 };
	int r;

	*fd = openat(ks->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd == -1)
		return place_fail_errno(&place, error, "cannot lock");
	if ((r = try_flock(&place, *fd, error)) != 0 ||
	    (r = clear_keydir_temp(ks, error)) != 0)
		(void)close(*fd);
	return r;
}

int
store_wait_keydir(struct keystore *ks, unsigned int wait_s, int *fd,
    struct ks_error *error)
{
	int64_t end_ms = monotonic_ms() + (int64_t)wait_s * 1000;
	int r;

	if ((r = store_check_writer(ks, error)) != 0)
		return r;
	while ((r = store_lock_keydir(ks, fd, error)) == KS_E_LOCKED &&
	    monotonic_ms() < end_ms)
		sleep_ms(POLL_MS);
	return r;
}

/* The caller holds the lock of the key directory. */
static int
make_folder(struct keystore *ks, const char *domain, struct ks_error *error)
{
	struct place place = { .ks = ks, .domain = domain, .dirfd = -1 };
	struct stat st;
	int fd, r;

	if (fstatat(ks->fd, domain, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	if (mkdirat(ks->fd, KS_TEMP_FILE, 0700) == -1)
		return place_fail_errno(&place, error, "cannot create "
		    "directory");
	r = 0;
	fd = openat(ks->fd, KS_TEMP_FILE,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 ||
	    store_set_owner(ks, fd, (ks->mode & ~KS_LOOSE_DIR) | 0700) == -1 ||
	    store_sync(ks, fd) == -1 ||
	    renameat(ks->fd, KS_TEMP_FILE, ks->fd, domain) == -1 ||
	    store_sync(ks, ks->fd) == -1)
		r = place_fail_errno(&place, error, "cannot create directory");
	if (fd != -1)
		(void)close(fd);
	if (r != 0)
		(void)unlinkat(ks->fd, KS_TEMP_FILE, AT_REMOVEDIR);
	return r;
}

static int
open_folder(struct keystore *ks, const char *domain, bool create, int *dirfd,
    struct ks_error *error)
{
	int fd, r;

	r = store_open_domain(ks, domain, dirfd, error);
	if (r != KS_E_NODOMAIN || !create)
		return r;
	if ((r = store_lock_keydir(ks, &fd, error)) != 0)
		return r;
	r = make_folder(ks, domain, error);
	(void)close(fd);
	if (r != 0)
		return r;
	return store_open_domain(ks, domain, dirfd, error);
}

/*
 * The caller holds the lock of the key directory.  Whoever made the lock file
 * meanwhile may hold its lock and be writing KS_TEMP_FILE, which is then not
 * to be touched.  It need not survive a power failure, so the folder is not
 * synced.
 */
static int
write_lock_file(const struct place *place, struct ks_error *error)
{
	struct stat st;
	int r;

	if (fstatat(place->dirfd, place->name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	r = place_write_temp(place, KS_MODE_LOCK, "", 0, error);
	return r == 0 ? place_link_temp(place, error) : r;
}

static int
make_lock_file(const struct place *place, struct ks_error *error)
{
	int keydir, r;

	if ((r = store_lock_keydir(place->ks, &keydir, error)) != 0)
		return r;
	r = write_lock_file(place, error);
	(void)close(keydir);
	return r;
}

/* Failures are ignored: only the message of try_flock() uses the number. */
static void
write_pid(int fd)
{
	char pid[PID_SIZE];
	int n;

	n = snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());
	if (ftruncate(fd, 0) == 0 && pwrite(fd, pid, (size_t)n, 0) != n)
		(void)!ftruncate(fd, 0);
}

/* The folder may have been archived after it was opened. */
static int
check_folder(const struct place *place, struct ks_error *error)
{
	struct stat opened, named;

	if (fstat(place->dirfd, &opened) == 0 && fstatat(place->ks->fd,
	    place->domain, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	    opened.st_dev == named.st_dev && opened.st_ino == named.st_ino)
		return 0;
	return place_fail(place, error, KS_E_LOCKED,
	    "the directory was replaced: try again");
}

int
ks_lock(struct keystore *ks, const char *domain, bool create,
    struct ks_lock **out, struct ks_error *error)
{
	struct place place = { .ks = ks, .dirfd = -1 };
	struct ks_lock *lock;
	int r;

	*out = NULL;
	if ((r = store_check_writer(ks, error)) != 0)
		return r;
	if ((lock = calloc(1, sizeof(*lock))) == NULL)
		return place_fail(&place, error, KS_E_NOMEM,
		    "out of memory");
	lock->ks = ks;
	lock->fd = lock->dirfd = -1;
	r = open_folder(ks, domain, create, &lock->dirfd, error);
	if (r != 0)
		goto out;
	(void)strlcpy(lock->domain, domain, sizeof(lock->domain));
	place.domain = lock->domain;
	place.name = KS_LOCK_FILE;
	place.dirfd = lock->dirfd;
	if ((r = place_open_or_make(&place, O_RDWR, make_lock_file, &lock->fd,
	    error)) != 0 ||
	    (r = try_flock(&place, lock->fd, error)) != 0 ||
	    (r = check_folder(&place, error)) != 0)
		goto out;
	write_pid(lock->fd);
	/* A killed writer may have left it with a private key in it. */
	if (unlinkat(lock->dirfd, KS_TEMP_FILE, 0) == -1 && errno != ENOENT)
		r = place_fail_errno(&place, error,
		    "cannot remove " KS_TEMP_FILE " beside it");
	if (ks->master != NULL)
		lock->term = ks->master->term(ks->master->context);
out:
	if (r == 0)
		*out = lock;
	else
		ks_unlock(lock);
	return r;
}

int
ks_lock_lent(struct keystore *ks, const char *domain, struct ks_lock **out,
    struct ks_error *error)
{
	struct place place = { .ks = ks, .dirfd = -1 };
	struct ks_lock *lock;
	int r;

	*out = NULL;
	if ((r = store_check_writer(ks, error)) != 0)
		return r;
	if ((lock = calloc(1, sizeof(*lock))) == NULL)
		return place_fail(&place, error, KS_E_NOMEM,
		    "out of memory");
	lock->ks = ks;
	lock->fd = lock->dirfd = -1;
	(void)strlcpy(lock->domain, domain, sizeof(lock->domain));
	r = store_open_domain(ks, domain, &lock->dirfd, error);
	if (r == 0)
		*out = lock;
	else
		ks_unlock(lock);
	return r;
}

static int
lock_named(struct keystore *ks, const char *name, int *fd,
    struct ks_error *error)
{
	struct place place = { .ks = ks, .name = name, .dirfd = ks->fd };
	int r;

	*fd = -1;
	if ((r = store_check_writer(ks, error)) != 0 ||
	    (r = place_open_or_make(&place, O_RDWR, make_lock_file, fd,
	    error)) != 0)
		return r;
	if ((r = try_flock(&place, *fd, error)) == 0) {
		write_pid(*fd);
		return 0;
	}
	(void)close(*fd);
	*fd = -1;
	return r;
}

int
ks_run_lock(struct keystore *ks, int *fd, struct ks_error *error)
{
	return lock_named(ks, KS_RUN_FILE, fd, error);
}

int
ks_push_lock(struct keystore *ks, unsigned int wait_s, int *fd,
    struct ks_error *error)
{
	int64_t end_ms = monotonic_ms() + (int64_t)wait_s * 1000;
	int r;

	while ((r = lock_named(ks, KS_PUSH_FILE, fd, error)) == KS_E_LOCKED &&
	    monotonic_ms() < end_ms)
		sleep_ms(POLL_MS);
	return r;
}

void
ks_unlock(struct ks_lock *lock)
{
	if (lock == NULL)
		return;
	if (lock->fd != -1)
		(void)close(lock->fd);
	if (lock->dirfd != -1)
		(void)close(lock->dirfd);
	free(lock);
}
