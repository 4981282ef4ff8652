/* SPDX-License-Identifier: ISC */

/*
 * Stores one key of another signer in the key store.
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
	bool		 force;		/* weak keys, too */
	bool		 dry_run;	/* change nothing */
};

struct import_result {
	enum import_outcome	outcome;
	/* Normalized; "" if the text in the plan is invalid. */
	char	domain[DKIMSIG_DOMAIN_SIZE], selector[KS_SELECTOR_SIZE];
	enum dkimsig_algorithm	algorithm;
	unsigned int		keybits;	/* 0: the key was not read */
	char	reason[1024];		/* why refused; else "" */
	char	warning[1024];		/* a problem, key not refused; or "" */
};

/*
 * Import a key with its selector, as if just generated: rotation finds out
 * from DNS how far it is.  Keys already in the store are left unchanged.  The
 * key's memory is wiped.
 */
void	import_store(const struct import_into *into,
	    const struct import_key *key, struct import_result *result);

#endif /* IMPORT_STORE_H */
