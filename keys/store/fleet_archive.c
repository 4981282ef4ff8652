/* SPDX-License-Identifier: ISC */

/*
 * Rows of archived domains of a fleet: see fleet_file.h.
 *
 * The name of a folder is that of the domain and a time, after the last dot; a
 * folder without a file of rows was archived before the host was in a fleet.  A
 * file that cannot be read is named in the end, when the others were read.
 */

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/fleet_file.h"
#include "store/private.h"

#define ARCHIVE	".archive"
#define FILE_NAME "fleet"

static int
fail(struct ks_error *error, const char *name)
{
	(void)snprintf(error->text, sizeof(error->text), "%s/%.300s: %s",
	    ARCHIVE, name, strerror(errno));
	return KS_E_SYSTEM;
}

/* The domain of a folder; false for any other name. */
static bool
find_domain(const char *name, char domain[DKIMSIG_DOMAIN_SIZE])
{
	const char *dot = strrchr(name, '.');

	return dot != NULL && dot != name && dkimsig_domain_normalize(name,
	    (size_t)(dot - name), domain, DKIMSIG_DOMAIN_SIZE) == 0;
}

static int
read_octets(int fd, size_t size, char **text, const char *name,
    struct ks_error *error)
{
	size_t done = 0;
	ssize_t n;

	if ((*text = malloc(size + 1)) == NULL) {
		(void)strlcpy(error->text, "out of memory",
		    sizeof(error->text));
		return KS_E_NOMEM;
	}
	while (done < size) {
		n = read(fd, *text + done, size - done);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return fail(error, name);
		done += (size_t)n;
	}
	(*text)[size] = '\0';
	return 0;
}

/* The rows in one folder; *text is NULL if it has no such file. */
static int
read_folder(int dirfd, const char *name, char **text, size_t *len,
    struct ks_error *error)
{
	char path[NAME_MAX + sizeof("/" FILE_NAME)];
	struct stat st;
	int fd, r;

	(void)snprintf(path, sizeof(path), "%s/" FILE_NAME, name);
	/* A pipe in its place is not waited for. */
	fd = openat(dirfd, path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW |
	    O_CLOEXEC);
	if (fd == -1)
		return errno == ENOENT ? 0 : fail(error, name);
	if (fstat(fd, &st) == -1)
		r = fail(error, name);
	else if (!S_ISREG(st.st_mode) || st.st_size > KS_MAX_FLEET_ROWS) {
		(void)snprintf(error->text, sizeof(error->text), "%s/%.300s/"
		    FILE_NAME ": not a file of rows: remove it", ARCHIVE, name);
		r = KS_E_DAMAGED;
	} else {
		*len = (size_t)st.st_size;
		r = read_octets(fd, *len, text, name, error);
	}
	(void)close(fd);
	return r;
}

int
ks_fleet_each_archived(struct keystore *ks,
    int (*each)(void *, const char *, char *, size_t), void *context,
    struct ks_error *error)
{
	char domain[DKIMSIG_DOMAIN_SIZE], *text;
	const struct dirent *entry;
	struct ks_error why;
	size_t len = 0;
	DIR *dir;
	int fd, r = 0, bad = 0;

	fd = openat(ks->fd, ARCHIVE, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	if (fd == -1 && errno == ENOENT)
		return 0;
	if (fd == -1 || (dir = fdopendir(fd)) == NULL) {
		r = fail(error, "");
		if (fd != -1)
			(void)close(fd);
		return r;
	}
	while (r == 0 && (errno = 0, entry = readdir(dir)) != NULL) {
		if (!find_domain(entry->d_name, domain))
			continue;
		text = NULL;
		r = read_folder(dirfd(dir), entry->d_name, &text, &len, &why);
		if (r != 0 && bad == 0) {
			bad = r;
			*error = why;
		}
		if (r != 0)
			r = 0;
		else if (text != NULL)
			r = each(context, domain, text, len);
		free(text);
	}
	if (r == 0 && errno != 0)
		r = fail(error, "");
	(void)closedir(dir);
	return r != 0 ? r : bad;
}
