/* SPDX-License-Identifier: ISC */

/*
 * Digests and signatures of the fleet's texts: SHA-256, and Ed25519 (RFC 8032)
 * over exactly the octets, without a prehash.
 */

#ifndef SIGNED_SIGN_H
#define SIGNED_SIGN_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/types.h>

#include "signed/lines.h"

#define FLEET_SIGNATURE	64		/* octets */
#define FLEET_PUBLIC	32		/* octets of a host's public key */

/* The digest of octets, in hexadecimal digits.  Returns 0 or KS_E_CRYPTO. */
int	fleet_digest(const void *octets, size_t len, char hex[FLEET_HEX_SIZE]);

/* Sign octets with a host's key.  Returns 0 or KS_E_CRYPTO. */
int	fleet_sign(EVP_PKEY *pkey, const void *octets, size_t len,
	    unsigned char signature[FLEET_SIGNATURE]);

/* The public half of a host's key.  Returns 0 or KS_E_CRYPTO. */
int	fleet_sign_public(EVP_PKEY *pkey, unsigned char public[FLEET_PUBLIC]);

/* Whether the signature is of these octets, by the owner of that key. */
bool	fleet_verify(const unsigned char public[FLEET_PUBLIC],
	    const void *octets, size_t len,
	    const unsigned char signature[FLEET_SIGNATURE]);

#endif /* SIGNED_SIGN_H */
