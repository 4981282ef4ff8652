/* SPDX-License-Identifier: ISC */

/*
 * Octets as base64 in lines of text.
 */

#ifndef SIGNED_BASE64_H
#define SIGNED_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * Decode a text of at most max octets, which is not empty; NULL if it has not
 * its form.  The caller frees it by free(3).
 */
unsigned char *fleet_base64_decode(const char *text, size_t max, size_t *len);

/* Print octets after a space; false if that failed. */
bool	fleet_base64_print(FILE *fp, const void *octets, size_t len);

#endif /* SIGNED_BASE64_H */
