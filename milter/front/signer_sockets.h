/* SPDX-License-Identifier: ISC */

/*
 * The sockets to the signers, which the threads of the front share.
 *
 * A thread takes a socket, has it to itself for one request, and returns it;
 * whoever finds none waits, and is served in the order of arrival.  The signer
 * with the fewest requests under way is preferred, so that one slow signer
 * does not collect them.
 */

#ifndef SIGNER_SOCKETS_H
#define SIGNER_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ipc.h"

/* No signer is avoided. */
#define SIGNER_SOCKETS_ANY	UINT32_MAX

struct signer_sockets;

/* A socket that a thread has taken. */
struct signer_socket {
	struct ipc_channel	channel;
	unsigned int		signer;
};

/* want(arg, signer) is called when a socket to that signer was lost; may be
 * NULL.  Returns NULL when out of memory. */
struct signer_sockets *signer_sockets_new(void (*want)(void *arg,
	    unsigned int signer), void *arg);
/* Only when no socket is taken.  NULL is allowed. */
void	signer_sockets_free(struct signer_sockets *sockets);

/* Add a socket to a signer.  Returns 0, or -1 when out of memory; the sockets
 * own fd in both cases. */
int	signer_sockets_add(struct signer_sockets *sockets, unsigned int signer,
	    int fd);

/*
 * Take a socket, preferably not one to the signer avoided.  Its signer may have
 * died: then sending on it fails, and the thread discards it and takes another
 * one, with is_first: it does not queue up again behind others.  Returns NULL
 * if there was none before the deadline, on the clock of monotonic_ms().
 */
struct signer_socket *signer_sockets_take(struct signer_sockets *sockets,
	    unsigned int avoided, bool is_first, int64_t deadline_ms);

/* Return a socket on which nothing is under way. */
void	signer_sockets_return(struct signer_sockets *sockets,
	    struct signer_socket *sock);

/* Close a socket that failed, and want another one. */
void	signer_sockets_discard(struct signer_sockets *sockets,
	    struct signer_socket *sock);

/* Whether there is a socket to another signer than that one. */
bool	signer_sockets_has_others(struct signer_sockets *sockets,
	    unsigned int signer);

/* How many threads wait now, for tests of the order. */
size_t	signer_sockets_waiting(struct signer_sockets *sockets);

#endif /* SIGNER_SOCKETS_H */
