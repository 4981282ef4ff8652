/* SPDX-License-Identifier: ISC */

/*
 * An address on this host that a program listens on: unix:PATH,
 * inet:PORT@ADDRESS or inet6:PORT@ADDRESS, where the address is one of
 * 127.0.0.0/8, or ::1, and the port is one that needs no privilege.
 */

#ifndef LOOPBACK_H
#define LOOPBACK_H

#include <sys/socket.h>

#include <stdbool.h>

#define LOOPBACK_LEAST_PORT	1024

/* Read such a text; false if it is not one, or its path is too long. */
bool	loopback_parse(const char *text, struct sockaddr_storage *address,
	    socklen_t *len);

#endif /* LOOPBACK_H */
