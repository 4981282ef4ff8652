/* SPDX-License-Identifier: ISC */

/*
 * Reading a whole file of a domain's folder into memory.
 *
 * The file may be a private key: the buffer is never reallocated, and is wiped
 * when it is freed.
 */

#include "store/private.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/read_all.h"

static int
open_file(const struct place *place, unsigned int loose, int *fd,
    struct ks_error *error)
{
	int r;

	/* O_NONBLOCK: a FIFO in place of the file must not block us. */
	*fd = openat(place->dirfd, place->name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (*fd == -1 && errno == ENOENT)
		return place_fail(place, error, KS_E_NOKEY,
		    "no such file: restore it from a backup");
	if (*fd == -1 && errno == ELOOP)
		return place_fail(place, error, KS_E_UNSAFE,
		    "is a symbolic link: replace it with the file itself");
	if (*fd == -1 && errno == EACCES)
		return store_unreadable(place, place->dirfd, place->name,
		    error);
	if (*fd == -1)
		return place_fail_errno(place, error, "cannot open");
	if ((r = place_check(place, *fd, loose, error)) != 0) {
		(void)close(*fd);
		*fd = -1;
	}
	return r;
}

/* The size of the file, so that a small file needs no large buffer. */
static int
file_size(const struct place *place, int fd, size_t max, size_t *size,
    struct ks_error *error)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return place_fail_errno(place, error, "cannot examine");
	if (st.st_size > (off_t)max)
		return place_fail(place, error, KS_E_DAMAGED,
		    "larger than %zu octets: restore it from a backup", max);
	*size = (size_t)st.st_size;
	return 0;
}

int
place_read(const struct place *place, unsigned int loose, size_t max,
    char **text, size_t *len, struct ks_error *error)
{
	size_t size;
	char *buf;
	bool bad_disk;
	ssize_t n;
	int fd, r;

	*text = NULL;
	*len = 0;
	if ((r = open_file(place, loose, &fd, error)) != 0)
		return r;
	buf = NULL;
	size = 0;
	if ((r = file_size(place, fd, max, &size, error)) != 0)
		goto out;
	/* One octet more than the size, to notice growth, and a NUL. */
	if ((buf = calloc(1, size + 2)) == NULL) {
		r = place_fail(place, error, KS_E_NOMEM, "out of memory");
		goto out;
	}
	if ((n = read_all(fd, buf, size + 1)) == -1) {
		bad_disk = errno == EIO;
		r = place_fail_errno(place, error, "cannot read");
		if (bad_disk)
			r = KS_E_DAMAGED;
		goto out;
	}
	*len = (size_t)n;
	if (*len > size)
		r = place_fail(place, error, KS_E_SYSTEM,
		    "changed while being read: try again");
out:
	(void)close(fd);
	if (r == 0)
		*text = buf;
	else if (buf != NULL)
		place_free_text(buf, *len);
	return r;
}

static int
stat_file(const struct place *place, struct stat *st, struct ks_error *error)
{
	if (fstatat(place->dirfd, place->name, st, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	if (errno == ENOENT)
		return KS_E_NOKEY;
	return place_fail_errno(place, error, "cannot examine");
}

/* What is wanted of a file: its text, or what stat(2) tells. */
struct wanted {
	unsigned int	 loose;
	size_t		 max;
	char		**text;
	size_t		*len;
	struct stat	*st;	/* NULL: the text */
};

/* From the folder as it is now, again if it was replaced meanwhile. */
static int
get_file(const struct place *place, const struct wanted *wanted,
    struct ks_error *error)
{
	struct place opened = *place;
	bool again;
	int i, r;

	again = true;
	r = KS_E_NOKEY;
	for (i = 0; again && i < MAX_REPLACED; i++) {
		if ((r = store_open_domain(place->ks, place->domain,
		    &opened.dirfd, error)) != 0)
			return r;
		r = wanted->st != NULL ?
		    stat_file(&opened, wanted->st, error) :
		    place_read(&opened, wanted->loose, wanted->max,
		    wanted->text, wanted->len, error);
		again = r == KS_E_NOKEY && store_was_replaced(place->ks,
		    place->domain, opened.dirfd);
		(void)close(opened.dirfd);
	}
	return r;
}

int
store_read_file(const struct place *place, unsigned int loose, size_t max,
    char **text, size_t *len, struct ks_error *error)
{
	const struct wanted wanted = {
		.loose = loose, .max = max, .text = text, .len = len
	};

	return get_file(place, &wanted, error);
}

int
store_stat_file(const struct place *place, struct stat *st,
    struct ks_error *error)
{
	const struct wanted wanted = { .st = st };

	return get_file(place, &wanted, error);
}

void
place_free_text(char *text, size_t len)
{
	freezero(text, len + 1);
}
