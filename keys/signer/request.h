/* SPDX-License-Identifier: ISC */

/*
 * The checks that stand between the front and a private key.
 *
 * The front reads mail and is not trusted, so a request contains the whole
 * to-be-signed block.  It is signed only if the signature has our form, its key
 * is active or was until a moment ago, it covers From in such a way that no
 * second From can be added, and its times are now and not too far apart.  If
 * the signatures of a domain in an hour are limited, it is counted then.
 */

#ifndef SIGN_REQUEST_H
#define SIGN_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/hourly.h"
#include "base/ipc.h"
#include "dkimsig/dkimsig.h"
#include "signer/keycache.h"

/* How far t= may be from the clock, before or after. */
#define SIGN_REQUEST_SKEW	300	/* seconds */

/* What a signer allows. */
struct sign_rules {
	/* x= must be at most this many seconds after t=; 0: no limit, and x=
	 * may be missing. */
	int64_t		 ceiling;
	struct hourly	*hourly;	/* borrowed; NULL: count nothing */
};

/* A decoded request; everything in it is borrowed. */
struct sign_request {
	struct key_owner	 owner;
	const char		*selector;
	enum dkimsig_algorithm	 algorithm;
	const unsigned char	*tbs;
	size_t			 tbslen;
};

struct sign_answer {
	/* The raw signature; siglen is 0 if the status is not IPC_OK. */
	unsigned char	 sig[DKIMSIG_MAX_SIGVALUE];
	size_t		 siglen;
	/*
	 * bh= of what was signed: it links the log line about the message to
	 * the log line about the signature.
	 */
	unsigned char	 bodyhash[DKIMSIG_HASH_SIZE];
	/* A static text if the status is not IPC_OK. */
	const char	*why;
};

/*
 * Check a request, count it, and sign it.  Returns the status of the answer.
 */
enum ipc_status sign_request_answer(struct keycache *cache,
	    const struct sign_rules *rules, const struct sign_request *request,
	    const struct moment *now, struct sign_answer *answer);

/* The status of an answer for an error of the key store, or for 0. */
enum ipc_status sign_request_status(int ks_errno);

#endif /* SIGN_REQUEST_H */
