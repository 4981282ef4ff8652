/* SPDX-License-Identifier: ISC */

/*
 * Reading a file to its end.
 */

#ifndef READ_ALL_H
#define READ_ALL_H

#include <sys/types.h>

/*
 * Read from fd until size octets are there or the file ends.  Returns their
 * number, or -1 and errno; then what was read is wiped.
 */
ssize_t	read_all(int fd, void *buf, size_t size);

#endif /* READ_ALL_H */
