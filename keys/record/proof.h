/* SPDX-License-Identifier: ISC */

/*
 * The proof that a published record belongs to a private key: a message made
 * up for it is signed with the key and verified with the record as DNS
 * serves it, by the library's own signer and verifier.
 */

#ifndef PROOF_H
#define PROOF_H

#include "store/keystore.h"

/*
 * published is the TXT value with its strings joined.  Returns 0, or
 * KS_E_CRYPTO with the reason in error.
 */
int	proof_make(const char *domain, const struct ks_key *key,
	    EVP_PKEY *pkey, const char *published, struct ks_error *error);

#endif /* PROOF_H */
