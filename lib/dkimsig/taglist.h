/* SPDX-License-Identifier: ISC */

/*
 * Tag lists, RFC 6376 section 3.2.
 */

#ifndef TAGLIST_H
#define TAGLIST_H

#include <stddef.h>

#include "dkimsig/dkimsig.h"
#include "dkimsig/internal.h"

struct tag {
	struct view	 name;
	struct view	 value;		/* without white space at both ends */
	struct view	 raw;		/* everything between "=" and ";" */
};

struct taglist {
	struct tag	 tags[DKIMSIG_MAX_TAGS];
	size_t		 ntags;
};

/*
 * Parse a tag list; views point into text.  A duplicate tag makes the whole
 * list invalid.
 *
 * Returns 0, DKIMSIG_E_SYNTAX, or DKIMSIG_E_TOOBIG.
 */
int	taglist_parse(struct taglist *list, struct view text);

/* The tag with this name, compared with case; NULL if there is none. */
const struct tag *taglist_find(const struct taglist *list,
	    const char *name);

/* The length of the folding white space at the beginning of text. */
size_t	taglist_skip_fws(struct view text);

/*
 * Iterates over the pieces of a value such as h= or q=, without white space at
 * both ends.  Text without a separator is one piece, empty text is one empty
 * piece.
 */
struct tagpieces {
	struct view	 rest;
	char		 separator;
	bool		 is_done;
};

void	tagpieces_init(struct tagpieces *p, struct view text, char separator);
bool	tagpieces_next(struct tagpieces *p, struct view *piece);

/* The view without folding white space at both ends. */
struct view taglist_trim(struct view text);

#endif /* TAGLIST_H */
