/* SPDX-License-Identifier: ISC */

/*
 * A greeting to a milter: whether a milter answers on a socket, for a user.
 */

#ifndef MILTER_HELLO_H
#define MILTER_HELLO_H

#include <stddef.h>

/* How a greeting ended. */
enum milter_hello {
	MILTER_HELLO_WELL,
	MILTER_HELLO_NAME,	/* not the name of a socket */
	MILTER_HELLO_HOST,	/* a host or a port that is not known */
	MILTER_HELLO_MISSING,	/* there is no such file */
	MILTER_HELLO_NO_SOCKET,	/* the file is not a socket */
	MILTER_HELLO_DENIED,	/* the user may not connect */
	MILTER_HELLO_REFUSED,	/* nobody listens */
	MILTER_HELLO_SILENT,	/* no connection or no answer in time */
	MILTER_HELLO_CLOSED,	/* closed without an answer */
	MILTER_HELLO_OTHER,	/* what answers is not a milter */
	MILTER_HELLO_FAILED	/* anything else, such as an unknown user */
};

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
 * Returns MILTER_HELLO_WELL, which is 0, if the milter answered.
 */
enum milter_hello milter_hello(const char *socket, const char *user,
	    unsigned int limit_ms, char *why, size_t size);

/*
 * What to do if the milter did not answer, as a part of a sentence; "" if the
 * reason says it.  socket and user as above.
 */
void	milter_hello_advice(enum milter_hello end, const char *socket,
	    const char *user, char *advice, size_t size);

#endif /* MILTER_HELLO_H */
