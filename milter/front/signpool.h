/* SPDX-License-Identifier: ISC */

/*
 * The front's way to the signers: a pool of sockets, for any number of threads.
 *
 * A call uses one socket for one request with a deadline.  If the signer is
 * dead or late, or says that it failed, the call tries once more, on a socket
 * to another signer if there is one.  If that fails too, it returns
 * SIGN_E_UNAVAILABLE, and the message is deferred.  want() reports lost sockets
 * to the master.
 */

#ifndef SIGNPOOL_H
#define SIGNPOOL_H

#include "message/sign_service.h"

struct signpool;

/* want(arg, signer) is called when a socket to that signer was lost; may be
 * NULL. */
struct signpool *signpool_new(void (*want)(void *arg, unsigned int signer),
	    void *arg);
/* Only when no call is in progress. */
void	signpool_free(struct signpool *pool);

/* Add a socket to a signer.  Returns 0, or -1 when out of memory; the pool owns
 * fd in both cases. */
int	signpool_add(struct signpool *pool, unsigned int signer, int fd);

/* Forget the lists of keys that are kept: the key store may be another one. */
void	signpool_forget(struct signpool *pool);

/* The signers, for any number of threads; valid until signpool_free(). */
const struct sign_service *signpool_service(const struct signpool *pool);

#endif /* SIGNPOOL_H */
