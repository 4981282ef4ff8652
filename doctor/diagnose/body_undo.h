/* SPDX-License-Identifier: ISC */

/*
 * Undo the changes that mail systems are known to make to bodies.
 */

#ifndef BODY_UNDO_H
#define BODY_UNDO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "diagnose/mailfile.h"

struct body_undo {
	const char	*code, *text;	/* for the finding */
	/* Changes only blanks that relaxed canonicalization ignores. */
	bool		 blanks_only;
	/* Write the body without the change; false if it does not apply. */
	bool		(*undo)(const struct mailfile *, FILE *);
};

extern const struct body_undo body_undos[];
extern const size_t body_nundos;

#endif /* BODY_UNDO_H */
