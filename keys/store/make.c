/* SPDX-License-Identifier: ISC */

/*
 * Creating the key directory of a new installation, and missing parent
 * directories.
 *
 * It is created with mode 0700 and gets its owner through a descriptor, so
 * that nobody can put another directory in its place.  An existing one is left
 * unchanged; ks_open() checks it.  On failure the error names the path, and
 * the new key directory is removed again.
 */

#include "store/private.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Create missing parent directories; existing ones are left unchanged. */
static int
make_parents(const char *path, struct ks_error *error)
{
	char above[PATH_MAX];
	char *slash;

	if (strlcpy(above, path, sizeof(above)) >= sizeof(above)) {
		(void)snprintf(error->text, sizeof(error->text),
		    "%s: the path is too long", path);
		return KS_E_SYSTEM;
	}
	/* Slashes at the end do not end the name of a parent. */
	for (slash = strchr(above + 1, '/'); slash != NULL &&
	    slash[strspn(slash, "/")] != '\0';
	    slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(above, 0755) == 0)
			(void)chmod(above, 0755);
		else if (errno != EEXIST) {
			(void)snprintf(error->text, sizeof(error->text),
			    "%.900s: cannot create directory: %s", above,
			    strerror(errno));
			return KS_E_SYSTEM;
		}
		*slash = '/';
	}
	return 0;
}

int
ks_make(const char *keydir, uid_t owner, gid_t group, struct ks_error *error)
{
	const char *reason;
	struct stat st;
	int fd, r;

	if (stat(keydir, &st) == 0)
		return 0;
	if ((r = make_parents(keydir, error)) != 0)
		return r;
	if (mkdir(keydir, 0700) == -1) {
		if (errno == EEXIST)
			return 0;
		goto fail;
	}
	fd = open(keydir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		goto fail;
	r = fchown(fd, owner, group) == -1 || fchmod(fd, 0700) == -1 ||
	    fsync(fd) == -1 ? errno : 0;
	(void)close(fd);
	errno = r;
	if (r == 0)
		return 0;
fail:
	reason = strerror(errno);
	(void)strlcpy(error->text, keydir, sizeof(error->text));
	(void)strlcat(error->text, ": cannot create key directory: ",
	    sizeof(error->text));
	(void)strlcat(error->text, reason, sizeof(error->text));
	(void)rmdir(keydir);
	return KS_E_SYSTEM;
}
