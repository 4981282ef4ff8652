/* SPDX-License-Identifier: ISC */

/*
 * TXT records, RFC 1035 section 3.3.14, as ldns has them.
 */

#ifndef TXT_H
#define TXT_H

#include <stdbool.h>
#include <stddef.h>

#include <ldns/ldns.h>

/*
 * The strings joined without anything between, and a NUL.  False when it is no
 * TXT record, has a NUL in it, or does not fit.
 */
bool	txt_join(const ldns_rr *rr, char *buf, size_t bufsize);

/* The same for a message: "?" for what is not printable, cut with "...". */
void	txt_printable(const ldns_rr *rr, char *buf, size_t bufsize);

/* Give a record its strings, of at most 255 octets each. */
bool	txt_fill(ldns_rr *rr, const char *text);

#endif /* TXT_H */
