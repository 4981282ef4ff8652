/* SPDX-License-Identifier: ISC */

/*
 * A sign_service that reads the key store itself, so that countersign-doctor
 * can sign a message in its own process.  It refuses what countersign-signer
 * would refuse.  For one thread at a time.
 */

#ifndef STOREPOOL_H
#define STOREPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message/sign_service.h"

/* Octets of the zeros that replace a signature if none is made. */
#define STOREPOOL_NO_SIGNATURE	256

struct storepool;

struct storepool_options {
	const char	*keydir;
	const char	*state_dir;	/* NULL: keydir is not mounted */
	const char	*keys_user;	/* NULL: any */
	const char	*kek_file;	/* NULL: the KEK is a credential */
	int64_t		 expire;	/* seconds; longest lifetime; 0: any */
	/* Make signatures.  If false, no private key is read, and each
	 * signature is STOREPOOL_NO_SIGNATURE zeros. */
	bool		 sign;
};

/*
 * Open the store.  An unreadable store is not a failure: unless options->sign,
 * each domain then appears to have one key with the selector "unknown".
 * Returns NULL when out of memory.
 */
struct storepool *storepool_new(const struct storepool_options *options);
void	storepool_free(struct storepool *pool);

/* The service; valid as long as pool. */
const struct sign_service *storepool_service(const struct storepool *pool);

/* Why the store cannot be read; NULL if it can. */
const char *storepool_fault(const struct storepool *pool);

/* The last domain whose keys were listed ("" if none), and those keys. */
const char *storepool_domain(const struct storepool *pool);
size_t	storepool_keys(const struct storepool *pool,
	    const struct sign_key **keys);

#endif /* STOREPOOL_H */
