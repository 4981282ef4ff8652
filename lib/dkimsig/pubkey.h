/* SPDX-License-Identifier: ISC */

/*
 * Public keys of key records, and checking signatures with them.
 */

#ifndef PUBKEY_H
#define PUBKEY_H

#include <stddef.h>

#include <openssl/types.h>

#include "dkimsig/dkimsig.h"

#define PUBKEY_MIN_BITS	1024	/* RSA, RFC 8301 section 3.2 */
#define PUBKEY_MAX_BITS	8192	/* RSA: more costs a verifier too much */

/*
 * Load the key of a record, for signatures with this algorithm.
 *
 * Returns 0 with *pkey, which the caller frees, and its size in *bits,
 * DKIMSIG_E_NOMEM, or DKIMSIG_E_SYNTAX with *reason set: KEY_TYPE, KEY_SYNTAX
 * or KEY_SIZE.
 */
int	pubkey_load(const struct dkimsig_keyrecord *record,
	    enum dkimsig_algorithm algorithm, EVP_PKEY **pkey,
	    unsigned int *bits, enum dkimsig_reason *reason);

/*
 * Whether sig is a signature of the block: 1 yes, 0 no, or DKIMSIG_E_NOMEM,
 * DKIMSIG_E_CRYPTO.
 */
int	pubkey_verify(EVP_PKEY *pkey, enum dkimsig_algorithm algorithm,
	    const void *block, size_t blocklen,
	    const unsigned char *sig, size_t siglen);

#endif /* PUBKEY_H */
