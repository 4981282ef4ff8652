/* SPDX-License-Identifier: ISC */

/*
 * Octets as hexadecimal digits in lower case, two for each: digests,
 * identifiers, challenges.  lib/text/text.h reads single digits of either case.
 */

#ifndef HEX_H
#define HEX_H

#include <stdbool.h>
#include <stddef.h>

/* The size of the text for n octets, its NUL included. */
#define HEX_SIZE(n)	(2 * (n) + 1)

/* Print n octets and a NUL; text has HEX_SIZE(n) octets. */
void	hex_print(const unsigned char *octets, size_t n, char *text);

/* Whether a text is what hex_print() makes of n octets. */
bool	hex_is(const char *text, size_t n);

#endif /* HEX_H */
