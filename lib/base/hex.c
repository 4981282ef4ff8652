/* SPDX-License-Identifier: ISC */

/*
 * Octets as hexadecimal digits, and back to a yes or no.  Neither the C library
 * nor libbsd has it, and OpenSSL's OPENSSL_buf2hexstr() prints capitals and
 * colons.  Nothing here can fail.
 */

#include "base/hex.h"

#include <string.h>

static const char digits[] = "0123456789abcdef";

void
hex_print(const unsigned char *octets, size_t n, char *text)
{
	size_t i;

	for (i = 0; i < n; i++) {
		*text++ = digits[octets[i] >> 4];
		*text++ = digits[octets[i] & 15];
	}
	*text = '\0';
}

bool
hex_is(const char *text, size_t n)
{
	return strspn(text, digits) == 2 * n && text[2 * n] == '\0';
}
