/* SPDX-License-Identifier: ISC */

/*
 * The keys of one domain that may sign, now or later, with the private keys
 * that have been used: the part of keycache.h for a single domain.
 */

#ifndef HELDKEYS_H
#define HELDKEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/types.h>

#include "store/keystore.h"

/* A key that has a time to start signing, parsed when it is first used. */
struct held_key {
	struct ks_key	 key;		/* borrows public and stream */
	char		*public;	/* NULL: the state does not have it */
	char		 stream[KS_STREAM_SIZE];
	EVP_PKEY	*pkey;		/* NULL: not parsed */
	int		 load_status;	/* of the last attempt; 0: no failure */
	int64_t		 tried;		/* monotonic seconds, of that attempt */
	int64_t		 recorded;	/* use, seconds since 1970; 0: none */
};

/* Zeroed: no keys. */
struct heldkeys {
	struct held_key	*list;
	size_t		 n;
};

/*
 * Replace the keys with those keys of a new version of the state that have a
 * time to start signing.  What was held for a key that is in both is kept.
 * Returns 0, or KS_E_NOMEM: then the caller finishes held.
 */
int	heldkeys_replace(struct heldkeys *held, const struct ks_state *state);

/* Wipe and free the keys; held is zeroed. */
void	heldkeys_finish(struct heldkeys *held);

/* Free the private keys that may no longer sign. */
void	heldkeys_drop_ended(struct heldkeys *held, int64_t now);

/* The key of that stream ("": of none) that may sign at that time, or NULL. */
struct held_key *heldkeys_find(struct heldkeys *held, const char *stream,
	    const char *selector, enum dkimsig_algorithm algorithm,
	    int64_t now);

/* Whether a key with that selector belongs to another stream. */
bool	heldkeys_is_elsewhere(const struct heldkeys *held, const char *stream,
	    const char *selector);

/*
 * Load and parse the private key.  After a failure, which is logged, this is
 * tried again after KS_RECHECK seconds.  Returns 0 or KS_E_*.
 *
 * monotonic   seconds
 */
int	heldkeys_load(struct held_key *held, struct keystore *ks,
	    const char *domain, int64_t monotonic);

#endif /* HELDKEYS_H */
