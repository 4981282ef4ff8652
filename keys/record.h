/* SPDX-License-Identifier: ISC */

/*
 * The DNS record of a private key.
 */

#ifndef RECORD_H
#define RECORD_H

#include <openssl/types.h>

#include "keystore.h"

struct record {
	char	name[DKIMSIG_DOMAIN_SIZE];	/* without final dot */
	/* Where verifiers look: the same, or in CNAME mode the CNAME. */
	char	lookup[DKIMSIG_DOMAIN_SIZE];
	char	txt[DKIMSIG_KEYRECORD_SIZE];	/* strings joined */
	char	zone[DKIMSIG_KEYRECORD_SIZE];	/* strings quoted */
};

/*
 * The name of a key's record.  Returns 0, or KS_E_ARG when it would be longer
 * than a domain name may be.
 */
int	record_name(const char *domain, const char *selector, char *buf,
	    size_t bufsize);

/*
 * Make the record of a key: with an empty p= if the key is revoked at that
 * time.  Returns 0, KS_E_ARG (the name is too long) or KS_E_CRYPTO.
 */
int	record_make(const char *domain, const struct ks_key *key,
	    EVP_PKEY *pkey, int64_t now, struct record *record);

#endif /* RECORD_H */
