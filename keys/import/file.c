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

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
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
	/* Wiped as a whole if reading fails. */
	file->len = size;
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

/* Whether a name begins and ends so, and is not a hidden one. */
static bool
matches(const char *name, const char *prefix, const char *suffix,
    size_t suffixlen)
{
	const size_t len = strlen(name), prefixlen = strlen(prefix);

	return (name[0] != '.' || prefix[0] == '.') &&
	    len >= prefixlen + suffixlen &&
	    memcmp(name, prefix, prefixlen) == 0 &&
	    memcmp(name + len - suffixlen, suffix, suffixlen) == 0;
}

/* Call search->each for an entry of the directory, if such a path exists. */
static bool
visit(struct import_search *search, const char *name)
{
	const char *prefix = strrchr(search->before, '/') + 1;
	const size_t suffixlen = strcspn(search->after, "/");
	struct stat st;
	char *path;

	if (!matches(name, prefix, search->after, suffixlen))
		return true;
	if (asprintf(&path, "%.*s%s%s", (int)(prefix - search->before),
	    search->before, name, search->after + suffixlen) == -1)
		return false;
	if (lstat(path, &st) == 0)
		search->each(search->arg, path);
	free(path);
	return true;
}

bool
import_file_search(struct import_search *search)
{
	struct dirent **entries;
	const char *why = NULL;
	char *directory;
	int i, n;

	directory = strndup(search->before, (size_t)(strrchr(search->before,
	    '/') + 1 - search->before));
	if (directory == NULL)
		return fail(search->why, sizeof(search->why), search->before,
		    "out of memory");
	n = scandir(directory, &entries, NULL, alphasort);
	search->is_missing = n == -1 && errno == ENOENT;
	if (n == -1)
		why = strerror(errno);
	for (i = 0; i < n; i++) {
		if (why == NULL && !visit(search, entries[i]->d_name))
			why = "out of memory";
		free(entries[i]);
	}
	if (n != -1)
		free(entries);
	if (why != NULL)
		(void)fail(search->why, sizeof(search->why), directory, why);
	free(directory);
	return why == NULL;
}

void
import_file_finish(struct import_file *file)
{
	if (file->text != NULL)
		freezero(file->text, file->len);
	memset(file, 0, sizeof(*file));
}
