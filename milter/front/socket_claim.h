/* SPDX-License-Identifier: ISC */

/*
 * Check that the socket for the MTA can be created, and that nobody uses it.
 */

#ifndef SOCKET_CLAIM_H
#define SOCKET_CLAIM_H

struct config;

/*
 * Make sure that a unix socket can be created at path and that no running
 * program uses it.  A socket that a dead program left behind is fine.  Must be
 * called as the user who creates the socket, not as root.
 *
 * config for messages: the socket as it is there, and who uses it
 * lock   set to a descriptor, which the caller closes.  While it is open, this
 *        fails in other processes.  The lock file beside the socket is kept.
 *
 * Returns 0, or -1 with the reason and what to do logged.
 */
int	socket_claim_unix(const struct config *config, const char *path,
	    int *lock);

#define SOCKET_ADDRESS_SIZE	64	/* octets */

/*
 * Make sure that "inet:PORT@ADDRESS" or "inet6:PORT@ADDRESS" is free.  Writes
 * the same with a numeric address, also for "localhost", to numeric.
 *
 * Returns 0, or -1 with the reason and what to do logged.
 */
int	socket_claim_inet(const char *name,
	    char numeric[SOCKET_ADDRESS_SIZE]);

#endif /* SOCKET_CLAIM_H */
