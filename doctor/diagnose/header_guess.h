/* SPDX-License-Identifier: ISC */

/*
 * The edits that header.c tries: each one undoes a change to a header field.
 */

#ifndef HEADER_GUESS_H
#define HEADER_GUESS_H

#include <stdbool.h>
#include <stddef.h>

#include "diagnose/mailfile.h"
#include "dkimsig/dkimsig.h"

#define HEADER_EDIT_MAX	4000	/* most edits for one header */

enum edit_kind {
	EDIT_VALUE,		/* the field had the value text */
	EDIT_NAME,		/* the field's name was spelled as in text */
	EDIT_REMOVE,		/* the field did not exist */
	EDIT_COPY,		/* the field appeared once more */
	EDIT_SWAP,		/* the field and other had each other's place */
	EDIT_INSERT		/* a field of that name was before it */
};

struct header_edit {
	enum edit_kind	 kind;
	size_t		 field;		/* index */
	size_t		 other;		/* EDIT_SWAP */
	const char	*name;		/* EDIT_INSERT */
	char		*text;		/* a value or name; owned */
	size_t		 textlen;
	const char	*code, *why;	/* for the finding */
};

struct header_edits {
	struct header_edit	*edits;
	size_t			 n;
};

/* The names in an h= tag, each once, with the number of its occurrences. */
struct signed_names {
	char		*names[DKIMSIG_MAX_HNAMES];
	size_t		 lens[DKIMSIG_MAX_HNAMES];
	size_t		 mentions[DKIMSIG_MAX_HNAMES];
	size_t		 n;
};

/*
 * Make the list of edits of these fields, the most likely ones first.  own is
 * the index of the signature's own field.  whole is the message; the original
 * From may be in a field that was not signed.  Returns false when out of
 * memory; the caller must finish list in both cases.
 */
bool	header_edits_make(struct header_edits *list,
	    const struct mailfield *fields, size_t nfields, size_t own,
	    const struct signed_names *names, enum dkimsig_canon canon,
	    const struct mailfile *whole);
void	header_edits_finish(struct header_edits *list);

/*
 * Apply edits to the fields and write the result to to, which has room for
 * nfields + nedits.  An edit may be NULL.  *own is updated to the index in to.
 * Returns the number of fields in to.
 */
size_t	header_edits_apply(const struct mailfield *fields, size_t nfields,
	    const struct header_edit *const *edits, size_t nedits,
	    struct mailfield *to, size_t *own);

#endif /* HEADER_GUESS_H */
