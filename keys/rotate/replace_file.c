/* SPDX-License-Identifier: ISC */

/*
 * Replacing a file atomically: write a temporary file next to it, sync that to
 * disk, and rename it.
 *
 * A reader sees the old contents or the new ones.  If the path is not a regular
 * file, it is refused, because the rename would replace a device or a link.  If
 * anything fails, the old file is unchanged and the temporary one is removed.
 */

#include "rotate/replace_file.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int
fail(const struct replace_file *file, struct ks_error *error)
{
	(void)snprintf(error->text, sizeof(error->text),
	    "%.900s: cannot write: %s", file->path, strerror(errno));
	return KS_E_SYSTEM;
}

/*
 * A rename would remove a device for all its users, replace a link instead of
 * its target, and leave the reader of a pipe waiting forever.
 */
static int
refuse_special(const char *path, struct ks_error *error)
{
	struct stat st;

	if (lstat(path, &st) == -1 || S_ISREG(st.st_mode))
		return 0;
	(void)snprintf(error->text, sizeof(error->text),
	    "%.900s: is %s: name a regular file, which will be replaced",
	    path, S_ISLNK(st.st_mode) ? "a symbolic link" :
	    S_ISDIR(st.st_mode) ? "a directory" : "not a regular file");
	return KS_E_SYSTEM;
}

int
replace_file_begin(struct replace_file *file, const char *path,
    struct ks_error *error)
{
	int fd, n;

	file->path = path;
	file->fp = NULL;
	if (refuse_special(path, error) != 0)
		return KS_E_SYSTEM;
	n = snprintf(file->temp, sizeof(file->temp), "%s.XXXXXX", path);
	if (n < 0 || (size_t)n >= sizeof(file->temp)) {
		errno = ENAMETOOLONG;
		return fail(file, error);
	}
	if ((fd = mkstemp(file->temp)) == -1)
		return fail(file, error);
	if ((file->fp = fdopen(fd, "w")) != NULL)
		return 0;
	(void)fail(file, error);
	(void)close(fd);
	(void)unlink(file->temp);
	return KS_E_SYSTEM;
}

int
replace_file_end(struct replace_file *file, struct ks_error *error)
{
	bool is_written;

	errno = EIO;		/* the errno of an earlier failure is lost */
	is_written = ferror(file->fp) == 0 && fflush(file->fp) == 0 &&
	    fchmod(fileno(file->fp), 0644) == 0 &&
	    fsync(fileno(file->fp)) == 0;
	if (!is_written)
		(void)fail(file, error);
	if (fclose(file->fp) == EOF && is_written) {
		(void)fail(file, error);
		is_written = false;
	}
	file->fp = NULL;
	if (is_written && rename(file->temp, file->path) == 0)
		return 0;
	if (is_written)
		(void)fail(file, error);
	(void)unlink(file->temp);
	return KS_E_SYSTEM;
}

void
replace_file_abandon(struct replace_file *file)
{
	(void)fclose(file->fp);
	file->fp = NULL;
	(void)unlink(file->temp);
}
