/* SPDX-License-Identifier: ISC */

/*
 * Check that the socket for the MTA can be created, and that nobody uses it.
 */

#ifndef SOCKET_CLAIM_H
#define SOCKET_CLAIM_H

/*
 * Make sure that a unix socket can be created at path and that no running
 * program uses it.  A socket that a dead program left behind is fine.  Must be
 * called as the user who creates the socket, not as root.
 *
 * name   the socket as in the configuration, for messages
 * service_user   the user that the configuration names, for messages
 * lock   set to a descriptor, which the caller closes.  While it is open, this
 *        fails in other processes.  The lock file beside the socket is kept.
 *
 * Returns 0, or -1 with the reason and what to do logged.
 */
int	socket_claim_unix(const char *name, const char *path,
	    const char *service_user, int *lock);

/*
 * Make sure that "inet:PORT@ADDRESS" or "inet6:PORT@ADDRESS" is free.
 * Returns 0, or -1 with the reason and what to do logged.
 */
int	socket_claim_inet(const char *name);

#endif /* SOCKET_CLAIM_H */
