/* SPDX-License-Identifier: ISC */

/*
 * Encoded words in a header field, RFC 2047, read as leniently as mail
 * programs read them.
 */

#ifndef ENCWORD_H
#define ENCWORD_H

#include "buf.h"
#include "internal.h"

/*
 * Copy text with each encoded word replaced by what it stands for: in UTF-8
 * if it is in us-ascii, utf-8, iso-8859-1 or windows-1252, as its octets in
 * any other charset.  White space between two encoded words is left out.
 *
 * Returns how many encoded words there were.  The buffer tells of errors.
 */
size_t	encword_decode(struct view text, struct buf *out);

#endif /* ENCWORD_H */
