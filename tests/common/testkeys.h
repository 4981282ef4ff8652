/* SPDX-License-Identifier: ISC */

/*
 * Keys made for one test run, and signing with them as a signer would.
 */

#ifndef TESTKEYS_H
#define TESTKEYS_H

#include <stddef.h>

#include <openssl/evp.h>

#include "dkimsig/dkimsig.h"

/* A new key; bits are for RSA alone.  Ends the program on failure. */
EVP_PKEY *testkeys_make(enum dkimsig_algorithm algorithm, unsigned int bits);

/* The published record of a key, "v=DKIM1; ...", into buf. */
void	testkeys_record(EVP_PKEY *pkey, enum dkimsig_algorithm algorithm,
	    char *buf, size_t bufsize);

/* Sign a block; the signature's length. */
size_t	testkeys_sign(EVP_PKEY *pkey, enum dkimsig_algorithm algorithm,
	    const void *block, size_t blocklen,
	    unsigned char sig[DKIMSIG_MAX_SIGVALUE]);

#endif /* TESTKEYS_H */
