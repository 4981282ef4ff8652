/* SPDX-License-Identifier: ISC */

/*
 * Whether the crypto library verifies signatures.
 */

#ifndef CRYPTO_H
#define CRYPTO_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Verify a message that was signed with each algorithm.  Once that has worked,
 * a lack of memory makes a later verification fail, but not those after it; so
 * the front does it before it serves.
 *
 * Returns whether it worked; if not, why has a text.
 */
bool	crypto_works(char *why, size_t size);

#endif /* CRYPTO_H */
