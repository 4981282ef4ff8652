/* SPDX-License-Identifier: ISC */

/*
 * Print a summary, for people in 80 columns or as JSON.
 *
 * In mode observe nothing was done, so the text says "would be".  Of long
 * tables, the most frequent rows are shown; JSON has all.  Nothing fails.
 */

#include <string.h>

#include "base/json.h"
#include "report/print.h"
#include "report/summary.h"

#define MAX_ROWS	20	/* of one table, for people */

/* The columns, in the order of enum logged_action. */
static const char *const columns[LOGGED_NACTIONS] = {
	[LOGGED_SIGNED]		= "signed",
	[LOGGED_REJECTED]	= "rejected",
	[LOGGED_TEMPFAILED]	= "tempfailed",
	[LOGGED_QUARANTINED]	= "quarantined",
	[LOGGED_PASSED]		= "passed",
};

static void
print_heading(FILE *fp, const char *name)
{
	size_t i;

	(void)fprintf(fp, "\n%-*s", PRINT_NAME, name);
	for (i = 0; i < LOGGED_NACTIONS; i++)
		(void)fprintf(fp, " %8s",
		    summary_heading((enum logged_action)i));
	(void)putc('\n', fp);
}

static void
print_counts(FILE *fp, const unsigned long counts[LOGGED_NACTIONS])
{
	size_t i;

	for (i = 0; i < LOGGED_NACTIONS; i++)
		(void)fprintf(fp, " %8lu", counts[i]);
	(void)putc('\n', fp);
}

static void
print_table(FILE *fp, const char *name, const struct tally *tally)
{
	struct tally_row rest = tally->others;
	const struct tally_row *row;
	size_t i, j;

	if (tally->nrows == 0)
		return;
	print_heading(fp, name);
	for (i = 0; i < tally->nrows; i++) {
		row = &tally->rows[i];
		if (i < MAX_ROWS) {
			report_put_name(fp, row->name[0] != '\0' ? row->name :
			    "(none)", PRINT_NAME);
			print_counts(fp, row->counts);
			continue;
		}
		rest.n += row->n;
		for (j = 0; j < LOGGED_NACTIONS; j++)
			rest.counts[j] += row->counts[j];
	}
	if (rest.n == 0)
		return;
	report_put_name(fp, "(others)", PRINT_NAME);
	print_counts(fp, rest.counts);
}

static void
print_reasons(FILE *fp, const struct summary *s)
{
	const struct tally_row *row;
	size_t i;

	if (s->reasons.nrows == 0)
		return;
	(void)fputs("\nmessages  newest queue id   why not signed\n", fp);
	for (i = 0; i < s->reasons.nrows && i < MAX_ROWS; i++) {
		row = &s->reasons.rows[i];
		(void)fprintf(fp, "%8lu  ", row->n);
		report_put_name(fp, row->qid, 16);
		(void)putc(' ', fp);
		report_put_text(fp, row->name, 27, 27);
	}
	if (s->reasons.nrows > MAX_ROWS || s->reasons.others.n > 0)
		(void)fputs("          and other reasons\n", fp);
	(void)fputs("For more about one: countersign-doctor why QUEUE-ID\n",
	    fp);
}

static void
print_lists(FILE *fp, const struct tally *lists)
{
	size_t i;

	for (i = 0; i < lists->nrows && i < MAX_ROWS; i++) {
		(void)fprintf(fp, "%8lu  ", lists->rows[i].n);
		report_put_name(fp, lists->rows[i].qid, 16);
		(void)fputs("   ", fp);
		report_put_text(fp, lists->rows[i].name, 29, 29);
	}
	if (lists->nrows > MAX_ROWS || lists->others.n > 0)
		(void)fputs("          and other mailing lists\n", fp);
}

/* Mail that needs another way, not another source. */
static void
print_kinds(FILE *fp, const struct summary *s)
{
	const struct tally_row *row;
	bool is_first = true;
	unsigned int kind;

	for (kind = 0; kind < KIND_COUNT; kind++) {
		row = &s->kinds[kind];
		if (row->n == 0 || kind_advice((enum mail_kind)kind) == NULL)
			continue;
		if (is_first)
			(void)fputs("\nof the mail that sources name and that "
			    "was not signed:\n", fp);
		is_first = false;
		(void)fprintf(fp, "%8lu  ", row->n);
		report_put_name(fp, row->qid, 16);
		(void)fprintf(fp, " %s\n", kind_name((enum mail_kind)kind));
		if (kind == KIND_LIST)
			print_lists(fp, &s->lists);
		(void)fprintf(fp, "%*s", 10, "");
		report_put_text(fp, kind_advice((enum mail_kind)kind), 10, 10);
	}
}

void
summary_print_text(FILE *fp, const struct summary *s, const struct logs *logs)
{
	report_put_places(fp, logs);
	report_put_failures(fp, logs);
	if (s->n == 0) {
		(void)fputs("no message: see 'countersign-doctor why' for "
		    "where logs are looked for\n", fp);
		return;
	}
	(void)fprintf(fp, "%lu message%s", s->n, s->n == 1 ? "" : "s");
	if (s->nobserved > 0)
		(void)fprintf(fp, ", of which %lu %s only observed: this is "
		    "what would be done", s->nobserved,
		    s->nobserved == 1 ? "was" : "were");
	(void)putc('\n', fp);
	print_heading(fp, "");
	report_put_name(fp, "all mail", PRINT_NAME);
	print_counts(fp, s->actions);
	print_table(fp, "by source", &s->sources);
	print_table(fp, "by author domain, of sources", &s->domains);
	print_reasons(fp, s);
	print_kinds(fp, s);
}

static void
print_kinds_json(FILE *fp, const struct summary *s)
{
	unsigned int kind;
	size_t i;

	(void)fputs("\"kinds\": [", fp);
	for (kind = 0; kind < KIND_COUNT; kind++) {
		(void)fprintf(fp, "%s{\"kind\": \"%s\", \"messages\": %lu",
		    kind > 0 ? ",\n  " : "", kind_word((enum mail_kind)kind),
		    s->kinds[kind].n);
		for (i = 0; i < LOGGED_NACTIONS; i++)
			(void)fprintf(fp, ", \"%s\": %lu", columns[i],
			    s->kinds[kind].counts[i]);
		(void)fputs(", \"qid\": ", fp);
		json_print_text(fp, s->kinds[kind].qid);
		(void)putc('}', fp);
	}
	(void)putc(']', fp);
}

void
summary_print_json(FILE *fp, const struct summary *s, const struct logs *logs)
{
	size_t i;

	(void)fputs("{\"since\": ", fp);
	json_print_time(fp, logs->options.since);
	(void)fputs(", \"until\": ", fp);
	json_print_time(fp, logs->options.until);
	(void)fprintf(fp, ", \"messages\": %lu, \"observed\": %lu", s->n,
	    s->nobserved);
	for (i = 0; i < LOGGED_NACTIONS; i++)
		(void)fprintf(fp, ", \"%s\": %lu", columns[i],
		    s->actions[i]);
	(void)fputs(",\n ", fp);
	report_json_tally(fp, "sources", &s->sources, columns,
	    LOGGED_NACTIONS);
	(void)fputs(",\n ", fp);
	report_json_tally(fp, "domains", &s->domains, columns,
	    LOGGED_NACTIONS);
	(void)fputs(",\n ", fp);
	report_json_tally(fp, "reasons", &s->reasons, columns,
	    LOGGED_NACTIONS);
	(void)fputs(",\n ", fp);
	print_kinds_json(fp, s);
	(void)fputs(",\n ", fp);
	report_json_tally(fp, "lists", &s->lists, columns, LOGGED_NACTIONS);
	(void)fputs(",\n ", fp);
	report_json_places(fp, logs);
	(void)fputs("}\n", fp);
}
