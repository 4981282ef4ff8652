/* SPDX-License-Identifier: ISC */

/*
 * What a reader of other signers' files made of them, for tests.
 */

#ifndef PLANPRINT_H
#define PLANPRINT_H

#include "import/plan.h"

/*
 * The plan as text, notes up to their first colon:
 *
 *	key FILE:LINE DOMAIN SELECTOR PATH-or-=SECRET
 *	sender FILE:LINE PATTERN
 *	note or lost FILE:LINE TEXT
 *
 * The caller frees it.  The plan is finished.
 */
char	*planprint(struct import_plan *plan);

#endif /* PLANPRINT_H */
