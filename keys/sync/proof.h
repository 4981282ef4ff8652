/* SPDX-License-Identifier: ISC */

/*
 * A test signature: a host that was given a private key proves that it can sign
 * with the key as its own signers would read it, or, if it seals keys and only
 * its signers can open them, that it has that key.
 *
 * The text that is signed cannot be taken for mail: it has no header field.  It
 * contains the challenge of this push, the domain and the selector.
 */

#ifndef SYNC_PROOF_H
#define SYNC_PROOF_H

#include <stdbool.h>

#include "sync/protocol.h"

/* base64 of the longest signature, NUL included. */
#define SYNC_PROOF_SIZE	(4 * ((DKIMSIG_MAX_SIGVALUE + 2) / 3) + 1)

/*
 * Load the key from the store and sign with it.  If it is sealed, and this
 * process cannot open it, sign with pushed, the key that the other host has
 * sent, or NULL: the file was checked as far as that is possible.  Returns 0,
 * or KS_E_* as ks_key_load() does.
 */
int	sync_proof_make(struct keystore *ks, const char *domain,
	    const struct ks_key *key, EVP_PKEY *pushed,
	    const char *challenge, char proof[SYNC_PROOF_SIZE],
	    struct ks_error *error);

/* Whether a proof verifies with the public half in the state. */
bool	sync_proof_verify(const char *domain, const struct ks_key *key,
	    const char *challenge, const char *proof);

#endif /* SYNC_PROOF_H */
