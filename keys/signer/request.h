/* SPDX-License-Identifier: ISC */

/*
 * The checks that stand between the front and a private key.
 *
 * The front reads mail and is not trusted: a request carries the whole
 * to-be-signed block, and only one that is a signature of our shape, by a key
 * that is active or was until a moment ago, over a From field to which no
 * second one can be added, made now and for a bounded time, is signed.
 */

#ifndef SIGN_REQUEST_H
#define SIGN_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/ipc.h"
#include "dkimsig/dkimsig.h"
#include "signer/keycache.h"

/* How far t= may be from the clock, before or after. */
#define SIGN_REQUEST_SKEW	300	/* seconds */

/* A request, decoded; all borrowed. */
struct sign_request {
	const char		*domain;
	const char		*selector;
	enum dkimsig_algorithm	 algorithm;
	const unsigned char	*tbs;
	size_t			 tbslen;
};

struct sign_answer {
	/* The raw signature; siglen is 0 when the status is not IPC_OK. */
	unsigned char	 sig[DKIMSIG_MAX_SIGVALUE];
	size_t		 siglen;
	/* bh= of what was signed: with it a line about the message and one
	 * about the signature are matched. */
	unsigned char	 bodyhash[DKIMSIG_HASH_SIZE];
	/* A static text when the status is not IPC_OK. */
	const char	*why;
};

/*
 * Check a request and sign it.
 *
 * ceiling   x= must be at most this many seconds after t=; 0: none needed,
 *           and any is accepted
 *
 * Returns the status of the answer.
 */
enum ipc_status sign_request_answer(struct keycache *cache, int64_t ceiling,
	    const struct sign_request *request, const struct moment *now,
	    struct sign_answer *answer);

/* The status of an answer that a KS_E_* makes. */
enum ipc_status sign_request_status(int ks_errno);

#endif /* SIGN_REQUEST_H */
