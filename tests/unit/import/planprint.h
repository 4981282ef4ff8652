/* SPDX-License-Identifier: ISC */

/*
 * What a reader of other signers' files made of them, for tests.
 */

#ifndef PLANPRINT_H
#define PLANPRINT_H

#include <stdbool.h>

#include "import/file.h"
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

/* A configuration, and the plan that is wanted of it. */
struct plan_case {
	const char	*name, *text, *want;
};

/* Read each into a plan of its own, and compare. */
void	plan_check(const struct plan_case *cases, size_t ncases,
	    void (*read)(struct import_plan *plan, const char *text,
	    size_t len));

/* A file that a configuration may name. */
struct plan_file {
	const char	*path, *text;
};

/* A copy of the one with that path; false, with a reason, if there is none. */
bool	plan_read_file(const struct plan_file *files, size_t nfiles,
	    const char *path, struct import_file *file, char *buf,
	    size_t bufsize);

#endif /* PLANPRINT_H */
