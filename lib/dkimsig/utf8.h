/* SPDX-License-Identifier: ISC */

/*
 * UTF-8, RFC 3629: well-formed sequences only.
 */

#ifndef UTF8_H
#define UTF8_H

#include <stddef.h>

/*
 * The length of the character at p, 1 to 4 octets; 0 if the first len octets do
 * not begin with one.  Overlong forms, surrogates and code points over U+10FFFF
 * are not characters.
 */
size_t	utf8_length(const char *p, size_t len);

#endif /* UTF8_H */
