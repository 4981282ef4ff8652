/* SPDX-License-Identifier: ISC */

/*
 * Whether a private key is fit to sign with.
 */

#ifndef WEAK_H
#define WEAK_H

#include <stddef.h>

#include <openssl/types.h>

/* What may be wrong with a key: a bit set. */
#define WEAK_KIND		0x0001u	/* neither RSA nor Ed25519 */
#define WEAK_SHORT		0x0002u	/* under 2048 bits */
#define WEAK_LONG		0x0004u	/* over 8192 bits */
#define WEAK_INCONSISTENT	0x0008u	/* its numbers do not fit together */
#define WEAK_EXPONENT_SMALL	0x0010u	/* public, under 65537 */
#define WEAK_EXPONENT_LARGE	0x0020u	/* public, of over 256 bits */
#define WEAK_PRIVATE_SMALL	0x0040u	/* private exponent */
#define WEAK_PRIME_SMALL	0x0080u	/* a prime that can be found */
#define WEAK_PRIMES_CLOSE	0x0100u	/* to each other */
#define WEAK_ROCA		0x0200u	/* CVE-2017-15361 */
#define WEAK_POINT		0x0400u	/* Ed25519, of small order */

/*
 * With these, a key cannot be used at all, because the signers refuse it or its
 * signatures would never verify.
 */
#define WEAK_USELESS	(WEAK_KIND | WEAK_SHORT | WEAK_LONG |	\
	    WEAK_INCONSISTENT)

/*
 * Everything that is wrong with a key; 0 if nothing is known.  A key without
 * its private half is inconsistent, except for Ed25519, whose public half is
 * what is checked.
 */
unsigned int	weak_find(EVP_PKEY *pkey);

/* A sentence without its full stop on the lowest bit of a set; static. */
const char	*weak_text(unsigned int weak);

#endif /* WEAK_H */
