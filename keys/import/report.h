/* SPDX-License-Identifier: ISC */

/*
 * The report of an import: a row for each key, printed during the import, then
 * what could not be mapped, and the sources that the configuration needs.
 */

#ifndef IMPORT_REPORT_H
#define IMPORT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "import/plan.h"
#include "import/sources.h"
#include "import/store.h"

struct import_report {
	FILE		*fp;
	const char	*command;	/* for hints */
	bool		 json;
	bool		 dry_run;
	size_t		 nrows;
	size_t		 count[IMPORT_REFUSED + 1];	/* by outcome */
};

void	import_report_begin(struct import_report *report);
void	import_report_key(struct import_report *report,
	    const struct import_key *key, const struct import_result *result);

/* Print all notes of the plan, and the sources. */
void	import_report_end(struct import_report *report,
	    const struct import_plan *plan,
	    const struct import_sources *sources);

#endif /* IMPORT_REPORT_H */
