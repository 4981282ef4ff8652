/* SPDX-License-Identifier: ISC */

/*
 * Reading a file to its end, in as many pieces as it takes.
 *
 * The caller's buffer is wiped on failure, so that no copy of a secret is left
 * behind.  A signal does not end the reading; EAGAIN of a non-blocking
 * descriptor does.
 */

#include "base/read_all.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

ssize_t
read_all(int fd, void *buf, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len < size) {
		n = read(fd, (char *)buf + len, size - len);
		if (n == 0)
			break;
		if (n == -1 && errno != EINTR) {
			explicit_bzero(buf, len);
			return -1;
		}
		if (n > 0)
			len += (size_t)n;
	}
	return (ssize_t)len;
}
