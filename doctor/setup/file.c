/* SPDX-License-Identifier: ISC */

/*
 * Whole files: see file.h.
 *
 * A new text is written beside the file, under a name with a dot before it,
 * which no include statement matches, and then renamed.  What a crash left
 * under that name is overwritten.  So it is with directories.  A symbolic link
 * stays: what it leads to is replaced.
 */

#include "setup/file.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/read_all.h"

static int
fail(char *why, size_t size, const char *path, const char *what)
{
	(void)snprintf(why, size, "%s: %s: %s", path, what, strerror(errno));
	return -1;
}

/* Read an open file; frees nothing and closes nothing. */
static int
read_open(int fd, const char *path, char **text, char *why, size_t size)
{
	ssize_t n;

	if ((*text = malloc(SETUP_MAX_FILE + 1)) == NULL ||
	    (n = read_all(fd, *text, SETUP_MAX_FILE + 1)) == -1)
		return fail(why, size, path, "cannot read");
	if (n > SETUP_MAX_FILE) {
		(void)snprintf(why, size, "%s: larger than %d octets", path,
		    SETUP_MAX_FILE);
		return -1;
	}
	(*text)[n] = '\0';
	if (strlen(*text) == (size_t)n)
		return 0;
	(void)snprintf(why, size, "%s: contains a NUL octet; is this a text "
	    "file?", path);
	return -1;
}

int
file_read(const char *path, char **text, struct change_access *access,
    char *why, size_t size)
{
	struct stat st;
	int fd, r;

	*text = NULL;
	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) == -1)
		return errno == ENOENT || errno == ENOTDIR ? 0 :
		    fail(why, size, path, "cannot open");
	if (fstat(fd, &st) == -1)
		r = fail(why, size, path, "cannot read");
	else
		r = read_open(fd, path, text, why, size);
	(void)close(fd);
	if (r == -1) {
		free(*text);
		*text = NULL;
	} else if (access != NULL) {
		access->uid = st.st_uid;
		access->gid = st.st_gid;
		access->mode = st.st_mode & 07777;
	}
	return r;
}

static int
write_whole(int fd, const char *text)
{
	size_t len = strlen(text);
	ssize_t n;

	while (len > 0) {
		if ((n = write(fd, text, len)) == -1) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		text += n;
		len -= (size_t)n;
	}
	return fsync(fd);
}

/* So that the new name survives a crash, too. */
static void
sync_directory(const char *directory)
{
	int fd = open(directory, O_RDONLY | O_CLOEXEC | O_DIRECTORY);

	if (fd == -1)
		return;
	(void)fsync(fd);
	(void)close(fd);
}

static int
fill(int fd, const char *text, const struct change_access *access)
{
	/* The mode last: chown(2) may take bits away. */
	return fchown(fd, access->uid, access->gid) == -1 ||
	    fchmod(fd, access->mode) == -1 || write_whole(fd, text) == -1 ?
	    -1 : 0;
}

/* Where a new text is written first, and then is. */
struct names {
	char	target[PATH_MAX];	/* the file that a link leads to */
	char	directory[PATH_MAX];	/* of it */
	char	temporary[PATH_MAX];	/* in that */
};

/* Returns 0, or -1 with errno set. */
static int
find_names(const char *path, struct names *names)
{
	char copy[PATH_MAX];
	int n;

	if (realpath(path, names->target) == NULL) {
		if (errno != ENOENT)
			return -1;
		(void)strlcpy(names->target, path, PATH_MAX);
	}
	errno = ENAMETOOLONG;
	if (strlcpy(copy, names->target, PATH_MAX) >= PATH_MAX)
		return -1;
	(void)strlcpy(names->directory, dirname(copy), PATH_MAX);
	(void)strlcpy(copy, names->target, sizeof(copy));
	n = snprintf(names->temporary, PATH_MAX, "%s/.%s.setup",
	    names->directory, basename(copy));
	return n >= 0 && n < PATH_MAX ? 0 : -1;
}

void
file_remove_leftover(const char *path)
{
	struct names names;

	if (find_names(path, &names) == 0 && unlink(names.temporary) == -1)
		(void)rmdir(names.temporary);
}

int
file_write(const char *path, const char *text,
    const struct change_access *access, char *why, size_t size)
{
	struct names names;
	int fd, r;

	if (find_names(path, &names) == -1)
		return fail(why, size, path, "cannot write");
	fd = open(names.temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC |
	    O_NOFOLLOW, 0600);
	if (fd == -1)
		return fail(why, size, names.temporary, "cannot write");
	r = fill(fd, text, access);
	if (close(fd) == -1)
		r = -1;
	if (r == -1 || rename(names.temporary, names.target) == -1) {
		r = fail(why, size, path, "cannot write");
		(void)unlink(names.temporary);
		return r;
	}
	sync_directory(names.directory);
	return 0;
}

/* Make the directory, or take over what a run that was killed left of it. */
static int
make_temporary(const char *path, const struct change_access *access)
{
	int fd, r;

	if (mkdir(path, 0700) == -1 && errno != EEXIST)
		return -1;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1)
		return -1;
	r = fchown(fd, access->uid, access->gid) == -1 ||
	    fchmod(fd, access->mode) == -1 ? -1 : 0;
	(void)close(fd);
	return r;
}

int
file_make_directory(const char *path, const struct change_access *access,
    char *why, size_t size)
{
	struct names names;
	struct stat st;

	if (lstat(path, &st) == 0)
		return 0;
	/* Under its name it has its owner and mode, even after a crash. */
	if (find_names(path, &names) == -1 ||
	    make_temporary(names.temporary, access) == -1 ||
	    rename(names.temporary, path) == -1)
		return fail(why, size, path, "cannot make the directory");
	sync_directory(names.directory);
	return 0;
}
