/* SPDX-License-Identifier: ISC */

/*
 * Read the files of another signer.
 *
 * Tables name files, and somebody who may write a table must not be able to
 * make us open a device or wait for a pipe.  So a file is checked with stat(2),
 * opened without blocking, and checked again with fstat(2).  The buffer has its
 * final size from the start, so that no copy of a key is left in freed memory.
 */

#include "import/file.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/read_all.h"

static bool
fail(char *buf, size_t bufsize, const char *path, const char *why)
{
	(void)snprintf(buf, bufsize, "%s: %s", path, why);
	return false;
}

/* Why a file cannot be read, or NULL if it can. */
static const char *
fault(const struct stat *st, size_t max)
{
	if (S_ISDIR(st->st_mode))
		return "a directory, not a file";
	if (!S_ISREG(st->st_mode))
		return "not a regular file";
	if (st->st_size < 0 || (size_t)st->st_size > max)
		return max == IMPORT_MAX_KEY ?
		    "over 16 KiB: not a private key" :
		    "over 64 MiB: too large for a table";
	return NULL;
}

static const char *
read_file(int fd, const struct stat *st, struct import_file *file)
{
	size_t size;
	ssize_t n;

	/*
	 * Read one octet more than the size, to notice if the file grows.  Do
	 * not read an empty file: it may be one of the kernel's.
	 */
	size = (size_t)st->st_size + 1;
	if ((file->text = calloc(1, size + 1)) == NULL)
		return "out of memory";
	n = st->st_size > 0 ? read_all(fd, file->text, size) : 0;
	if (n == -1)
		return strerror(errno);
	file->len = (size_t)n;
	file->is_loose = (st->st_mode & (S_IRGRP | S_IWGRP | S_IROTH |
	    S_IWOTH)) != 0;
	return file->len == size - 1 ? NULL :
	    "changed while being read: try again";
}

bool
import_file_read(const char *path, size_t max, struct import_file *file,
    char *buf, size_t bufsize)
{
	struct stat st;
	const char *why;
	int fd;

	memset(file, 0, sizeof(*file));
	if (stat(path, &st) == -1)
		return fail(buf, bufsize, path, strerror(errno));
	if ((why = fault(&st, max)) != NULL)
		return fail(buf, bufsize, path, why);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &st) == -1)
		why = strerror(errno);
	else if ((why = fault(&st, max)) == NULL)
		why = read_file(fd, &st, file);
	if (fd != -1)
		(void)close(fd);
	if (why == NULL)
		return true;
	import_file_finish(file);
	return fail(buf, bufsize, path, why);
}

/* Append text so that glob(3) sees no special characters in it. */
static void
append_escaped(char *pattern, const char *text)
{
	char *p;

	for (p = pattern + strlen(pattern); *text != '\0'; text++) {
		if (strchr("*?[\\", *text) != NULL)
			*p++ = '\\';
		*p++ = *text;
	}
	*p = '\0';
}

bool
import_file_list(const char *before, const char *after,
    void (*each)(void *, const char *), void *arg)
{
	glob_t paths;
	char *pattern;
	size_t i;
	int r;

	pattern = calloc(2, strlen(before) + strlen(after) + 2);
	if (pattern == NULL)
		return false;
	append_escaped(pattern, before);
	pattern[strlen(pattern)] = '*';
	append_escaped(pattern, after);
	memset(&paths, 0, sizeof(paths));
	r = glob(pattern, GLOB_ERR, NULL, &paths);
	for (i = 0; r == 0 && i < paths.gl_pathc; i++)
		each(arg, paths.gl_pathv[i]);
	globfree(&paths);
	free(pattern);
	return r == 0 || r == GLOB_NOMATCH;
}

void
import_file_finish(struct import_file *file)
{
	if (file->text != NULL)
		freezero(file->text, file->len);
	memset(file, 0, sizeof(*file));
}
