/* SPDX-License-Identifier: ISC */

/*
 * A From field without its comments, without its quoted strings, or without
 * what is outside angle brackets, as different parsers remove them.
 */

#ifndef FROMTEXT_H
#define FROMTEXT_H

#include "dkimsig/buf.h"
#include "dkimsig/internal.h"

/*
 * Copy what is outside comments and quoted strings, with a form feed for each
 * comment and a quote for each string.  False if parsers disagree about what is
 * inside.
 */
bool	fromtext_outside(struct view text, struct buf *out);

/* Copy what is outside comments; quoted strings are copied unchanged. */
void	fromtext_uncomment(struct view text, struct buf *out);

/* The same, but quotes are ordinary characters and begin no string. */
void	fromtext_uncomment_strings(struct view text, struct buf *out);

/* The same as rspamd, which misjudges where a comment ends. */
void	fromtext_uncomment_blindly(struct view text, struct buf *out);

/* Copy what is inside "<" and ">", joined for each mailbox. */
void	fromtext_angled(struct view text, struct buf *out);

#endif /* FROMTEXT_H */
