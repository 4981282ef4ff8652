/* SPDX-License-Identifier: ISC */

/*
 * The functions of signpool.h over the key store itself, for a program that
 * signs one message in its own process: countersign-doctor.
 *
 * A program has either this or signpool.c.
 */

#ifndef STOREPOOL_H
#define STOREPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dkimsig.h"
#include "signpool.h"

/* Octets of the signature that stands for one that is not made. */
#define STOREPOOL_NO_SIGNATURE	256

struct storepool_options {
	const char	*keydir;
	const char	*keys_user;	/* NULL: any */
	int64_t		 expire;	/* seconds; signpool's ceiling */
	/* Make signatures; else no private key is read, and each signature
	 * is of STOREPOOL_NO_SIGNATURE zeros. */
	bool		 sign;
};

/*
 * Open the store.  One that cannot be read is no failure: without sign each
 * domain then has one key, its selector "unknown".  NULL: out of memory.
 */
struct signpool *storepool_new(const struct storepool_options *options);
void	storepool_free(struct signpool *pool);

/* Why the store cannot be read; NULL: it can. */
const char *storepool_fault(const struct signpool *pool);

/* The domain whose keys were found last, "" for none, and those keys. */
const char *storepool_domain(const struct signpool *pool);
size_t	storepool_keys(const struct signpool *pool,
	    const struct signpool_key **keys);

#endif /* STOREPOOL_H */
