/* SPDX-License-Identifier: ISC */

/*
 * Room keys/record: the DNS records of keys.
 *
 * The DNS record of one private key.
 */

#ifndef RECORD_H
#define RECORD_H

#include <openssl/types.h>

#include "store/keystore.h"

struct record {
	char	name[DKIMSIG_DOMAIN_SIZE];	/* without final dot */
	/* The name that verifiers look up: in CNAME mode that of the CNAME. */
	char	lookup[DKIMSIG_DOMAIN_SIZE];
	char	txt[DKIMSIG_KEYRECORD_SIZE];	/* strings joined */
	char	zone[DKIMSIG_KEYRECORD_SIZE];	/* strings quoted */
	unsigned int	keybits;		/* see ks_key_bits() */
};

/*
 * The name of a key's record.  Returns 0, or KS_E_ARG if it would be longer
 * than a domain name may be.
 */
int	record_name(const char *domain, const char *selector, char *buf,
	    size_t bufsize);

/*
 * Make the record of a key; if it is revoked, with an empty p=.  pkey may have
 * only the public half.  Returns 0, KS_E_ARG (the name is too long) or
 * KS_E_CRYPTO.
 */
int	record_make(const char *domain, const struct ks_key *key,
	    EVP_PKEY *pkey, bool revoked, struct record *record);

/*
 * The same, from the public half in the state.  The private key is loaded only
 * if the state does not have it.  Returns 0 or KS_E_*.
 */
int	record_load(struct keystore *ks, const char *domain,
	    const struct ks_key *key, bool revoked, struct record *record,
	    struct ks_error *error);

#endif /* RECORD_H */
