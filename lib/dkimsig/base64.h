/* SPDX-License-Identifier: ISC */

/*
 * Base64 as DKIM uses it: RFC 4648 section 4 with folding white space
 * anywhere, RFC 6376 section 3.5 (b=, bh=) and 3.6.1 (p=).
 */

#ifndef BASE64_H
#define BASE64_H

#include <stddef.h>

#include "dkimsig/buf.h"
#include "dkimsig/internal.h"

/* Append the encoding, padded and on one line; errors are recorded in out. */
void	base64_encode(struct buf *out, const void *data, size_t len);

/*
 * Decode text and append the result; blanks, CR and LF are skipped.
 *
 * Returns 0, DKIMSIG_E_SYNTAX for an invalid octet, length or padding, or the
 * error of out.
 */
int	base64_decode(struct buf *out, struct view text);

#endif /* BASE64_H */
