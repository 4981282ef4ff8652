/* SPDX-License-Identifier: ISC */

/*
 * Encoded words in a header field, RFC 2047, read as leniently as mail
 * programs read them.
 */

#ifndef ENCWORD_H
#define ENCWORD_H

#include "dkimsig/buf.h"
#include "dkimsig/internal.h"

/* Where a word begins and ends, about which readers differ. */
enum encword_reading {
	/* All up to "?=", without the white space between two. */
	ENCWORD_JOINED,
	/* No "?" is in a word, and each stands apart; Python's email. */
	ENCWORD_APART,
	/* The same, but joined to what is around; */
	ENCWORD_GLUED,
	/* and then without specials: what is decoded is no structure. */
	ENCWORD_OPAQUE
};

/*
 * Copy text with each encoded word replaced by what it stands for: in UTF-8
 * if it is in us-ascii, utf-8, iso-8859-1 or windows-1252, as its octets in
 * any other charset.  *is_foreign is set, or else left, if there is a charset
 * in which the octets of ASCII may be something else.
 *
 * Returns how many encoded words there were.  The buffer tells of errors.
 */
size_t	encword_decode(struct view text, enum encword_reading reading,
	    struct buf *out, bool *is_foreign);

/*
 * Whether an encoded word has brackets, quotes or parentheses in it, so that
 * an address may begin or end within it for those who do not decode it first.
 */
bool	encword_has_structure(struct view text);

#endif /* ENCWORD_H */
