/* SPDX-License-Identifier: ISC */

/*
 * SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed hash of 64 bits.
 *
 * OpenSSL has it, but only behind openssl/evp.h, which declares all that can be
 * done with a private key, and which no room of milter/ but front may include.
 */

#ifndef CEILINGS_SIPHASH_H
#define CEILINGS_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

#define SIPHASH_KEY_SIZE	16	/* octets */

uint64_t siphash(const unsigned char key[SIPHASH_KEY_SIZE], const void *data,
	    size_t len);

#endif /* CEILINGS_SIPHASH_H */
