/* SPDX-License-Identifier: ISC */

/*
 * Tables of the page: names with the messages that have them.
 */

#ifndef PAGE_TABLES_H
#define PAGE_TABLES_H

#include <stdio.h>

#include "page/period.h"
#include "report/tally.h"

struct table {
	const char	*caption;
	const char	*heading;	/* of the first column */
	const char	*nameless;	/* for a row whose name is "" */
};

/* A row for each name, the most frequent first, with its shares as a bar. */
void	tables_print(FILE *fp, const struct table *table,
	    const struct tally *tally);

/* A row for each reason, with its newest message. */
void	tables_print_reasons(FILE *fp, const struct tally *tally);

/* A row for each part of the period that has messages. */
void	tables_print_period(FILE *fp, const struct period *period);

#endif /* PAGE_TABLES_H */
