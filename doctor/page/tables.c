/* SPDX-License-Identifier: ISC */

/*
 * Tables: see tables.h.
 *
 * A wide table scrolls in its own element, which the keyboard can reach.  The
 * most frequent names have a row, all others together one at the end.
 */

#include "page/tables.h"

#include <string.h>

#include "page/chart.h"
#include "page/markup.h"
#include "page/words.h"
#include "report/summary.h"

#define MAX_ROWS	20	/* of a table; the rest is one row */

/* What has no row of its own in the page. */
static struct tally_row
rest_of(const struct tally *tally)
{
	struct tally_row rest = tally->others;
	const struct tally_row *row;
	size_t i, j;

	for (i = MAX_ROWS; i < tally->nrows; i++) {
		row = &tally->rows[i];
		for (j = 0; j < LOGGED_NACTIONS; j++)
			rest.counts[j] += row->counts[j];
		rest.n += row->n;
		if (row->newest >= rest.newest) {
			rest.newest = row->newest;
			(void)strlcpy(rest.qid, row->qid, sizeof(rest.qid));
		}
	}
	return rest;
}

static void
begin(FILE *fp, const char *caption)
{
	(void)fprintf(fp, "<div class=\"wide\" tabindex=\"0\" role=\"region\" "
	    "aria-label=\"%s\"><table>\n<caption>%s</caption>\n<thead><tr>",
	    caption, caption);
}

static void
end(FILE *fp)
{
	(void)fputs("</tbody></table></div>\n", fp);
}

static void
put_actions(FILE *fp)
{
	size_t i;

	for (i = 0; i < LOGGED_NACTIONS; i++)
		(void)fprintf(fp, "<th scope=\"col\" class=\"n\">%s</th>",
		    summary_heading(action_order[i]));
}

static void
put_counts(FILE *fp, const unsigned long counts[LOGGED_NACTIONS])
{
	size_t i;

	for (i = 0; i < LOGGED_NACTIONS; i++) {
		(void)fputs("<td class=\"n\">", fp);
		markup_number(fp, counts[action_order[i]]);
		(void)fputs("</td>", fp);
	}
}

static void
put_row(FILE *fp, const char *name, const char *fixed,
    const struct tally_row *row, unsigned long most)
{
	(void)fputs("<tr><th scope=\"row\">", fp);
	if (fixed != NULL)
		(void)fprintf(fp, "<i>%s</i>", fixed);
	else
		markup_value(fp, name);
	(void)fputs("</th><td class=\"n\">", fp);
	markup_number(fp, row->n);
	(void)fputs("</td>", fp);
	put_counts(fp, row->counts);
	(void)fputs("<td class=\"bar\">", fp);
	chart_shares(fp, row->counts, most);
	(void)fputs("</td></tr>\n", fp);
}

void
tables_print(FILE *fp, const struct table *table, const struct tally *tally)
{
	const struct tally_row rest = rest_of(tally), *row;
	unsigned long most = rest.n;
	size_t i;

	if (tally->nrows > 0 && tally->rows[0].n > most)
		most = tally->rows[0].n;
	begin(fp, table->caption);
	(void)fprintf(fp, "<th scope=\"col\">%s</th><th scope=\"col\" "
	    "class=\"n\">messages</th>", table->heading);
	put_actions(fp);
	(void)fputs("<td></td></tr></thead>\n<tbody>\n", fp);
	for (i = 0; i < tally->nrows && i < MAX_ROWS; i++) {
		row = &tally->rows[i];
		put_row(fp, row->name, row->name[0] == '\0' ?
		    table->nameless : NULL, row, most);
	}
	if (rest.n > 0)
		put_row(fp, NULL, "others", &rest, most);
	end(fp);
}

static void
put_reason(FILE *fp, const struct tally_row *row, const char *fixed)
{
	(void)fputs("<tr><th scope=\"row\">", fp);
	if (fixed != NULL)
		(void)fprintf(fp, "<i>%s</i>", fixed);
	else
		markup_value(fp, row->name);
	(void)fputs("</th>", fp);
	put_counts(fp, row->counts);
	(void)fputs("<td>", fp);
	markup_value(fp, row->qid);
	(void)fputs("</td><td>", fp);
	markup_time(fp, row->newest);
	(void)fputs("</td></tr>\n", fp);
}

void
tables_print_reasons(FILE *fp, const struct tally *tally)
{
	const struct tally_row rest = rest_of(tally);
	size_t i;

	begin(fp, "Why messages were not signed");
	(void)fputs("<th scope=\"col\">reason</th>", fp);
	put_actions(fp);
	(void)fputs("<th scope=\"col\">newest message</th>"
	    "<th scope=\"col\">its time</th></tr></thead>\n<tbody>\n", fp);
	for (i = 0; i < tally->nrows && i < MAX_ROWS; i++)
		put_reason(fp, &tally->rows[i], tally->rows[i].name[0] ==
		    '\0' ? "no reason was logged" : NULL);
	if (rest.n > 0)
		put_reason(fp, &rest, "others");
	end(fp);
}

void
tables_print_period(FILE *fp, const struct period *period)
{
	unsigned long sum;
	size_t i, j;

	begin(fp, "Messages over time, in UTC");
	(void)fputs("<th scope=\"col\">from</th>", fp);
	put_actions(fp);
	(void)fputs("</tr></thead>\n<tbody>\n", fp);
	for (i = 0; i < period->n; i++) {
		for (sum = 0, j = 0; j < LOGGED_NACTIONS; j++)
			sum += period->counts[i][j];
		if (sum == 0)
			continue;
		(void)fputs("<tr><th scope=\"row\">", fp);
		markup_time(fp, period->begin + (int64_t)i * period->width);
		(void)fputs("</th>", fp);
		put_counts(fp, period->counts[i]);
		(void)fputs("</tr>\n", fp);
	}
	end(fp);
}
