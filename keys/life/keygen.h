/* SPDX-License-Identifier: ISC */

/*
 * The kinds of key, and how to generate one.
 */

#ifndef KEYGEN_H
#define KEYGEN_H

#include <openssl/types.h>

#include "store/keystore.h"

struct keygen_kind {
	const char	*name;		/* as in --algorithm */
	enum dkimsig_algorithm	algorithm;
	unsigned int	 keybits;
	char		 letter;	/* in a generated selector */
};

/* The kind of that name, or NULL. */
const struct keygen_kind *keygen_find(const char *name);

/* Generate a key, which the caller frees.  NULL if the crypto library fails. */
EVP_PKEY *keygen_make(const struct keygen_kind *kind);

#endif /* KEYGEN_H */
