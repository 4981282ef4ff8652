/* SPDX-License-Identifier: ISC */

/*
 * Proving that a published record belongs to a private key: a test message is
 * signed with the key, and verified with the record as it is in DNS, by the
 * signer and the verifier of libdkimsig.
 */

#ifndef PROOF_H
#define PROOF_H

#include "store/keystore.h"

/*
 * published is the value of the TXT record, its strings joined.  Returns 0, or
 * KS_E_CRYPTO with the reason in error.
 */
int	proof_make(const char *domain, const struct ks_key *key,
	    EVP_PKEY *pkey, const char *published, struct ks_error *error);

#endif /* PROOF_H */
