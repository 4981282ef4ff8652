/* SPDX-License-Identifier: ISC */

/*
 * Rows of archived domains: see archived.h.
 *
 * The name of a folder is that of the domain and a time, after the last dot; a
 * folder without a file of rows was archived before the host was in a fleet.  A
 * file that cannot be read or is damaged ends the walk, with its name.
 */

#include "fleet/archived.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fleet/lines.h"
#include "store/fleet_file.h"

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
read_all(int fd, size_t size, char **text, const char *name,
    struct ks_error *error)
{
	size_t done = 0;
	ssize_t n;

	if ((*text = malloc(size + 1)) == NULL)
		return fleet_fail(error, KS_E_NOMEM, "out of memory");
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

/* The rows in one folder; none if it has no such file. */
static int
read_folder(int dirfd, const char *name, const char *domain,
    struct fleet_kept *kept, struct ks_error *error)
{
	char path[NAME_MAX + sizeof("/" FILE_NAME)], *text = NULL;
	struct stat st;
	int fd, r;

	(void)snprintf(path, sizeof(path), "%s/" FILE_NAME, name);
	fd = openat(dirfd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return errno == ENOENT ? 0 : fail(error, name);
	if (fstat(fd, &st) == -1)
		r = fail(error, name);
	else if (!S_ISREG(st.st_mode) || st.st_size < 0 ||
	    st.st_size > KS_MAX_FLEET_ROWS)
		r = fleet_fail(error, KS_E_DAMAGED, "an archived file of rows "
		    "is too large");
	else if ((r = read_all(fd, (size_t)st.st_size, &text, name,
	    error)) == 0)
		r = fleet_kept_parse(text, (size_t)st.st_size, domain, kept,
		    error);
	free(text);
	(void)close(fd);
	return r;
}

int
fleet_each_archived(const char *keydir,
    int (*each)(void *, const char *, struct fleet_kept *), void *context,
    struct ks_error *error)
{
	char path[PATH_MAX], domain[DKIMSIG_DOMAIN_SIZE];
	const struct dirent *entry;
	struct fleet_kept kept;
	DIR *dir;
	int r = 0;

	(void)snprintf(path, sizeof(path), "%s/" ARCHIVE, keydir);
	if ((dir = opendir(path)) == NULL)
		return errno == ENOENT ? 0 : fail(error, "");
	while (r == 0 && (entry = readdir(dir)) != NULL) {
		if (!find_domain(entry->d_name, domain))
			continue;
		memset(&kept, 0, sizeof(kept));
		r = read_folder(dirfd(dir), entry->d_name, domain, &kept,
		    error);
		if (r == 0 && kept.nrows > 0)
			r = each(context, domain, &kept);
		fleet_kept_finish(&kept);
	}
	(void)closedir(dir);
	return r;
}
