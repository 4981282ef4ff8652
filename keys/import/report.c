/* SPDX-License-Identifier: ISC */

/*
 * Print the report of an import, as text or JSON.
 *
 * Names and paths come from files that others wrote, so all characters that
 * could control a terminal are replaced.  No key is printed.
 */

#include "import/report.h"

#include <string.h>

#include "base/json.h"

#define MAX_NAMED	20	/* keys that the warning names */
#define LIST_WIDTH	60	/* columns for the values of an option */

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
	json_print_text(fp, text);
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
	(void)fprintf(fp, ", \"bits\": %u, \"result\": \"%s\", "
	    "\"will_be_revoked\": %s, ", result->keybits,
	    names[result->outcome], result->outcome == IMPORT_REFUSED ?
	    "false" : "true");
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
	(void)fputs(": ", fp);
	print_safe(fp, note->text);
	(void)putc('\n', fp);
}

static void
json_names(FILE *fp, const char *name, const char *const *texts, size_t n)
{
	size_t i;

	(void)fprintf(fp, "\"%s\": [", name);
	for (i = 0; i < n; i++) {
		(void)fputs(i > 0 ? ", " : "", fp);
		json_print_string(fp, texts[i], strlen(texts[i]));
	}
	(void)fputs("], ", fp);
}

static void
print_names(FILE *fp, const char *option, const char *const *texts, size_t n)
{
	size_t i, column = 0, len;

	(void)fprintf(fp, "#    %-9s = { ", option);
	for (i = 0; i < n; i++) {
		len = strlen(texts[i]) + strlen("\"\", ");
		if (i > 0 && column + len > LIST_WIDTH) {
			(void)fprintf(fp, ",\n#    %-9s     ", "");
			column = 0;
		} else if (i > 0)
			(void)fputs(", ", fp);
		column += len;
		(void)fprintf(fp, "\"%s\"", texts[i]);
	}
	(void)fputs(" }\n", fp);
}

static void
print_conditions(const struct import_report *report,
    const struct import_source *source)
{
	FILE *fp = report->fp;
	const char *keyless = source->keyless;

	if (source->parent != NULL)
		(void)fprintf(fp, "# %s is in domains because its key signs "
		    "for its subdomains.\n# authors keeps these senders from "
		    "writing as %s itself.\n", source->parent,
		    source->parent);
	if (keyless == NULL)
		return;
	if (strncmp(keyless, "*.", 2) == 0)
		(void)fprintf(fp, "# These domains have no key of their own: "
		    "their mail is deferred.  First run\n# '%s add DOMAIN' "
		    "for each of them; or for %s, and add that\n# to "
		    "domains.\n", report->command, keyless + 2);
	else
		(void)fprintf(fp, "# %s has no key of its own: its mail is "
		    "deferred.  First run\n# '%s add %s'.\n", keyless,
		    report->command, keyless);
}

static void
print_source(const struct import_report *report,
    const struct import_source *source, bool is_first)
{
	FILE *fp = report->fp;

	if (report->json) {
		(void)fprintf(fp, "%s\n  {", is_first ? "" : ",");
		json_names(fp, "domains", source->domains, source->ndomains);
		json_names(fp, "authors", source->authors, source->nauthors);
		json_names(fp, "also_sign", source->also_sign, source->nalso);
		json_text(fp, "parent", source->parent);
		(void)fputs(", ", fp);
		json_text(fp, "keyless", source->keyless);
		(void)fputs(", ", fp);
		json_place(fp, &source->place);
		(void)putc('}', fp);
		return;
	}
	if (is_first)
		(void)fprintf(fp, "\nSources for countersign.conf.  Add to "
		    "each what proves whose mail it is (a preset,\nlogin, "
		    "dkim, ...: see countersign.conf(5)); without that it is "
		    "refused.\n\n");
	(void)fprintf(fp, "# From ");
	print_place(fp, &source->place);
	(void)putc('\n', fp);
	print_conditions(report, source);
	(void)fprintf(fp, "#source \"%s", source->domains[0]);
	if (source->number > 1)
		(void)fprintf(fp, " %u", source->number);
	(void)fputs("\" {\n", fp);
	print_names(fp, "domains", source->domains, source->ndomains);
	if (source->nauthors > 0)
		print_names(fp, "authors", source->authors, source->nauthors);
	if (source->nalso > 0)
		print_names(fp, "also_sign", source->also_sign,
		    source->nalso);
	(void)fputs("#    login     = { \"USER\" }    # or another proof\n"
	    "#}\n", fp);
}

/* Which keys will be revoked, and what that means for other users of them. */
static void
print_warning(const struct import_report *report,
    const struct import_plan *plan)
{
	const struct import_key *key;
	size_t i, n;

	(void)fprintf(report->fp, "\nWarning: rotation will revoke these "
	    "keys.  A key is replaced when it has signed for\n\"every\" (90 "
	    "days by default).  Later its record in DNS gets an empty p=; "
	    "then no\nsignature that was made with it is valid, no matter "
	    "who made it.  If another relay\nor a platform signs with the "
	    "same private key, give it a key and a selector of its\nown "
	    "first, or set \"automatic = false\" for the domain in the "
	    "section \"rotation\" of\ncountersign.conf.\n");
	n = 0;
	for (i = 0; i < plan->nkeys && n < MAX_NAMED; i++) {
		key = &plan->keys[i];
		if (!key->is_new)
			continue;
		n++;
		(void)fputs("  ", report->fp);
		print_safe(report->fp, key->selector);
		(void)fputs("._domainkey.", report->fp);
		print_safe(report->fp, key->domain);
		(void)putc('\n', report->fp);
	}
	if (report->count[IMPORT_STORED] > n)
		(void)fprintf(report->fp, "  and %zu more: see the table\n",
		    report->count[IMPORT_STORED] - n);
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
import_report_end(struct import_report *report,
    const struct import_plan *plan, const struct import_sources *sources)
{
	size_t i;

	if (report->json)
		(void)fprintf(report->fp, "\n], \"unmapped\": [");
	for (i = 0; i < plan->nnotes; i++)
		print_note(report, &plan->notes[i], i == 0);
	if (report->json)
		(void)fprintf(report->fp, "\n], \"sources\": [");
	else {
		print_summary(report, plan->nnotes);
		if (report->count[IMPORT_STORED] > 0)
			print_warning(report, plan);
	}
	for (i = 0; i < sources->n; i++)
		print_source(report, &sources->list[i], i == 0);
	if (report->json)
		(void)fprintf(report->fp, "\n]}\n");
}
