/* SPDX-License-Identifier: ISC */

/*
 * Line ends of folded header field values: LF towards libmilter, CRLF on the
 * wire and in libdkimsig.
 */

#ifndef FOLD_H
#define FOLD_H

#include <stddef.h>

/*
 * A copy with each LF that follows no CR made CRLF, NUL-terminated; *outlen
 * without the NUL.  The caller frees it.  NULL when out of memory.
 */
char	*fold_to_crlf(const char *value, size_t valuelen, size_t *outlen);

/* A copy with each CRLF made LF, NUL-terminated; likewise. */
char	*fold_to_lf(const char *value, size_t valuelen);

#endif /* FOLD_H */
