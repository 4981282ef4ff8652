/* SPDX-License-Identifier: ISC */

/*
 * A service that signs from the key store itself, for a program that signs
 * one message in its own process: countersign-doctor.  What a signer would
 * refuse it refuses.  One thread at a time.
 */

#ifndef STOREPOOL_H
#define STOREPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message/sign_service.h"

/* Octets of the signature that stands for one that is not made. */
#define STOREPOOL_NO_SIGNATURE	256

struct storepool;

struct storepool_options {
	const char	*keydir;
	const char	*keys_user;	/* NULL: any */
	int64_t		 expire;	/* seconds; the signers' ceiling */
	/* Make signatures; else no private key is read, and each signature
	 * is of STOREPOOL_NO_SIGNATURE zeros. */
	bool		 sign;
};

/*
 * Open the store.  One that cannot be read is no failure: without sign each
 * domain then has one key, its selector "unknown".  NULL: out of memory.
 */
struct storepool *storepool_new(const struct storepool_options *options);
void	storepool_free(struct storepool *pool);

/* What it does in the signers' place; lives as long as pool. */
const struct sign_service *storepool_service(const struct storepool *pool);

/* Why the store cannot be read; NULL: it can. */
const char *storepool_fault(const struct storepool *pool);

/* The domain whose keys were found last, "" for none, and those keys. */
const char *storepool_domain(const struct storepool *pool);
size_t	storepool_keys(const struct storepool *pool,
	    const struct sign_key **keys);

#endif /* STOREPOOL_H */
