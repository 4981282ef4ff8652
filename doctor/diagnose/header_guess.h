/* SPDX-License-Identifier: ISC */

/*
 * A change of one header field, undone: what header.c tries.
 */

#ifndef HEADER_EDIT_H
#define HEADER_EDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "diagnose/mailfile.h"
#include "dkimsig/dkimsig.h"

#define HEADER_EDIT_MAX	4000	/* edits of one header */

enum edit_kind {
	EDIT_VALUE,		/* the field had that value */
	EDIT_NAME,		/* the field's name was spelt so */
	EDIT_REMOVE,		/* the field was not there */
	EDIT_COPY,		/* there was one more like it */
	EDIT_SWAP,		/* it stood where other is, and vice versa */
	EDIT_INSERT		/* before it stood a field of that name */
};

struct header_edit {
	enum edit_kind	 kind;
	size_t		 field;		/* index */
	size_t		 other;		/* EDIT_SWAP */
	const char	*name;		/* EDIT_INSERT */
	char		*text;		/* a value or name; owned */
	size_t		 textlen;
	const char	*code, *why;	/* of the finding */
};

struct header_edits {
	struct header_edit	*edits;
	size_t			 n;
};

/* The names of an h= tag, each once. */
struct signed_names {
	char		*names[DKIMSIG_MAX_HNAMES];
	size_t		 lens[DKIMSIG_MAX_HNAMES];
	size_t		 mentions[DKIMSIG_MAX_HNAMES];
	size_t		 n;
};

/*
 * All edits of these fields, likely ones first.  own is the index of the
 * signature's own field.  whole is the message, in which a former From may be
 * found.  Returns false when out of memory; finish in any case.
 */
bool	header_edits_make(struct header_edits *list,
	    const struct mailfield *fields, size_t nfields, size_t own,
	    const struct signed_names *names, enum dkimsig_canon canon,
	    const struct mailfile *whole);
void	header_edits_finish(struct header_edits *list);

/*
 * The fields as they were before the edits, into to, which has room for
 * nfields + nedits.  Edits of NULL are none.  *own is moved along.  Returns
 * how many fields there are.
 */
size_t	header_edits_apply(const struct mailfield *fields, size_t nfields,
	    const struct header_edit *const *edits, size_t nedits,
	    struct mailfield *to, size_t *own);

#endif /* HEADER_EDIT_H */
