/* SPDX-License-Identifier: ISC */

/*
 * A greeting to a milter: whether a milter answers on a socket, for a user.
 */

#ifndef MILTER_HELLO_H
#define MILTER_HELLO_H

#include <stddef.h>

/*
 * Connect to a milter, negotiate options as an MTA does, and leave.
 *
 * socket     "unix:PATH", "local:PATH" or a path; "inet:PORT@HOST" and
 *            "inet6:PORT@HOST" as libmilter has it, "inet:HOST:PORT" as Postfix
 * user       NULL: as this process is; else with the ids and groups of that
 *            user, in a process of its own
 * limit_ms   for all of it
 * why        if it fails, the reason: "PATH: Permission denied"
 *
 * Returns 0 if the milter answered, else -1.
 */
int	milter_hello(const char *socket, const char *user,
	    unsigned int limit_ms, char *why, size_t size);

#endif /* MILTER_HELLO_H */
