/* SPDX-License-Identifier: ISC */

/*
 * The socket for HTTP: see config/loopback.h.
 */

#ifndef LISTEN_H
#define LISTEN_H

/*
 * Listen there, without blocking; a socket in the file system that nobody
 * listens on is replaced, and has mode 0660.  -1, with the reason logged.
 */
int	listen_open(const char *where);

/* Remove such a socket. */
void	listen_remove(const char *where);

#endif /* LISTEN_H */
