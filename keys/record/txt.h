/* SPDX-License-Identifier: ISC */

/*
 * TXT records of ldns, RFC 1035 section 3.3.14.
 */

#ifndef TXT_H
#define TXT_H

#include <stdbool.h>
#include <stddef.h>

#include <ldns/ldns.h>

#define TXT_STRING_MAX	255	/* octets */

/*
 * Join the strings of a TXT record without anything in between, and add a NUL.
 * The octets may have any value, even NUL.  Returns the full length, as
 * strlcpy(3) does: if it is not less than bufsize, the text was truncated.
 */
size_t	txt_join(const ldns_rr *rr, char *buf, size_t bufsize);

/* The same, with "?" for octets that are not printable ASCII. */
size_t	txt_printable(const ldns_rr *rr, char *buf, size_t bufsize);

#endif /* TXT_H */
