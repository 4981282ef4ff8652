/* SPDX-License-Identifier: ISC */

/*
 * One key of another signer into the key store.
 */

#ifndef IMPORT_STORE_H
#define IMPORT_STORE_H

#include "import/plan.h"
#include "store/keystore.h"

enum import_outcome {
	IMPORT_STORED,		/* or would be */
	IMPORT_PRESENT,		/* the store has this key already */
	IMPORT_REFUSED
};

struct import_into {
	struct keystore	*ks;
	int64_t		 now;
	unsigned int	 wait_s;	/* for the lock of a domain */
	bool		 force;		/* weak keys, too */
	bool		 dry_run;	/* change nothing */
};

struct import_result {
	enum import_outcome	outcome;
	/* Normalized; "" if what the plan has cannot be. */
	char	domain[DKIMSIG_DOMAIN_SIZE], selector[KS_SELECTOR_SIZE];
	enum dkimsig_algorithm	algorithm;
	unsigned int		keybits;	/* 0: the key was not read */
	char	reason[1024];		/* why refused; else "" */
	char	warning[1024];		/* what is wrong nevertheless; or "" */
};

/*
 * Import a key with its selector, as one that was just generated: the
 * rotation sees in DNS how far it is.  What is in the store already is left
 * as it is.  The key's memory is wiped.
 */
void	import_store(const struct import_into *into,
	    const struct import_key *key, struct import_result *result);

#endif /* IMPORT_STORE_H */
