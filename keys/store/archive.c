/* SPDX-License-Identifier: ISC */

/*
 * The archive of removed domains: their folders, without private keys, in
 *
 *	keydir/.archive/example.com.20261123T090000Z
 *
 * A folder gets there by rename(2), so it is either in use or archived, even if
 * the process is killed.  Nothing reads the archive but people, and the check
 * whether selectors of a domain may have been in use before.
 */

#include "store/private.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/rfc3339.h"
#include "store/replica.h"
#include "store/strays.h"

#define ARCHIVE		".archive"
/* "/example.com.20261123T090000Z" and its NUL */
#define NAME_SIZE	(DKIMSIG_DOMAIN_SIZE + 24)

/* The state on disk must not have a key that somebody may still need. */
static int
check_gone(struct ks_lock *lock, struct ks_error *error)
{
	struct place place = {
		.ks = lock->ks, .domain = lock->domain, .dirfd = -1
	};
	struct ks_strays strays = { NULL, 0 };
	struct ks_state state;
	bool exists;
	size_t i;
	int r;

	r = ks_state_read(lock->ks, lock->domain, &state, error);
	if (r != 0)
		return r;
	for (i = 0; i < state.nkeys && r == 0; i++) {
		r = ks_key_exists(lock->ks, lock->domain,
		    state.keys[i].selector, &exists, error);
		if (r == 0 && (exists || state.keys[i].removed == KS_NEVER))
			r = place_fail(&place, error, KS_E_EXISTS,
			    "key %s is not removed and destroyed: not "
			    "archived", state.keys[i].selector);
	}
	if (r == 0 && state.nunfinished > 0)
		r = place_fail(&place, error, KS_E_EXISTS,
		    "a key is unfinished: not archived");
	if (r == 0)
		r = ks_strays_find(lock->ks, lock->domain, &state, &strays,
		    error);
	if (r == 0 && strays.n > 0)
		r = place_fail(&place, error, KS_E_EXISTS,
		    "key file %s.pem is not in the state file: not archived",
		    strays.selectors[0]);
	ks_strays_finish(&strays);
	ks_state_finish(&state);
	return r;
}

/* Make the archive if it does not exist, and open it. */
static int
open_archive(struct keystore *ks, int *fd, struct ks_error *error)
{
	struct place place = { .ks = ks, .name = ARCHIVE, .dirfd = ks->fd };
	const mode_t mode = (ks->mode & ~KS_LOOSE_DIR) | 0700;
	bool is_new;
	int r;

	is_new = mkdirat(ks->fd, ARCHIVE, 0700) == 0;
	if (!is_new && errno != EEXIST)
		return place_fail_errno(&place, error, "cannot create "
		    "directory");
	*fd = openat(ks->fd, ARCHIVE,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*fd == -1)
		return place_fail_errno(&place, error, "cannot open");
	/* A killed writer may have made it, and not set its owner. */
	r = 0;
	if (store_set_owner(ks, *fd, mode) == -1 ||
	    (is_new && fsync(ks->fd) == -1))
		r = place_fail_errno(&place, error, "cannot create "
		    "directory");
	if (r == 0)
		r = place_check(&place, *fd, KS_LOOSE_DIR, error);
	if (r != 0)
		(void)close(*fd);
	return r;
}

/* "example.com.20261123T090000Z"; false if the time is out of range. */
static bool
make_name(const char *domain, int64_t now, char name[NAME_SIZE])
{
	char when[RFC3339_SIZE];

	if (!rfc3339_print(now, when))
		return false;
	(void)snprintf(name, NAME_SIZE, "%s.%.4s%.2s%.2sT%.2s%.2s%.2sZ",
	    domain, when, when + 5, when + 8, when + 11, when + 14, when + 17);
	return true;
}

int
ks_archive(struct ks_lock *lock, int64_t now, char *path, size_t pathsize,
    struct ks_error *error)
{
	struct place place = {
		.ks = lock->ks, .domain = lock->domain, .dirfd = -1
	};
	char name[NAME_SIZE];
	int fd, r;

	if (!make_name(lock->domain, now, name))
		return place_fail(&place, error, KS_E_ARG,
		    "the clock of this host is out of range");
	if ((r = check_gone(lock, error)) != 0 ||
	    (r = store_ask_end(lock, error)) != 0 ||
	    (r = open_archive(lock->ks, &fd, error)) != 0)
		return r;
	(void)snprintf(path, pathsize, "%s/" ARCHIVE "/%s", lock->ks->path,
	    name);
	lock->ks->has_changed = true;
	if (renameat(lock->ks->fd, lock->domain, fd, name) == -1)
		r = place_fail_errno(&place, error, "cannot move to %s", path);
	else if (fsync(fd) == -1 || fsync(lock->ks->fd) == -1)
		r = place_fail_errno(&place, error,
		    "moved to %s, but the directory cannot be synced", path);
	(void)close(fd);
	return r;
}

int
ks_was_archived(struct keystore *ks, const char *domain, bool *was,
    struct ks_error *error)
{
	struct place place = { .ks = ks, .name = ARCHIVE, .dirfd = ks->fd };
	const size_t len = strlen(domain);
	const struct dirent *entry;
	DIR *dir;
	int fd, r = 0;

	*was = false;
	if (ks->fd == -1)
		return 0;
	fd = openat(ks->fd, ARCHIVE,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 && errno == ENOENT)
		return 0;
	if (fd == -1 || (dir = fdopendir(fd)) == NULL) {
		(void)place_fail_errno(&place, error, "cannot read");
		if (fd != -1)
			(void)close(fd);
		return KS_E_SYSTEM;
	}
	/* "example.com.2026...": no label of a domain is "20261123T...". */
	while (errno = 0, (entry = readdir(dir)) != NULL)
		if (strncmp(entry->d_name, domain, len) == 0 &&
		    entry->d_name[len] == '.' &&
		    strchr(entry->d_name + len + 1, '.') == NULL)
			*was = true;
	if (errno != 0)
		r = place_fail_errno(&place, error, "cannot read");
	(void)closedir(dir);
	return r;
}

int
ks_is_archived(struct keystore *ks, const char *domain, bool *is,
    struct ks_error *error)
{
	struct stat st;

	*is = false;
	if (ks->fd == -1 ||
	    fstatat(ks->fd, domain, &st, AT_SYMLINK_NOFOLLOW) == 0 ||
	    errno != ENOENT)
		return 0;
	return ks_was_archived(ks, domain, is, error);
}

/* "example.com.20261123T090000Z": cut off the time; false if it has none. */
static bool
take_domain(const char *name, char domain[DKIMSIG_DOMAIN_SIZE])
{
	const char *end = strrchr(name, '.');

	if (end == NULL || (size_t)(end - name) >= DKIMSIG_DOMAIN_SIZE)
		return false;
	memcpy(domain, name, (size_t)(end - name));
	domain[end - name] = '\0';
	return strlen(end) == sizeof(".20261123T090000Z") - 1 && end != name;
}

static int
each_entry(const struct place *place, DIR *dir,
    int (*each)(const char *, void *), void *arg, struct ks_error *error)
{
	const int keydir = place->ks->fd;
	char domain[DKIMSIG_DOMAIN_SIZE];
	const struct dirent *entry;
	struct stat st;
	int r = 0;

	while (r == 0 && (errno = 0, entry = readdir(dir)) != NULL)
		if (take_domain(entry->d_name, domain) &&
		    fstatat(keydir, domain, &st, AT_SYMLINK_NOFOLLOW) == -1 &&
		    errno == ENOENT)
			r = each(domain, arg);
	return r == 0 && errno != 0 ? place_fail_errno(place, error,
	    "cannot read") : r;
}

int
ks_each_archived(struct keystore *ks, int (*each)(const char *, void *),
    void *arg, struct ks_error *error)
{
	struct place place = { .ks = ks, .name = ARCHIVE, .dirfd = ks->fd };
	DIR *dir;
	int fd, r;

	fd = openat(ks->fd, ARCHIVE,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 && errno == ENOENT)
		return 0;
	if (fd == -1 || (dir = fdopendir(fd)) == NULL) {
		r = place_fail_errno(&place, error, "cannot read");
		if (fd != -1)
			(void)close(fd);
		return r;
	}
	r = each_entry(&place, dir, each, arg, error);
	(void)closedir(dir);
	return r;
}
