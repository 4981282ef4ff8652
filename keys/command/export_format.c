/* SPDX-License-Identifier: ISC */

/*
 * The formats of countersign-key export: see export_format.h.
 *
 * zone: RFC 1035 section 5.1, for $INCLUDE; names are fully qualified, so that
 * it works with any origin.
 *
 * octodns: a file of its YamlProvider, which has the records of one zone.  It
 * wants names in natural order, and a backslash before each semicolon.
 *
 * dnscontrol: JavaScript (ES5, so without commas at the end of lists), with
 * one D_EXTEND() for each zone.  It cuts long values by itself.
 *
 * Only a full disk can fail, which the caller finds when it closes the file.
 */

#include "command/export_format.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/rfc3339.h"

#define DO_NOT_EDIT	"DKIM keys, written at %s by countersign-key export: " \
			"do not edit."

static void
print_string(FILE *fp, const char *text)
{
	json_print_string(fp, text, strlen(text));
}

static void
print_head(FILE *fp, const char *comment, const struct export_list *list)
{
	char now[RFC3339_SIZE];

	(void)rfc3339_print(list->now, now);
	(void)fprintf(fp, "%s " DO_NOT_EDIT "\n", comment, now);
}

static void
print_zone(FILE *fp, struct export_list *list)
{
	const struct export_record *record;
	size_t i;

	print_head(fp, ";", list);
	for (i = 0; i < list->n; i++) {
		record = &list->records[i];
		(void)fprintf(fp, "%s. %lld IN TXT ( %s ) ; %s, %s\n",
		    record->name, (long long)record->ttl, record->strings,
		    record->selector, record->status);
	}
}

static void
print_json(FILE *fp, struct export_list *list)
{
	const struct export_record *record;
	size_t i;

	(void)fprintf(fp, "[");
	for (i = 0; i < list->n; i++) {
		record = &list->records[i];
		(void)fprintf(fp, "%s\n  {\"domain\": ", i == 0 ? "" : ",");
		print_string(fp, record->domain);
		(void)fprintf(fp, ", \"selector\": ");
		print_string(fp, record->selector);
		(void)fprintf(fp, ", \"status\": \"%s\", \"name\": ",
		    record->status);
		print_string(fp, record->name);
		(void)fprintf(fp, ", \"ttl\": %lld, \"value\": ",
		    (long long)record->ttl);
		print_string(fp, record->value);
		(void)fprintf(fp, "}");
	}
	(void)fprintf(fp, "\n]\n");
}

/* The name without its zone; the name of a record is never the zone's. */
static void
print_relative(FILE *fp, const struct export_record *record)
{
	json_print_string(fp, record->name,
	    strlen(record->name) - strlen(record->zone) - 1);
}

/* The length of what is no digit, or of what is. */
static size_t
span(const char *text, bool digits)
{
	size_t n;

	for (n = 0; text[n] != '\0' &&
	    (isdigit((unsigned char)text[n]) != 0) == digits; n++)
		continue;
	return n;
}

static int
compare_pieces(const char *a, size_t alen, const char *b, size_t blen)
{
	const int order = memcmp(a, b, alen < blen ? alen : blen);

	return order != 0 ? order : (alen > blen) - (alen < blen);
}

static int
compare_numbers(const char *a, size_t alen, const char *b, size_t blen)
{
	for (; alen > 1 && *a == '0'; alen--)
		a++;
	for (; blen > 1 && *b == '0'; blen--)
		b++;
	return alen != blen ? (alen > blen) - (alen < blen) :
	    memcmp(a, b, alen);
}

/*
 * Natural order, as of Python's natsort: texts and numbers by turns, first a
 * text, which may be empty.
 */
static int
compare_names(const void *left, const void *right)
{
	const char *a = ((const struct export_record *)left)->name;
	const char *b = ((const struct export_record *)right)->name;
	size_t alen, blen;
	bool digits;
	int order;

	for (digits = false; *a != '\0' && *b != '\0'; digits = !digits) {
		alen = span(a, digits);
		blen = span(b, digits);
		order = digits ? compare_numbers(a, alen, b, blen) :
		    compare_pieces(a, alen, b, blen);
		if (order != 0)
			return order;
		a += alen;
		b += blen;
	}
	return (*a != '\0') - (*b != '\0');
}

static void
print_escaped(FILE *fp, const char *value)
{
	(void)fputc('"', fp);
	for (; *value != '\0'; value++) {
		/* A backslash for octoDNS is two in a text of YAML. */
		if (*value == ';' || *value == '\\')
			(void)fputs("\\\\", fp);
		if (*value == '"' || *value == '\\')
			(void)fputc('\\', fp);
		(void)fputc(*value, fp);
	}
	(void)fputc('"', fp);
}

static void
print_octodns(FILE *fp, struct export_list *list)
{
	const struct export_record *record;
	size_t i;

	if (list->n > 0)
		qsort(list->records, list->n, sizeof(*list->records),
		    compare_names);
	(void)fprintf(fp, "---\n");
	print_head(fp, "#", list);
	if (list->n == 0)
		(void)fprintf(fp, "{}\n");
	for (i = 0; i < list->n; i++) {
		record = &list->records[i];
		print_relative(fp, record);
		(void)fprintf(fp, ":\n  ttl: %lld\n  type: TXT\n  value: ",
		    (long long)record->ttl);
		print_escaped(fp, record->value);
		(void)fputc('\n', fp);
	}
}

static void
print_dnscontrol(FILE *fp, struct export_list *list)
{
	const struct export_record *record;
	const char *zone = NULL;
	size_t i;

	print_head(fp, "//", list);
	for (i = 0; i < list->n; i++) {
		record = &list->records[i];
		if (zone == NULL || strcmp(zone, record->zone) != 0) {
			if (zone != NULL)
				(void)fprintf(fp, "\n);\n");
			zone = record->zone;
			(void)fprintf(fp, "D_EXTEND(");
			print_string(fp, zone);
		}
		(void)fprintf(fp, ",\n  TXT(");
		print_relative(fp, record);
		(void)fprintf(fp, ", ");
		print_string(fp, record->value);
		(void)fprintf(fp, ", TTL(%lld))", (long long)record->ttl);
	}
	if (zone != NULL)
		(void)fprintf(fp, "\n);\n");
}

const struct export_format *
export_format_find(const char *name)
{
	static const struct export_format formats[] = {
		{ "zone", false, print_zone },
		{ "json", false, print_json },
		{ "octodns", true, print_octodns },
		{ "dnscontrol", false, print_dnscontrol },
	};
	size_t i;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}
