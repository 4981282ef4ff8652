/* SPDX-License-Identifier: ISC */

/*
 * The front's way to the signers: a pool of sockets, any number of threads.
 *
 * A call checks a socket out for one request with a deadline.  A signer that
 * is dead or late costs one retry on a socket to another signer (to the same
 * one if there is no other), then SIGN_E_UNAVAILABLE: the caller
 * tempfails.  A lost socket is reported to the master through want().
 */

#ifndef SIGNPOOL_H
#define SIGNPOOL_H

#include "message/sign_service.h"

struct signpool;

/* want(arg, signer): a socket to that signer was lost.  May be NULL. */
struct signpool *signpool_new(void (*want)(void *arg, unsigned int signer),
	    void *arg);
/* No call may be under way. */
void	signpool_free(struct signpool *pool);

/* Add a socket to a signer; the pool owns fd from now on, also on failure
 * (-1, out of memory). */
int	signpool_add(struct signpool *pool, unsigned int signer, int fd);

/* What the signers do, for any number of threads; lives as long as pool. */
const struct sign_service *signpool_service(const struct signpool *pool);

#endif /* SIGNPOOL_H */
