/* SPDX-License-Identifier: ISC */

/*
 * UTF-8, RFC 3629: well-formed sequences only.
 */

#ifndef UTF8_H
#define UTF8_H

#include <stddef.h>

/*
 * The octets of the character that begins at p, 1 to 4; 0 if none of the
 * shortest form, outside the surrogates and up to U+10FFFF, stands in the
 * first len octets.
 */
size_t	utf8_length(const char *p, size_t len);

#endif /* UTF8_H */
