/* SPDX-License-Identifier: ISC */

/*
 * The front's side of its control socket to the master: sockets to signers
 * come in and go into the pool, reloads and the stop come in, lost sockets
 * are reported.
 */

#ifndef CONTROL_H
#define CONTROL_H

#include "message/sign_service.h"

struct control;

/* Take over the socket fd, and make a pool.  NULL on failure, errno set. */
struct control *control_new(int fd);

/* No session may be left. */
void	control_free(struct control *control);

/* The signers, for any number of threads; lives as long as control. */
const struct sign_service *control_signers(const struct control *control);

/*
 * Tell the master that mail is accepted from now on, and serve the socket
 * from a thread of its own until the master says stop or is gone: then stop()
 * is called once.  reload() and stop() are called from that thread.  0, or -1
 * with errno set.
 */
int	control_start(struct control *control, void (*reload)(void),
	    void (*stop)(void));

#endif /* CONTROL_H */
