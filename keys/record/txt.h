/* SPDX-License-Identifier: ISC */

/*
 * TXT records, RFC 1035 section 3.3.14, as ldns has them.
 */

#ifndef TXT_H
#define TXT_H

#include <stdbool.h>
#include <stddef.h>

#include <ldns/ldns.h>

#define TXT_STRING_MAX	255	/* octets */

/*
 * The strings of a TXT record joined without anything between, any octets,
 * and a NUL.  Returns their length, as strlcpy() does: what is cut is as long
 * as bufsize or longer.
 */
size_t	txt_join(const ldns_rr *rr, char *buf, size_t bufsize);

/* The same, "?" for what is not printable. */
size_t	txt_printable(const ldns_rr *rr, char *buf, size_t bufsize);

/* Give a record its strings, of at most 255 octets each. */
bool	txt_fill(ldns_rr *rr, const char *text);

#endif /* TXT_H */
