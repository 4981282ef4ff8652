/* SPDX-License-Identifier: ISC */

/*
 * Replacing a file atomically: write a temporary file next to it, sync that to
 * disk, and rename it.
 *
 * A reader sees the old contents or the new ones.  If the path is not a regular
 * file, it is refused, because the rename would replace a device or a link.  If
 * anything fails, the old file is unchanged and the temporary one is removed.
 */

#include "base/replace_file.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int
fail(const struct replace_file *file, char *why, size_t size)
{
	(void)snprintf(why, size, "%.900s: cannot write: %s", file->path,
	    strerror(errno));
	return -1;
}

/*
 * A rename would remove a device for all its users, replace a link instead of
 * its target, and leave the reader of a pipe waiting forever.
 */
static int
refuse_special(const char *path, char *why, size_t size)
{
	struct stat st;

	if (lstat(path, &st) == -1 || S_ISREG(st.st_mode))
		return 0;
	(void)snprintf(why, size, "%.900s: is %s: name a regular file, which "
	    "will be replaced", path, S_ISLNK(st.st_mode) ? "a symbolic link" :
	    S_ISDIR(st.st_mode) ? "a directory" : "not a regular file");
	return -1;
}

int
replace_file_begin(struct replace_file *file, const char *path, char *why,
    size_t size)
{
	int fd, n;

	file->path = path;
	file->fp = NULL;
	if (refuse_special(path, why, size) != 0)
		return -1;
	n = snprintf(file->temp, sizeof(file->temp), "%s.XXXXXX", path);
	if (n < 0 || (size_t)n >= sizeof(file->temp)) {
		errno = ENAMETOOLONG;
		return fail(file, why, size);
	}
	if ((fd = mkstemp(file->temp)) == -1)
		return fail(file, why, size);
	if ((file->fp = fdopen(fd, "w")) != NULL)
		return 0;
	(void)fail(file, why, size);
	(void)close(fd);
	(void)unlink(file->temp);
	return -1;
}

int
replace_file_end(struct replace_file *file, mode_t mode, char *why,
    size_t size)
{
	bool is_written;

	errno = EIO;		/* the errno of an earlier failure is lost */
	is_written = ferror(file->fp) == 0 && fflush(file->fp) == 0 &&
	    fchmod(fileno(file->fp), mode) == 0 &&
	    fsync(fileno(file->fp)) == 0;
	if (!is_written)
		(void)fail(file, why, size);
	if (fclose(file->fp) == EOF && is_written) {
		(void)fail(file, why, size);
		is_written = false;
	}
	file->fp = NULL;
	if (is_written && rename(file->temp, file->path) == 0)
		return 0;
	if (is_written)
		(void)fail(file, why, size);
	(void)unlink(file->temp);
	return -1;
}

void
replace_file_abandon(struct replace_file *file)
{
	(void)fclose(file->fp);
	file->fp = NULL;
	(void)unlink(file->temp);
}
