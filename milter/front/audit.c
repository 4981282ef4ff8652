/* SPDX-License-Identifier: ISC */

/*
 * The audit file: see audit.h.
 *
 * Each line is written by one call, so that lines of several processes do not
 * mix.  Only a regular file is accepted: a slow reader of a pipe would delay
 * mail.  If only part of a line could be written, that part stays, because
 * appended text cannot be taken back safely; the next line then begins with a
 * newline.
 */

#include "front/audit.h"

#include <sys/stat.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/descriptors.h"
#include "base/log.h"

#define AUDIT_MODE	0640

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int file = -1;
static bool is_torn;		/* its last line has no newline */
static unsigned long nlost;	/* lines since the last success */

static int
open_plain_file(const char *path)
{
	struct stat st;
	int error, fd;

	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW |
	    O_CLOEXEC | O_NONBLOCK | O_NOCTTY, AUDIT_MODE);
	if (fd == -1) {
		error = errno;
		log_warn(M_AUDIT_UNUSABLE, "audit_file %s: cannot be opened",
		    path);
		descriptors_note(error);
		return -1;
	}
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		log_warnx(M_AUDIT_UNUSABLE, "audit_file %s: not a regular file",
		    path);
		(void)close(fd);
		return -1;
	}
	return fd;
}

static bool
is_same_file(int a, int b)
{
	struct stat sta, stb;

	return a != -1 && b != -1 && fstat(a, &sta) == 0 &&
	    fstat(b, &stb) == 0 && sta.st_dev == stb.st_dev &&
	    sta.st_ino == stb.st_ino;
}

void
audit_open(const char *path)
{
	int fd = -1, old;

	if (path != NULL && (fd = open_plain_file(path)) == -1)
		return;
	pthread_mutex_lock(&lock);
	is_torn = is_torn && is_same_file(file, fd);
	old = file;
	file = fd;
	if (fd == -1)
		nlost = 0;
	pthread_mutex_unlock(&lock);
	if (old != -1)
		(void)close(old);
}

/* Write all parts.  0, or -1 with errno set; *done octets were written. */
static int
write_parts(int fd, struct iovec *parts, int nparts, size_t *done)
{
	ssize_t n;

	*done = 0;
	while (nparts > 0) {
		if ((n = writev(fd, parts, nparts)) == -1) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		*done += (size_t)n;
		for (; nparts > 0 && (size_t)n >= parts->iov_len; nparts--)
			n -= (ssize_t)(parts++)->iov_len;
		if (nparts > 0) {
			parts->iov_base = (char *)parts->iov_base + n;
			parts->iov_len -= (size_t)n;
		}
	}
	return 0;
}

static int
write_line(const char *line)
{
	char newline[] = "\n";
	struct iovec parts[] = {
		{ .iov_base = newline, .iov_len = is_torn ? 1 : 0 },
		{ .iov_base = (char *)(uintptr_t)line,
		    .iov_len = strlen(line) },
		{ .iov_base = newline, .iov_len = 1 },
	};
	const size_t before = parts[0].iov_len;
	size_t done;
	int r;

	r = write_parts(file, parts, 3, &done);
	if (r == 0)
		is_torn = false;
	else if (done > 0)
		is_torn = done > before;
	return r;
}

void
audit_write(const char *line)
{
	unsigned long lost = 0;
	bool is_first = false;
	int error = 0;

	pthread_mutex_lock(&lock);
	if (file == -1)
		;
	else if (write_line(line) == 0) {
		lost = nlost;
		nlost = 0;
	} else {
		error = errno;
		is_first = nlost++ == 0;
	}
	pthread_mutex_unlock(&lock);
	if (is_first) {
		errno = error;
		log_warn(M_AUDIT_LINES_LOST,
		    "audit_file: cannot write, lines are lost");
	}
	if (lost > 0)
		log_warnx(M_AUDIT_RESUMED,
		    "audit_file: writing again, lines lost: %lu", lost);
}
