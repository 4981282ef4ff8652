/* SPDX-License-Identifier: ISC */

/*
 * What mail systems do to bodies, undone.
 */

#ifndef BODY_UNDO_H
#define BODY_UNDO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "diagnose/mailfile.h"

struct body_undo {
	const char	*code, *text;	/* of the finding */
	/* Nothing but blanks is changed, of which relaxed knows nothing. */
	bool		 blanks_only;
	/* Write the body as it may have been; false: it cannot have been. */
	bool		(*undo)(const struct mailfile *, FILE *);
};

extern const struct body_undo body_undos[];
extern const size_t body_nundos;

#endif /* BODY_UNDO_H */
