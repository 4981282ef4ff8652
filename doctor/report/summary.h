/* SPDX-License-Identifier: ISC */

/*
 * A day or a week of mail: who was signed, or would have been in mode observe;
 * what was refused, and why.
 */

#ifndef REPORT_SUMMARY_H
#define REPORT_SUMMARY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "journal/logs.h"
#include "report/kind.h"
#include "report/tally.h"

/* The columns of each tally are the actions: enum logged_action. */
struct summary {
	unsigned long	 n, nobserved;
	unsigned long	 actions[LOGGED_NACTIONS];
	int64_t		 first, last;	/* times of decisions, if n > 0 */
	struct tally	 sources;	/* "": no source */
	struct tally	 domains;	/* of authors, if a source has them */
	struct tally	 reasons;	/* of what was not signed */
	/* Mail that a source should have signed, but did not. */
	struct tally_row kinds[KIND_COUNT];
	struct tally	 lists;
};

/* A logs_take_fn; arg is a struct summary, zeroed before the first call. */
bool	summary_take(void *summary, const struct logged_decision *d);
void	summary_sort(struct summary *summary);

/* What was done, in a word for people: "deferred", "held". */
const char *summary_heading(enum logged_action action);

void	summary_print_text(FILE *fp, const struct summary *summary,
	    const struct logs *logs);
void	summary_print_json(FILE *fp, const struct summary *summary,
	    const struct logs *logs);

#endif /* REPORT_SUMMARY_H */
