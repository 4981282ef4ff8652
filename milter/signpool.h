/* SPDX-License-Identifier: ISC */

/*
 * The front's way to the signers: a pool of sockets, any number of threads.
 *
 * A call checks a socket out for one request with a deadline.  A signer that
 * is dead or late costs one retry on a socket to another signer (to the same
 * one if there is no other), then SIGNPOOL_E_UNAVAILABLE: the caller
 * tempfails.  A lost socket is reported to the master through want().
 */

#ifndef SIGNPOOL_H
#define SIGNPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dkimsig.h"
#include "ipc.h"

enum signpool_error {
	SIGNPOOL_OK		= 0,
	SIGNPOOL_E_NOKEY	= -1,	/* IPC_NO_KEY */
	SIGNPOOL_E_REFUSED	= -2,	/* IPC_REFUSED */
	SIGNPOOL_E_FAILED	= -3,	/* IPC_FAILED */
	SIGNPOOL_E_UNAVAILABLE	= -4,	/* no signer answered in time */
	SIGNPOOL_E_NOMEM	= -5
};

struct signpool;

/* want(arg, signer): a socket to that signer was lost.  May be NULL. */
struct signpool *signpool_new(void (*want)(void *arg, unsigned int signer),
	    void *arg);
/* No call may be under way. */
void	signpool_free(struct signpool *pool);

/* Add a socket to a signer; the pool owns fd from now on, also on failure
 * (-1, out of memory). */
int	signpool_add(struct signpool *pool, unsigned int signer, int fd);

/* An active key of a domain. */
struct signpool_key {
	char			selector[64];	/* octets, NUL included */
	enum dkimsig_algorithm	algorithm;
	bool			strict;		/* not for subdomains */
};

/*
 * The active keys of a domain, in the order of the store: at most
 * IPC_MAX_KEYS into keys, *nkeys of them, at least one when 0 is returned.
 */
int	signpool_keys(struct signpool *pool, const char *domain,
	    unsigned int timeout_ms,
	    struct signpool_key keys[IPC_MAX_KEYS], size_t *nkeys);

/*
 * Have a to-be-signed block signed; the raw signature goes into sig, which
 * has room for DKIMSIG_MAX_SIGVALUE octets.
 */
int	signpool_sign(struct signpool *pool, const char *domain,
	    const struct signpool_key *key, const void *tbs, size_t tbslen,
	    unsigned int timeout_ms, unsigned char *sig, size_t *siglen);

/*
 * Whether a signature of that domain and selector was made with a key that is
 * or ever was in the store; digest is the SHA-256 of the octets of p= in its
 * record.  *is_own is false unless 0 is returned.
 */
int	signpool_own(struct signpool *pool, const char *domain,
	    const char *selector, const unsigned char digest[IPC_DIGEST_SIZE],
	    unsigned int timeout_ms, bool *is_own);

const char *signpool_strerror(int error);

#endif /* SIGNPOOL_H */
