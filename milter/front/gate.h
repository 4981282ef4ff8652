/* SPDX-License-Identifier: ISC */

/*
 * The gate: how many connections of the MTA are accepted, and what happens to
 * more.
 */

#ifndef GATE_H
#define GATE_H

#include <sys/socket.h>

#include <stdbool.h>

#define GATE_SPARE	16	/* own connections above the limit */

/*
 * Accept at most so many connections; the file descriptors are below nfds.
 * Before libmilter listens.  Returns 0, or -1 if out of memory.
 */
int	gate_open(unsigned int max_connections, unsigned long nfds);

/*
 * The front's session with itself begins or ends: let its connection in, which
 * it makes with gate_connect(), in place of connect(2) and on a socket that
 * does not block.  One session at a time.
 */
void	gate_expect_self(bool is_expected);
int	gate_connect(int fd, const struct sockaddr *address, socklen_t len);

/*
 * What libmilter calls as accept(2).  A connection that is refused is closed,
 * and -1 returned with ECONNABORTED, after which libmilter accepts the next.
 */
int	gate_accept(int fd, struct sockaddr *address, socklen_t *len);

#endif /* GATE_H */
