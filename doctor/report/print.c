/* SPDX-License-Identifier: ISC */

/*
 * Tables and JSON of reports: see print.h.
 *
 * Names and reasons come from logs, so each is made printable first: what is
 * not printable ASCII is written as \xNN, and then counted in columns.
 */

#include "report/print.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/print.h"

#define TEXT_MAX	1024	/* octets of a text; the rest is cut */
#define SAFE_SIZE	(4 * TEXT_MAX + 1)

/* Make a text printable; what does not fit is cut. */
static void
make_safe(char buf[SAFE_SIZE], const char *text)
{
	FILE *fp = fmemopen(buf, SAFE_SIZE, "w");

	buf[0] = '\0';
	if (fp == NULL)
		return;
	print_safe(fp, text, strnlen(text, TEXT_MAX));
	(void)fclose(fp);
	buf[SAFE_SIZE - 1] = '\0';
}

void
report_put_name(FILE *fp, const char *name, size_t width)
{
	char safe[SAFE_SIZE];

	make_safe(safe, name);
	if (strlen(safe) > width)
		(void)fprintf(fp, "%.*s...", (int)width - 3, safe);
	else
		(void)fprintf(fp, "%-*s", (int)width, safe);
}

void
report_put_text(FILE *fp, const char *text, size_t indent, size_t used)
{
	char safe[SAFE_SIZE];
	const char *word = safe;
	size_t len;

	make_safe(safe, text);
	for (;; word += len + strspn(word + len, " ")) {
		len = strcspn(word, " ");
		if (len == 0)
			break;
		if (used > indent && used + 1 + len > PRINT_WIDTH) {
			(void)fprintf(fp, "\n%*s", (int)indent, "");
			used = indent;
		} else if (used > indent) {
			(void)putc(' ', fp);
			used++;
		}
		(void)fprintf(fp, "%.*s", (int)len, word);
		used += len;
	}
	(void)putc('\n', fp);
}

void
report_put_places(FILE *fp, const struct logs *logs)
{
	const struct logs_place *place;
	size_t i;

	print_time(fp, logs->options.since);
	(void)fputs(" to ", fp);
	print_time(fp, logs->options.until);
	for (i = 0; i < logs->nplaces; i++) {
		place = &logs->places[i];
		if (place->ndecisions == 0)
			continue;
		(void)fprintf(fp, "; from %s", logs_kind_name(place->kind));
		break;
	}
	(void)putc('\n', fp);
}

void
report_put_failures(FILE *fp, const struct logs *logs)
{
	const struct logs_place *place;
	size_t i;

	for (i = 0; i < logs->nplaces; i++) {
		place = &logs->places[i];
		if (place->state != LOGS_FAILED)
			continue;
		(void)fprintf(fp, "not read: %s ",
		    logs_kind_name(place->kind));
		print_safe(fp, place->name, strlen(place->name));
		(void)fputs(": ", fp);
		print_safe(fp, place->error, strlen(place->error));
		(void)putc('\n', fp);
	}
}

void
report_json_text(FILE *fp, const char *key, const char *text)
{
	(void)fprintf(fp, "\"%s\": ", key);
	json_print_string(fp, text, strlen(text));
}

static void
json_row(FILE *fp, const struct tally_row *row, const char *const *columns,
    size_t ncolumns)
{
	size_t i;

	(void)fprintf(fp, ", \"messages\": %lu", row->n);
	for (i = 0; i < ncolumns; i++)
		(void)fprintf(fp, ", \"%s\": %lu", columns[i],
		    row->counts[i]);
	(void)fputs(", \"qid\": ", fp);
	json_print_text(fp, row->qid);
}

void
report_json_tally(FILE *fp, const char *key, const struct tally *tally,
    const char *const *columns, size_t ncolumns)
{
	size_t i;

	(void)fprintf(fp, "\"%s\": [", key);
	for (i = 0; i < tally->nrows; i++) {
		(void)fputs(i > 0 ? ",\n  {" : "{", fp);
		report_json_text(fp, "name", tally->rows[i].name);
		json_row(fp, &tally->rows[i], columns, ncolumns);
		(void)putc('}', fp);
	}
	if (tally->others.n > 0) {
		(void)fputs(",\n  {\"name\": null", fp);
		json_row(fp, &tally->others, columns, ncolumns);
		(void)putc('}', fp);
	}
	(void)putc(']', fp);
}

void
report_json_places(FILE *fp, const struct logs *logs)
{
	const struct logs_place *place;
	size_t i;

	(void)fputs("\"places\": [", fp);
	for (i = 0; i < logs->nplaces; i++) {
		place = &logs->places[i];
		(void)fprintf(fp, "%s{\"kind\": \"%s\", ", i > 0 ? ",\n  " :
		    "", logs_kind_name(place->kind));
		report_json_text(fp, "name", place->name);
		(void)fprintf(fp, ", \"state\": \"%s\", ",
		    logs_state_name(place->state));
		if (place->error[0] != '\0')
			report_json_text(fp, "error", place->error);
		else
			(void)fputs("\"error\": null", fp);
		(void)fprintf(fp, ", \"decisions\": %lu}", place->ndecisions);
	}
	(void)putc(']', fp);
}
