/* SPDX-License-Identifier: ISC */

/*
 * Encoded words in a header field, RFC 2047, decoded as leniently as mail
 * programs decode them.
 */

#ifndef ENCWORD_H
#define ENCWORD_H

#include "dkimsig/buf.h"
#include "dkimsig/internal.h"

/* Ways to decode, which differ among parsers. */
enum encword_reading {
	/* A word ends at "?="; white space between two words is dropped. */
	ENCWORD_JOINED,
	/* A word contains no "?", and gets blanks around it; Python's email. */
	ENCWORD_APART,
	/* As APART, but joined to the text around it. */
	ENCWORD_GLUED,
	/* As GLUED, with specials replaced, so that they are not structure. */
	ENCWORD_OPAQUE
};

/*
 * Copy text with each encoded word decoded: to UTF-8 from us-ascii, utf-8,
 * iso-8859-1 or windows-1252, to its octets from any other charset.
 * *is_foreign is set to true if a charset is found in which ASCII octets may
 * mean other characters; otherwise it is not changed.
 *
 * Returns the number of encoded words.  Errors are recorded in out.
 */
size_t	encword_decode(struct view text, enum encword_reading reading,
	    struct buf *out, bool *is_foreign);

/*
 * Whether an encoded word contains brackets, quotes or parentheses, so that an
 * address may begin or end inside it for parsers that do not decode it first.
 */
bool	encword_has_structure(struct view text);

#endif /* ENCWORD_H */
