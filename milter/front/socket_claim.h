/* SPDX-License-Identifier: ISC */

/*
 * Whose the MTA's socket is: the right to make it, before it is made.
 */

#ifndef SOCKET_CLAIM_H
#define SOCKET_CLAIM_H

/*
 * Make sure that a unix socket can be made at path and that no running
 * program has it.  A socket whose program has ended does no harm.  By the
 * user who makes it: nothing here is to be done with root's rights.
 *
 * name   what the configuration calls it, for messages
 * lock   set to a descriptor, the caller's: while it is open, no other
 *        process gets this far.  The lock file beside the socket stays.
 *
 * Returns 0, or -1 with the reason and what to do logged.
 */
int	claim_unix(const char *name, const char *path, int *lock);

/*
 * Make sure that "inet:PORT@ADDRESS" or "inet6:PORT@ADDRESS" is free.
 * Returns 0, or -1 with the reason and what to do logged.
 */
int	claim_inet(const char *name);

#endif /* SOCKET_CLAIM_H */
