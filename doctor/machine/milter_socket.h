/* SPDX-License-Identifier: ISC */

/*
 * Names of milter sockets, in the spellings of libmilter and Postfix.
 */

#ifndef MILTER_SOCKET_H
#define MILTER_SOCKET_H

#include <stdbool.h>
#include <stddef.h>

struct milter_socket {
	bool	 is_unix;
	int	 family;	/* AF_UNSPEC: either */
	char	 path[1024];	/* if is_unix */
	char	 host[256];	/* otherwise; without brackets */
	char	 port[64];	/* a number or a service */
};

/* Read a name as for milter_hello().  Returns false with the reason in why. */
bool	milter_socket_read(const char *name, struct milter_socket *s,
	    char *why, size_t size);

/*
 * Whether two names lead to the same socket: the same file, or the same port of
 * a common address.
 */
bool	milter_socket_is_same(const struct milter_socket *a,
	    const struct milter_socket *b);

#endif /* MILTER_SOCKET_H */
