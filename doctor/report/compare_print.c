/* SPDX-License-Identifier: ISC */

/*
 * Print a comparison, for people in 80 columns or as JSON.
 *
 * The end says whether the other signer can be switched off: only if nothing
 * depends on it, and something was compared at all.  Nothing fails.
 */

#include "base/json.h"
#include "report/compare.h"
#include "report/print.h"

#define MAX_ROWS	20	/* of one table, for people */

static const char *const columns[COMPARE_NCOLUMNS] = {
	[COMPARE_BOTH]		= "both",
	[COMPARE_OURS]		= "ours",
	[COMPARE_THEIRS]	= "theirs",
	[COMPARE_NEITHER]	= "neither",
};
static const char *const signer_columns[] = { "aligned", "not_aligned" };

static void
print_counts(FILE *fp, unsigned long n, const unsigned long *counts)
{
	size_t i;

	(void)fprintf(fp, " %8lu", n);
	for (i = 0; i < COMPARE_NCOLUMNS; i++)
		(void)fprintf(fp, " %8lu", counts[i]);
	(void)putc('\n', fp);
}

static void
print_more(FILE *fp, const struct tally *tally)
{
	if (tally->nrows > MAX_ROWS || tally->others.n > 0)
		(void)fputs("and others: see --json\n", fp);
}

static void
print_domains(FILE *fp, const struct compare *c)
{
	size_t i;

	(void)fprintf(fp, "\n%-*s %8s %8s %8s %8s %8s\n", PRINT_NAME,
	    "author domain", "messages", "both", "only us", "only it",
	    "neither");
	report_put_name(fp, "all that sources name", PRINT_NAME);
	print_counts(fp, c->n, c->ncolumns);
	for (i = 0; i < c->domains.nrows && i < MAX_ROWS; i++) {
		report_put_name(fp, c->domains.rows[i].name, PRINT_NAME);
		print_counts(fp, c->domains.rows[i].n,
		    c->domains.rows[i].counts);
	}
	print_more(fp, &c->domains);
}

static void
print_signers(FILE *fp, const struct compare *c)
{
	size_t i;

	if (c->signers.nrows == 0)
		return;
	(void)fprintf(fp, "\n%-*s %8s %8s\n", PRINT_NAME,
	    "signatures already there, d=", "aligned", "not");
	for (i = 0; i < c->signers.nrows && i < MAX_ROWS; i++) {
		report_put_name(fp, c->signers.rows[i].name, PRINT_NAME);
		(void)fprintf(fp, " %8lu %8lu\n", c->signers.rows[i].counts[0],
		    c->signers.rows[i].counts[1]);
	}
	print_more(fp, &c->signers);
}

static void
print_rows(FILE *fp, const char *heading, const struct tally *tally)
{
	const struct tally_row *row;
	size_t i;

	if (tally->nrows == 0)
		return;
	(void)fprintf(fp, "\nmessages  newest queue id   %s\n", heading);
	for (i = 0; i < tally->nrows && i < MAX_ROWS; i++) {
		row = &tally->rows[i];
		(void)fprintf(fp, "%8lu  ", row->n);
		report_put_name(fp, row->qid, 16);
		(void)putc(' ', fp);
		report_put_text(fp, row->name, 27, 27);
	}
	print_more(fp, tally);
}

static void
print_end(FILE *fp, const struct compare *c)
{
	const unsigned long theirs = c->ncolumns[COMPARE_THEIRS];

	(void)putc('\n', fp);
	if (theirs > 0)
		(void)fprintf(fp, "%lu message%s would lose the only aligned "
		    "signature if the other signer\nwere switched off.\n",
		    theirs, theirs == 1 ? "" : "s");
	else if (c->ncolumns[COMPARE_BOTH] > 0)
		(void)fputs("Every message of these that the other signer "
		    "signed, countersign signs, too.\n", fp);
	else
		(void)fputs("No message had an aligned signature when it came: "
		    "the other signer does not\n"
		    "sign, or runs after countersign. "
		    "Put countersign last in smtpd_milters.\n", fp);
}

void
compare_print_text(FILE *fp, const struct compare *c, const struct logs *logs)
{
	report_put_places(fp, logs);
	report_put_failures(fp, logs);
	if (c->n + c->nothers == 0) {
		(void)fputs("no message: see 'countersign-doctor why' for "
		    "where logs are looked for\n", fp);
		return;
	}
	print_domains(fp, c);
	print_signers(fp, c);
	print_rows(fp, "signed by the other signer, not by countersign:",
	    &c->lost);
	print_rows(fp, "signed for author domains that no source names:",
	    &c->unnamed);
	print_end(fp, c);
}

void
compare_print_json(FILE *fp, const struct compare *c, const struct logs *logs)
{
	size_t i;

	(void)fputs("{\"since\": ", fp);
	json_print_time(fp, logs->options.since);
	(void)fputs(", \"until\": ", fp);
	json_print_time(fp, logs->options.until);
	(void)fprintf(fp, ", \"messages\": %lu, \"no_source\": %lu", c->n,
	    c->nothers);
	for (i = 0; i < COMPARE_NCOLUMNS; i++)
		(void)fprintf(fp, ", \"%s\": %lu", columns[i],
		    c->ncolumns[i]);
	(void)fputs(",\n ", fp);
	report_json_tally(fp, "domains", &c->domains, columns,
	    COMPARE_NCOLUMNS);
	(void)fputs(",\n ", fp);
	report_json_tally(fp, "signers", &c->signers, signer_columns, 2);
	(void)fputs(",\n ", fp);
	report_json_tally(fp, "lost", &c->lost, NULL, 0);
	(void)fputs(",\n ", fp);
	report_json_tally(fp, "unnamed", &c->unnamed, NULL, 0);
	(void)fputs(",\n ", fp);
	report_json_places(fp, logs);
	(void)fputs("}\n", fp);
}
