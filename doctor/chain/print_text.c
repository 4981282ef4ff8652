/* SPDX-License-Identifier: ISC */

/*
 * Print findings for people, in 80 columns: problems first, each with the
 * commands that fix it, then what could not be found out, then notes, and last
 * how many checks were made.
 *
 * A command has a line of its own and is never wrapped, so that it can be
 * copied.  The caller checks the stream for errors.
 */

#include <stdlib.h>
#include <string.h>

#include "base/print.h"
#include "base/terminal.h"
#include "chain/chain.h"

#define COLUMNS		80
#define TEXT_INDENT	4
#define FIX_INDENT	8

static enum print_colour
colour_of(enum finding_state state)
{
	return state == FINDING_PROBLEM ? PRINT_BAD : state == FINDING_WELL ?
	    PRINT_GOOD : PRINT_DOUBT;
}

/* Print each line of a fix, indented. */
static void
print_fix(FILE *fp, const char *fix)
{
	size_t len;

	(void)fprintf(fp, "%*sfix:\n", TEXT_INDENT, "");
	for (; *fix != '\0'; fix += len) {
		len = strcspn(fix, "\n");
		(void)fprintf(fp, "%*s%.*s\n", FIX_INDENT, "", (int)len, fix);
		len += fix[len] == '\n';
	}
}

/*
 * "problem: key store: /var/lib/countersign/keys [keydir-mode]".  The first
 * word is coloured, so the rest is printed behind it.
 */
static void
print_heading(FILE *fp, const struct finding *finding, bool colours)
{
	const char *state = finding_state_name(finding->state);
	char *heading = NULL, *subject = print_safe_copy(finding->subject);
	size_t len;

	print_colour(fp, colours, colour_of(finding->state));
	(void)fputs(state, fp);
	print_colour(fp, colours, PRINT_PLAIN);
	if (subject == NULL || asprintf(&heading, ": %s: %s [%s]",
	    finding->area, subject, finding->id) == -1) {
		(void)fprintf(fp, ": %s [%s]\n", finding->area, finding->id);
		free(subject);
		return;
	}
	free(subject);
	len = strlen(state);
	terminal_write(fp, heading, 0, TEXT_INDENT,
	    COLUMNS - (unsigned int)len);
	free(heading);
}

static void
print_finding(FILE *fp, const struct finding *finding, bool colours)
{
	char *text = print_safe_copy(finding->text);

	print_heading(fp, finding, colours);
	terminal_write(fp, text != NULL ? text : "(out of memory)", TEXT_INDENT,
	    TEXT_INDENT, COLUMNS);
	free(text);
	if (finding->fix != NULL)
		print_fix(fp, finding->fix);
	(void)putc('\n', fp);
}

static void
print_state(FILE *fp, const struct findings *findings,
    enum finding_state state, bool colours)
{
	size_t i;

	for (i = 0; i < findings->n; i++)
		if (findings->list[i].state == state)
			print_finding(fp, &findings->list[i], colours);
}

/* ", 3 notes" */
static void
print_count(FILE *fp, const char *before, size_t n, const char *one,
    const char *more)
{
	if (n > 0)
		(void)fprintf(fp, "%s%zu %s", before, n, n == 1 ? one : more);
}

static void
print_summary(FILE *fp, const struct findings *findings)
{
	const size_t nproblems = findings_count(findings, FINDING_PROBLEM);

	(void)fprintf(fp, "%zu check%s: ", findings->n,
	    findings->n == 1 ? "" : "s");
	print_count(fp, "", nproblems, "problem, ", "problems, ");
	print_count(fp, "", findings_count(findings, FINDING_UNKNOWN),
	    "unknown, ", "unknown, ");
	print_count(fp, "", findings_count(findings, FINDING_NOTE), "note, ",
	    "notes, ");
	(void)fprintf(fp, "%zu well\n", findings_count(findings,
	    FINDING_WELL));
	if (findings->is_incomplete)
		(void)fputs("Out of memory: some findings are missing.\n",
		    fp);
}

void
chain_print_text(FILE *fp, const struct findings *findings,
    const struct chain_style *style)
{
	print_state(fp, findings, FINDING_PROBLEM, style->colours);
	if (!style->only_problems) {
		print_state(fp, findings, FINDING_UNKNOWN, style->colours);
		print_state(fp, findings, FINDING_NOTE, style->colours);
	}
	print_summary(fp, findings);
}
