/* SPDX-License-Identifier: ISC */

/*
 * Reading a file to its end.
 */

#ifndef READ_ALL_H
#define READ_ALL_H

#include <sys/types.h>

/*
 * Read from fd until size octets have been read or the file ends.  Returns the
 * number of octets, or -1 with errno set; in that case buf is wiped.
 */
ssize_t	read_all(int fd, void *buf, size_t size);

#endif /* READ_ALL_H */
