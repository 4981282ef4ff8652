/* SPDX-License-Identifier: ISC */

/*
 * Opening the key directory and what is below it, with the checks of owner
 * and mode.
 *
 * Everything below the key directory is opened relative to its descriptor,
 * without following symbolic links, and is checked on the opened descriptor,
 * so that nothing can be replaced between check and use.
 */

#include "store/private.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* In a volume of the domain alone: see mounted.h. */
#define MOUNTED_STATE_FILE "..data/" KS_STATE_FILE

#define FIRST_DOMAINS	64	/* initial size of the list of domains */

static int
open_keydir(struct keystore *ks, struct ks_error *error)
{
	struct place place = { .ks = ks, .dirfd = -1 };
	const char *user = ks->has_signers ? ks->signers_name :
	    "countersign-keys";

	ks->fd = open(ks->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (ks->fd == -1 && errno == ENOENT)
		return place_fail(&place, error, KS_E_SYSTEM,
		    "no such key directory: create it with 'install -d -o %s "
		    "-g %s -m 0700 %s'", user, user, ks->path);
	if (ks->fd == -1 && errno == EACCES)
		return store_unreadable(&place, AT_FDCWD, ks->path, error);
	if (ks->fd == -1)
		return place_fail_errno(&place, error,
		    "cannot open key directory");
	return store_check_keydir(ks, error);
}

int
ks_open_none(struct keystore **out, const char *keydir,
    struct ks_error *error)
{
	struct keystore *ks;

	*out = NULL;
	if ((ks = calloc(1, sizeof(*ks))) == NULL ||
	    (ks->path = strdup(keydir)) == NULL) {
		free(ks);
		if (error != NULL)
			(void)strlcpy(error->text, "out of memory",
			    sizeof(error->text));
		return KS_E_NOMEM;
	}
	ks->fd = -1;
	*out = ks;
	return 0;
}

int
ks_open(struct keystore **out, const char *keydir, const char *keys_user,
    struct ks_error *error)
{
	struct keystore *ks;
	int r;

	*out = NULL;
	if ((r = ks_open_none(&ks, keydir, error)) != 0)
		return r;
	store_owner_init(ks, keys_user);
	if ((r = open_keydir(ks, error)) == 0)
		*out = ks;
	else
		ks_close(ks);
	return r;
}

void
ks_close(struct keystore *ks)
{
	if (ks == NULL)
		return;
	if (ks->fd != -1)
		(void)close(ks->fd);
	ks_close(ks->uses);
	free(ks->path);
	free(ks);
}

/* A normalized name is safe as a folder's name: no slash, no "..". */
static bool
domain_is_normalized(const char *domain)
{
	char buf[DKIMSIG_DOMAIN_SIZE];

	return dkimsig_domain_normalize(domain, strlen(domain), buf,
	    sizeof(buf)) == 0 && strcmp(buf, domain) == 0;
}

int
store_open_base(struct keystore *ks, int *fd, struct ks_error *error)
{
	struct place place = { .ks = ks, .dirfd = -1 };
	int r;

	/* A separate descriptor, because readdir(3) moves its offset. */
	*fd = openat(ks->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd == -1)
		return place_fail_errno(&place, error,
		    "cannot read key directory");
	if (!ks->is_mounted || (r = store_follow_data(&place, fd, error)) == 0)
		return 0;
	(void)close(*fd);
	*fd = -1;
	return r;
}

/* Open the folder of a domain in an open directory. */
static int
open_folder(const struct place *folder, int base, int *fd,
    struct ks_error *error)
{
	*fd = openat(base, folder->domain,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*fd != -1)
		return 0;
	if (errno == ENOENT || base == -1)
		return KS_E_NODOMAIN;
	/* For a symbolic link, O_DIRECTORY gives ENOTDIR, or ELOOP. */
	if (errno == ELOOP || errno == ENOTDIR)
		return place_fail(folder, error, KS_E_UNSAFE,
		    "is a symbolic link or a file: replace it with the "
		    "directory itself");
	if (errno == EACCES)
		return store_unreadable(folder, base, folder->domain, error);
	return place_fail_errno(folder, error, "cannot open");
}

/* In the base as it is now, again if that was replaced meanwhile. */
static int
open_mounted_folder(const struct place *folder, int *fd,
    struct ks_error *error)
{
	bool again;
	int base, i, r;

	again = true;
	r = KS_E_NODOMAIN;
	for (i = 0; again && i < MAX_REPLACED; i++) {
		if ((r = store_open_base(folder->ks, &base, error)) != 0)
			return r;
		r = open_folder(folder, base, fd, error);
		again = r == KS_E_NODOMAIN &&
		    store_was_replaced(folder->ks, NULL, base);
		(void)close(base);
	}
	return r;
}

int
store_open_domain(struct keystore *ks, const char *domain, int *fd,
    struct ks_error *error)
{
	struct place keydir = { .ks = ks, .dirfd = -1 };
	struct place folder = { .ks = ks, .domain = domain, .dirfd = -1 };
	int r;

	*fd = -1;
	if (!domain_is_normalized(domain))
		return place_fail(&keydir, error, KS_E_ARG,
		    "not a normalized domain name");
	r = ks->is_mounted ? open_mounted_folder(&folder, fd, error) :
	    open_folder(&folder, ks->fd, fd, error);
	if (r == KS_E_NODOMAIN && ks->is_mounted)
		return place_fail(&keydir, error, r, STORE_NOT_IN_VOLUME,
		    domain);
	if (r == KS_E_NODOMAIN)
		return place_fail(&keydir, error, r,
		    "no keys for %s: create them with '%s add %s'", domain,
		    ks_command(ks), domain);
	if (r != 0)
		return r;
	r = ks->is_mounted ? store_follow_data(&folder, fd, error) :
	    place_check(&folder, *fd, KS_LOOSE_DIR, error);
	if (r != 0) {
		(void)close(*fd);
		*fd = -1;
	}
	return r;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool
folder_has(int base, const char *domain, const char *name)
{
	char path[DKIMSIG_DOMAIN_SIZE + KS_KEYFILE_SIZE];
	struct stat st;
	int n;

	n = snprintf(path, sizeof(path), "%s/%s", domain, name);
	if (n < 0 || (size_t)n >= sizeof(path))
		return false;
	/* Other failures are reported when the file is read. */
	return fstatat(base, path, &st, AT_SYMLINK_NOFOLLOW) == 0 ||
	    errno != ENOENT;
}

/*
 * Whether a directory entry is the folder of a domain.  A folder that has a
 * log but no state counts, so that the missing state is reported.
 */
static bool
is_domain_folder(int base, const char *name, bool is_mounted)
{
	return domain_is_normalized(name) &&
	    (folder_has(base, name, KS_STATE_FILE) ||
	    folder_has(base, name, KS_LOG_FILE) ||
	    (is_mounted && folder_has(base, name, MOUNTED_STATE_FILE)));
}

static int
collect_domains(struct keystore *ks, DIR *dir, char ***names, size_t *nnames,
    struct ks_error *error)
{
	struct place place = { .ks = ks, .dirfd = -1 };
	struct dirent *entry;
	size_t size = 0;
	char **more;

	while (errno = 0, (entry = readdir(dir)) != NULL) {
		if (!is_domain_folder(dirfd(dir), entry->d_name,
		    ks->is_mounted))
			continue;
		if (*nnames == size) {
			size = size == 0 ? FIRST_DOMAINS : size * 2;
			more = reallocarray(*names, size, sizeof(*more));
			if (more == NULL)
				return place_fail(&place, error, KS_E_NOMEM,
				    "out of memory");
			*names = more;
		}
		more = *names;
		if ((more[*nnames] = strdup(entry->d_name)) == NULL)
			return place_fail(&place, error, KS_E_NOMEM,
			    "out of memory");
		(*nnames)++;
	}
	if (errno != 0)
		return place_fail_errno(&place, error,
		    "cannot read key directory");
	return 0;
}

int
ks_each_domain(struct keystore *ks, int (*each)(const char *, void *),
    void *arg, struct ks_error *error)
{
	struct place place = { .ks = ks, .dirfd = -1 };
	DIR *dir;
	char **names;
	size_t i, nnames;
	int fd, r;

	names = NULL;
	nnames = 0;
	if ((r = store_open_base(ks, &fd, error)) != 0)
		return r;
	if ((dir = fdopendir(fd)) == NULL) {
		r = place_fail_errno(&place, error,
		    "cannot read key directory");
		(void)close(fd);
		return r;
	}
	r = collect_domains(ks, dir, &names, &nnames, error);
	(void)closedir(dir);
	if (r == 0 && nnames > 0)
		qsort(names, nnames, sizeof(*names), compare_names);
	for (i = 0; i < nnames && r == 0; i++)
		r = each(names[i], arg);
	for (i = 0; i < nnames; i++)
		free(names[i]);
	free(names);
	return r;
}
