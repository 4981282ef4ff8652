/* SPDX-License-Identifier: ISC */

/*
 * A From field without its comments, its quoted strings, or all that is not
 * in angle brackets, as different readers take them out.
 */

#ifndef FROMTEXT_H
#define FROMTEXT_H

#include "dkimsig/buf.h"
#include "dkimsig/internal.h"

/*
 * Copy what is outside of comments and quoted strings, with a form feed for
 * each comment and a quote for each string.  False when readers disagree
 * about what is inside.
 */
bool	fromtext_outside(struct view text, struct buf *out);

/* Copy what is outside of comments, with quoted strings as they are. */
void	fromtext_uncomment(struct view text, struct buf *out);

/* The same as if there were no strings: their quotes are copied. */
void	fromtext_uncomment_strings(struct view text, struct buf *out);

/* The same as a reader does who does not know where a comment ends. */
void	fromtext_uncomment_blindly(struct view text, struct buf *out);

/* Copy what is within "<" and ">", all of one mailbox in a row. */
void	fromtext_angled(struct view text, struct buf *out);

#endif /* FROMTEXT_H */
