/* SPDX-License-Identifier: ISC */

/*
 * The front's end of its control socket to the master.  It receives sockets to
 * signers, which it adds to the pool, and the orders to reload and to stop; it
 * reports lost sockets.
 */

#ifndef CONTROL_H
#define CONTROL_H

#include <stdbool.h>

#include "message/sign_service.h"

struct control;

/* Take over the socket fd, and make a pool.  NULL with errno set on failure. */
struct control *control_new(int fd);

/* Only when no session is left. */
void	control_free(struct control *control);

/* The signers, for any number of threads; valid until control_free(). */
const struct sign_service *control_signers(const struct control *control);

#define CONTROL_ATTEND_MS	5000

/*
 * Tell the master that the front is ready, and start a thread that serves the
 * control socket.  The thread calls reload() when the master says so, and tells
 * it the result, with the line that it sets (reload.h); attend() every
 * CONTROL_ATTEND_MS; and stop(), once, when the master says so or is gone.
 *
 * socket_name, borrowed: the socket for the MTA, over which the front has a
 * session with itself when the master asks whether it works.
 *
 * Returns 0, or -1 with errno set.
 */
int	control_start(struct control *control, const char *socket_name,
	    bool (*reload)(unsigned int *), void (*attend)(void),
	    void (*stop)(void));

#endif /* CONTROL_H */
