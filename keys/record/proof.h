/* SPDX-License-Identifier: ISC */

/*
 * Proving that a published record belongs to a private key: a test message is
 * signed with the key when the key is made, and the signature is kept in the
 * state.  Later it is verified with the record as it is in DNS.  Both is done
 * by the signer and the verifier of libdkimsig.  So whoever publishes and
 * verifies records needs no private key.
 */

#ifndef PROOF_H
#define PROOF_H

#include "store/keystore.h"

/* base64 of the longest signature, NUL included. */
#define PROOF_SIZE	(4 * ((DKIMSIG_MAX_SIGVALUE + 2) / 3) + 1)

/*
 * Sign the message; text is for the member proof of the key.  Returns 0, or
 * KS_E_CRYPTO with the reason in error.
 */
int	proof_make(const char *domain, const struct ks_key *key,
	    EVP_PKEY *pkey, char text[PROOF_SIZE], struct ks_error *error);

/* The same, and keep it in a key of that state.  Also KS_E_NOMEM. */
int	proof_keep(struct ks_state *state, struct ks_key *key, EVP_PKEY *pkey,
	    struct ks_error *error);

/*
 * Verify the proof of a key, which must have one.  published is the value of
 * the TXT record, its strings joined.  Returns 0, or KS_E_CRYPTO with the
 * reason in error.
 */
int	proof_verify(const char *domain, const struct ks_key *key,
	    const char *published, struct ks_error *error);

#endif /* PROOF_H */
