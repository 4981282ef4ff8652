/* SPDX-License-Identifier: ISC */

/*
 * What the printers of this room share: tables of 80 columns, and JSON.
 */

#ifndef REPORT_PRINT_H
#define REPORT_PRINT_H

#include <stddef.h>
#include <stdio.h>

#include "journal/logs.h"
#include "report/tally.h"

#define PRINT_WIDTH	80
#define PRINT_NAME	32	/* the first column of a table */

/* A name from a log, safe for a terminal, cut or filled to width columns. */
void	report_put_name(FILE *fp, const char *name, size_t width);

/* Text in lines of 80 columns, each after indent blanks; the first line is
 * already filled by used columns.  Ends the line. */
void	report_put_text(FILE *fp, const char *text, size_t indent, size_t used);

/* "2026-11-26T04:00:00Z to ...; from systemd's journal". */
void	report_put_places(FILE *fp, const struct logs *logs);
/* The line for places that could not be read: what is missing. */
void	report_put_failures(FILE *fp, const struct logs *logs);

void	report_json_text(FILE *fp, const char *key, const char *text);
/* "key": [{"name": ..., "messages": n, COLUMNS, "qid": ...}, ...] */
void	report_json_tally(FILE *fp, const char *key, const struct tally *tally,
	    const char *const *columns, size_t ncolumns);
/* "places": [...] */
void	report_json_places(FILE *fp, const struct logs *logs);

#endif /* REPORT_PRINT_H */
