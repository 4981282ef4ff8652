/* SPDX-License-Identifier: ISC */

/*
 * The lowest free file descriptor: see lowest_free.h.  A descriptor that stays
 * open after a run of a fuzz target takes the place of the one found before.
 */

#include "lowest_free.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

int
lowest_free(void)
{
	const int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
	const int number = fd;

	if (fd == -1 || close(fd) == -1)
		abort();
	return number;
}
