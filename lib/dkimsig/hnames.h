/* SPDX-License-Identifier: ISC */

/*
 * The names of an h= tag: which fields a signature covers, in order, RFC
 * 6376 sections 5.4 and 5.4.2.
 */

#ifndef HNAMES_H
#define HNAMES_H

#include <stddef.h>

#include "dkimsig/buf.h"
#include "dkimsig/canon.h"
#include "dkimsig/dkimsig.h"
#include "dkimsig/hdrlist.h"

struct hnames {
	struct view	 names[DKIMSIG_MAX_HNAMES];
	size_t		 nnames;
};

/*
 * Compose the names for a message: From first, then the names of the sign
 * list in its order, then those of the other lists.  A name is listed once for
 * each field that has it, and once more if it is in the lists to oversign or to
 * guard.  The latter are listed even if there is no such field.  Views point
 * into spec and the default lists.
 *
 * Returns 0, DKIMSIG_E_ARG for a name that cannot be signed, DKIMSIG_E_NOFROM
 * or DKIMSIG_E_TOOBIG.
 */
int	hnames_compose(struct hnames *h, const struct hdrlist *fields,
	    const struct dkimsig_sigspec *spec);

/*
 * Append the fields that the names select, canonicalized, each with its CRLF.
 * A name with no field left adds nothing.  Errors are recorded in out.
 *
 * own is the signature field whose h= this is, if it is among the fields, else
 * NULL.  No name in h= selects it: it did not exist when the names were chosen,
 * and it is hashed last.
 */
void	hnames_write(const struct hnames *h, const struct hdrlist *fields,
	    const struct hdrfield *own, enum dkimsig_canon canon,
	    struct buf *out);

#endif /* HNAMES_H */
