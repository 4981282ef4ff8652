/* SPDX-License-Identifier: ISC */

/*
 * The audit file: see audit.h.
 *
 * A line is one write, so that lines of several processes do not mix.  Only a
 * plain file is taken: on a pipe a slow reader would hold up mail.
 */

#include "audit.h"

#include <sys/stat.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

#define AUDIT_MODE	0640

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int file = -1;
static bool is_failing;

static int
open_plain_file(const char *path)
{
	struct stat st;
	int fd;

	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW |
	    O_CLOEXEC | O_NONBLOCK | O_NOCTTY, AUDIT_MODE);
	if (fd == -1) {
		log_warn("audit_file %s", path);
		return -1;
	}
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		log_warnx("audit_file %s: not a plain file", path);
		(void)close(fd);
		return -1;
	}
	return fd;
}

void
audit_open(const char *path)
{
	int fd = -1, old;

	if (path != NULL && (fd = open_plain_file(path)) == -1)
		return;
	pthread_mutex_lock(&lock);
	old = file;
	file = fd;
	is_failing = false;
	pthread_mutex_unlock(&lock);
	if (old != -1)
		(void)close(old);
}

/* The whole line, or errno. */
static int
write_line(int fd, const char *line)
{
	char newline[] = "\n";
	struct iovec parts[2] = {
		{ .iov_base = (char *)(uintptr_t)line,
		    .iov_len = strlen(line) },
		{ .iov_base = newline, .iov_len = 1 },
	};
	size_t len = parts[0].iov_len + 1, done;
	ssize_t n;

	if ((n = writev(fd, parts, 2)) == -1)
		return errno;
	/* A full disk took a part: without its end the line is none. */
	for (done = (size_t)n; done < len; done += (size_t)n) {
		n = done < len - 1 ? write(fd, line + done, len - 1 - done) :
		    write(fd, newline, 1);
		if (n <= 0)
			return n == 0 ? EIO : errno;
	}
	return 0;
}

void
audit_write(const char *line)
{
	int error = 0;
	bool is_first = false;

	pthread_mutex_lock(&lock);
	if (file != -1) {
		error = write_line(file, line);
		is_first = error != 0 && !is_failing;
		is_failing = error != 0;
	}
	pthread_mutex_unlock(&lock);
	if (is_first) {
		errno = error;
		log_warn("audit_file: lines are lost until it can be written");
	}
}
