/* SPDX-License-Identifier: ISC */

/*
 * Print the report of an import, as text or JSON.
 *
 * Names and paths come from files that others wrote, so all characters that
 * could control a terminal are replaced.  No key is printed.
 */

#include "import/report.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"

static const char *
outcome_name(const struct import_report *report, enum import_outcome outcome)
{
	switch (outcome) {
	case IMPORT_STORED:
		return report->dry_run ? "would be imported" : "imported";
	case IMPORT_PRESENT:
		return "already present";
	default:
		return "refused";
	}
}

/* Print ASCII only: U+0080 to U+009F, too, control terminals. */
static void
print_safe(FILE *fp, const char *text)
{
	for (; *text != '\0'; text++)
		(void)putc(*text < ' ' || *text > '~' ? '?' : *text, fp);
}

static void
print_place(FILE *fp, const struct import_place *place)
{
	print_safe(fp, place->file);
	if (place->line != 0)
		(void)fprintf(fp, ":%u", place->line);
}

static void
json_text(FILE *fp, const char *name, const char *text)
{
	(void)fprintf(fp, "\"%s\": ", name);
	if (text[0] == '\0')
		(void)fputs("null", fp);
	else
		json_string(fp, text, strlen(text));
}

static void
json_place(FILE *fp, const struct import_place *place)
{
	json_text(fp, "file", place->file);
	(void)fprintf(fp, ", \"line\": %u", place->line);
}

void
import_report_begin(struct import_report *report)
{
	if (report->json)
		(void)fprintf(report->fp, "{\"dry_run\": %s, \"keys\": [",
		    report->dry_run ? "true" : "false");
	else
		(void)fprintf(report->fp, "%-30s %-20s %-14s %4s  %s\n",
		    "DOMAIN", "SELECTOR", "ALGORITHM", "BITS", "RESULT");
}

static void
print_key(struct import_report *report, const struct import_key *key,
    const struct import_result *result)
{
	FILE *fp = report->fp;

	(void)fprintf(fp, "%-30s %-20s ",
	    result->domain[0] == '\0' ? "-" : result->domain,
	    result->selector[0] == '\0' ? "-" : result->selector);
	if (result->keybits == 0)
		(void)fprintf(fp, "%-14s %4s", "-", "-");
	else
		(void)fprintf(fp, "%-14s %4u",
		    dkimsig_algorithm_name(result->algorithm),
		    result->keybits);
	(void)fprintf(fp, "  %s", outcome_name(report, result->outcome));
	if (result->reason[0] != '\0') {
		(void)fprintf(fp, ": ");
		if (key->place.line != 0) {
			print_place(fp, &key->place);
			(void)fprintf(fp, ": ");
		}
		print_safe(fp, result->reason);
	}
	if (result->warning[0] != '\0') {
		(void)fprintf(fp, "; warning: ");
		print_safe(fp, result->warning);
	}
	(void)putc('\n', fp);
}

static void
print_key_json(struct import_report *report, const struct import_key *key,
    const struct import_result *result)
{
	static const char *const names[] = {
		[IMPORT_STORED] = "imported", [IMPORT_PRESENT] = "present",
		[IMPORT_REFUSED] = "refused"
	};
	FILE *fp = report->fp;

	(void)fprintf(fp, "%s\n  {", report->nrows == 0 ? "" : ",");
	json_text(fp, "domain", result->domain);
	(void)fprintf(fp, ", ");
	json_text(fp, "selector", result->selector);
	(void)fprintf(fp, ", ");
	json_text(fp, "algorithm", result->keybits == 0 ? "" :
	    dkimsig_algorithm_name(result->algorithm));
	(void)fprintf(fp, ", \"bits\": %u, \"result\": \"%s\", ",
	    result->keybits, names[result->outcome]);
	json_text(fp, "reason", result->reason);
	(void)fprintf(fp, ", ");
	json_text(fp, "warning", result->warning);
	(void)fprintf(fp, ", ");
	json_place(fp, &key->place);
	(void)putc('}', fp);
}

void
import_report_key(struct import_report *report, const struct import_key *key,
    const struct import_result *result)
{
	if (report->json)
		print_key_json(report, key, result);
	else
		print_key(report, key, result);
	report->nrows++;
	report->count[result->outcome]++;
}

static void
print_note(const struct import_report *report,
    const struct import_note *note, bool is_first)
{
	FILE *fp = report->fp;

	if (report->json) {
		(void)fprintf(fp, "%s\n  {", is_first ? "" : ",");
		json_place(fp, &note->place);
		(void)fprintf(fp, ", \"not_imported\": %s, ",
		    note->is_loss ? "true" : "false");
		json_text(fp, "text", note->text);
		(void)putc('}', fp);
		return;
	}
	if (is_first)
		(void)fprintf(fp, "\nNot mapped:\n");
	print_place(fp, &note->place);
	(void)fprintf(fp, ": %s\n", note->text);
}

static void
print_source(const struct import_report *report,
    const struct import_sender *sender, bool is_first)
{
	FILE *fp = report->fp;

	if (report->json) {
		(void)fprintf(fp, "%s\n  {\"domains\": [",
		    is_first ? "" : ",");
		json_string(fp, sender->pattern, strlen(sender->pattern));
		(void)fprintf(fp, "], ");
		json_place(fp, &sender->place);
		(void)putc('}', fp);
		return;
	}
	if (is_first)
		(void)fprintf(fp, "\nSources for countersign.conf.  Add to "
		    "each what proves whose mail it is (a preset,\nlogin, "
		    "dkim, ...: see countersign.conf(5)); without that it is "
		    "refused.\n\n");
	(void)fprintf(fp, "# From ");
	print_place(fp, &sender->place);
	(void)fprintf(fp, "\n#source \"%s\" {\n#    domains = { \"%s\" }\n"
	    "#    login   = { \"USER\" }    # or another proof\n"
	    "#}\n", sender->pattern, sender->pattern);
}

static int
compare(const void *a, const void *b)
{
	const struct import_sender *left = a, *right = b;
	int r;

	if ((r = strcmp(left->pattern, right->pattern)) != 0)
		return r;
	return left->place.line < right->place.line ? -1 :
	    left->place.line > right->place.line;
}

static void
print_sources(const struct import_report *report, struct import_plan *plan)
{
	const struct import_sender *sender;
	size_t i;

	for (i = 0; plan->nsenders == 0 && i < plan->nkeys; i++)
		import_plan_sender(plan, plan->keys[i].place,
		    plan->keys[i].domain);
	if (plan->nsenders > 0)
		qsort(plan->senders, plan->nsenders, sizeof(*plan->senders),
		    compare);
	for (i = 0; i < plan->nsenders; i++) {
		sender = &plan->senders[i];
		if (i == 0 || strcmp(sender->pattern, sender[-1].pattern) !=
		    0)
			print_source(report, sender, i == 0);
	}
}

static void
print_summary(const struct import_report *report, size_t nnotes)
{
	(void)fprintf(report->fp, "\n%zu %s, %zu already present, %zu refused, "
	    "%zu not mapped.\n", report->count[IMPORT_STORED],
	    report->dry_run ? "would be imported" : "imported",
	    report->count[IMPORT_PRESENT], report->count[IMPORT_REFUSED],
	    nnotes);
	if (report->count[IMPORT_STORED] > 0 && !report->dry_run)
		(void)fprintf(report->fp, "They do not sign yet: '%s rotate', "
		    "which the timer runs, looks for their\nrecords in DNS, "
		    "verifies them and starts signing with them.\n",
		    report->command);
}

void
import_report_end(struct import_report *report, struct import_plan *plan)
{
	size_t i, nnotes;

	if (report->json)
		(void)fprintf(report->fp, "\n], \"unmapped\": [");
	nnotes = plan->nnotes;
	for (i = 0; i < nnotes; i++)
		print_note(report, &plan->notes[i], i == 0);
	if (report->json)
		(void)fprintf(report->fp, "\n], \"sources\": [");
	else
		print_summary(report, nnotes);
	print_sources(report, plan);
	if (report->json)
		(void)fprintf(report->fp, "\n]}\n");
}
