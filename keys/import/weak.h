/* SPDX-License-Identifier: ISC */

/*
 * Find weaknesses of a private key.
 */

#ifndef WEAK_H
#define WEAK_H

#include <stddef.h>

#include <openssl/types.h>

/* What may be wrong with a key; bits of a set. */
#define WEAK_KIND		0x0001u	/* neither RSA nor Ed25519 */
#define WEAK_SHORT		0x0002u	/* under 2048 bits */
#define WEAK_LONG		0x0004u	/* over 8192 bits */
#define WEAK_INCONSISTENT	0x0008u	/* its numbers contradict each other */
#define WEAK_EXPONENT_SMALL	0x0010u	/* public exponent under 65537 */
#define WEAK_EXPONENT_LARGE	0x0020u	/* public exponent over 256 bits */
#define WEAK_PRIVATE_SMALL	0x0040u	/* private exponent too small */
#define WEAK_PRIME_SMALL	0x0080u	/* a prime is easy to find */
#define WEAK_PRIMES_CLOSE	0x0100u	/* primes close to each other */
#define WEAK_ROCA		0x0200u	/* CVE-2017-15361 */
#define WEAK_POINT		0x0400u	/* Ed25519 point of small order */

/*
 * A key with one of these cannot be used at all: the signers refuse it, or its
 * signatures would never verify.
 */
#define WEAK_USELESS	(WEAK_KIND | WEAK_SHORT | WEAK_LONG |	\
	    WEAK_INCONSISTENT)

/*
 * Find everything that is wrong with a key; returns 0 if nothing was found.  An
 * RSA key without its private half is inconsistent; of an Ed25519 key, only the
 * public half is checked.
 */
unsigned int	weak_find(EVP_PKEY *pkey);

/* The text for the lowest bit of a set, without a full stop; static. */
const char	*weak_text(unsigned int weak);

#endif /* WEAK_H */
