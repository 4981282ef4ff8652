/* SPDX-License-Identifier: ISC */

/*
 * A scratch key store for tests, and to-be-signed blocks to go with it.
 * Whatever fails here fails the cmocka test that runs.
 */

#ifndef KEYDIR_H
#define KEYDIR_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/types.h>

#include "store/keystore.h"

struct keydir {
	char		 path[64];
	struct keystore	*ks;
};

void	keydir_make(struct keydir *keydir);
/* Remove it, with all that is in it. */
void	keydir_remove(struct keydir *keydir);

/*
 * Add a key that was generated at the second 1 of 1970, and return it.  A
 * key is made once for each algorithm, and used for all names.
 */
EVP_PKEY *keydir_add(struct keydir *keydir, const char *domain,
	    const char *selector, enum dkimsig_algorithm algorithm,
	    int64_t active_from, int64_t retire_at);

/* Change the times of a key. */
void	keydir_set_times(struct keydir *keydir, const char *domain,
	    const char *selector, int64_t active_from, int64_t retire_at);

/* Change a key otherwise. */
void	keydir_change(struct keydir *keydir, const char *domain,
	    const char *selector, void (*change)(struct ks_key *key));

/* Free the keys made; at the end of the program. */
void	keydir_free_keys(void);

/* Whether sig is a DKIM signature of the block by that key. */
bool	keydir_verify(EVP_PKEY *pkey, enum dkimsig_algorithm algorithm,
	    const void *tbs, size_t tbslen, const unsigned char *sig,
	    size_t siglen);

/* What a block says; strings as they stand in the tags. */
struct keydir_block {
	const char	*from;		/* the From line; NULL: none */
	const char	*sdid, *selector, *algorithm, *signed_names;
	int64_t		 timestamp;	/* -1: no t= */
	int64_t		 expires;	/* -1: no x= */
	const char	*more;		/* tags before b=, "l=1; "; or NULL */
	const char	*signature;	/* b=; NULL: empty */
	const char	*after;		/* after it all; NULL: nothing */
};

/* The block for an active key of example.com, right in all. */
void	keydir_block_init(struct keydir_block *block, int64_t now);
/* Write it, relaxed; returns its length. */
size_t	keydir_block_write(const struct keydir_block *block, char *buf,
	    size_t size);

#endif /* KEYDIR_H */
