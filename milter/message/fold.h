/* SPDX-License-Identifier: ISC */

/*
 * Line ends of folded header field values: LF towards libmilter, CRLF on the
 * wire and in libdkimsig.
 */

#ifndef FOLD_H
#define FOLD_H

#include <stddef.h>

/*
 * Copy a value, replacing each LF that does not follow a CR by CRLF.  The copy
 * is NUL-terminated (*outlen does not count the NUL), and the caller frees it.
 * NULL when out of memory.
 */
char	*fold_to_crlf(const char *value, size_t valuelen, size_t *outlen);

/* The reverse: replace each CRLF by LF. */
char	*fold_to_lf(const char *value, size_t valuelen);

#endif /* FOLD_H */
