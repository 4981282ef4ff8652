/* SPDX-License-Identifier: ISC */

/*
 * A session of the front with itself, over the socket for the MTA: whether the
 * listener accepts, a worker of libmilter answers, and its pool notices after a
 * pause that the session goes on.  It ends after the negotiation of options, so
 * it has no message and is not counted.
 */

#ifndef SELF_SESSION_H
#define SELF_SESSION_H

#include <stdbool.h>
#include <stddef.h>

enum self_session {
	SELF_ANSWERED,
	SELF_LATE,	/* the time was over, stop_fd became readable, or there
			 * is no descriptor for the session: others may work */
	SELF_FORBIDDEN,	/* our user may not connect; the MTA may */
	SELF_FAILED	/* nobody, or not this process, serves the socket; or
			 * not those who pause */
};

/*
 * socket_name	of listener_name()
 * stop_fd	give up when it becomes readable
 * why		unless SELF_ANSWERED, what failed
 */
enum self_session self_session(const char *socket_name,
	    unsigned int timeout_ms, int stop_fd, char *why, size_t size);

#endif /* SELF_SESSION_H */
