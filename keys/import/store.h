/* SPDX-License-Identifier: ISC */

/*
 * Store a key of another signer in the key store.
 */

#ifndef IMPORT_STORE_H
#define IMPORT_STORE_H

#include "import/plan.h"
#include "store/keystore.h"

enum import_outcome {
	IMPORT_STORED,		/* or would be */
	IMPORT_PRESENT,		/* the store already has this key */
	IMPORT_REFUSED
};

struct import_into {
	struct keystore	*ks;
	int64_t		 now;
	unsigned int	 wait_s;	/* for the lock of a domain */
	bool		 force;		/* import weak keys, too */
	bool		 dry_run;	/* change nothing */
};

struct import_result {
	enum import_outcome	outcome;
	/* Normalized; "" if invalid in the plan. */
	char	domain[DKIMSIG_DOMAIN_SIZE], selector[KS_SELECTOR_SIZE];
	enum dkimsig_algorithm	algorithm;
	unsigned int		keybits;	/* 0: the key was not read */
	char	reason[1024];		/* why it was refused; or "" */
	char	warning[1024];		/* a lesser problem; or "" */
};

/*
 * Import a key with its selector, as one that was just generated: rotation
 * finds out from DNS whether it is published.  A key that is already in the
 * store is left unchanged.  All copies of the key that are made here are wiped.
 */
void	import_store(const struct import_into *into,
	    const struct import_key *key, struct import_result *result);

#endif /* IMPORT_STORE_H */
