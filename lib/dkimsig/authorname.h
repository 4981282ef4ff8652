/* SPDX-License-Identifier: ISC */

/*
 * The domain name that a mail program sees after an "@".
 */

#ifndef AUTHORNAME_H
#define AUTHORNAME_H

#include <stdbool.h>

#include "dkimsig/dkimsig.h"
#include "dkimsig/internal.h"

#define AUTHORNAME_FORMS	2	/* of one name */

/* The forms of a name; unused ones are "". */
struct authorname {
	char	text[AUTHORNAME_FORMS][DKIMSIG_DOMAIN_SIZE];
	/* Each form is a valid domain name. */
	bool	is_certain;
};

/*
 * Convert a name found in a field, by UTS 46 transitional and nontransitional
 * processing; see authorname.c.
 *
 * Returns 0 or DKIMSIG_E_NOMEM.
 */
int	authorname_read(struct view raw, struct authorname *name);

#endif /* AUTHORNAME_H */
