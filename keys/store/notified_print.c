/* SPDX-License-Identifier: ISC */

/*
 * The text of the file of what people were told of: see notified.h.
 *
 * What need not be kept is left out: what is over, and contacts that had no
 * notice and for which the program does not fail.  Octets in texts
 * that are not printable ASCII become "?".  Fails only if memory is short.
 */

#include "store/notified_print.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memstream.h"
#include "base/rfc3339.h"

static const char *
or_none(const char *text)
{
	return text[0] == '\0' ? NOTIFIED_NONE : text;
}

static void
print_time(FILE *fp, int64_t when)
{
	char text[RFC3339_SIZE];

	(void)fprintf(fp, " %s", when != KS_NEVER &&
	    rfc3339_print(when, text) ? text : NOTIFIED_NONE);
}

static void
print_text(FILE *fp, const char *text)
{
	const char *p;

	(void)fputc(' ', fp);
	for (p = or_none(text); *p != '\0'; p++)
		(void)fputc(*p >= ' ' && *p <= '~' ? *p : '?', fp);
	(void)fputc('\n', fp);
}

static void
print_contact(FILE *fp, const struct ks_contact *contact)
{
	if (contact->last == KS_NEVER && contact->since == KS_NEVER)
		return;
	(void)fprintf(fp, "contact");
	print_time(fp, contact->last);
	print_time(fp, contact->since);
	print_time(fp, contact->tried);
	(void)fprintf(fp, " %s", or_none(contact->contact));
	print_text(fp, contact->failure);
}

static void
print_told(FILE *fp, const struct ks_told *told)
{
	char first[RFC3339_SIZE], last[RFC3339_SIZE];

	if (told->is_over || !rfc3339_print(told->first, first) ||
	    !rfc3339_print(told->last, last))
		return;
	(void)fprintf(fp, "told %s %s %s %s %s %s %s\n", first, last,
	    told->was_critical ? NOTIFIED_CRITICAL : NOTIFIED_WARNING,
	    told->word, or_none(told->domain), told->selector,
	    or_none(told->contact));
}

static void
print(FILE *fp, const struct ks_notified *notified)
{
	size_t i;

	(void)fprintf(fp, "%s\n", NOTIFIED_FIRST_LINE);
	if (notified->hook[0] != '\0') {
		(void)fprintf(fp, "hook %s", or_none(notified->general));
		print_text(fp, notified->hook);
	}
	if (notified->begun != KS_NEVER) {
		(void)fprintf(fp, "begun");
		print_time(fp, notified->begun);
		(void)fputc('\n', fp);
	}
	if (notified->failed_since != KS_NEVER) {
		(void)fprintf(fp, "failed");
		print_time(fp, notified->failed_since);
		print_text(fp, notified->failure);
	}
	for (i = 0; i < notified->ncontacts; i++)
		print_contact(fp, &notified->contacts[i]);
	for (i = 0; i < notified->ntold; i++)
		print_told(fp, &notified->told[i]);
}

int
notified_print(const struct ks_notified *notified, char **text, size_t *len)
{
	FILE *fp;

	*text = NULL;
	if ((fp = memstream_open(text, len)) == NULL)
		return KS_E_NOMEM;
	print(fp, notified);
	return memstream_close(fp, text) ? 0 : KS_E_NOMEM;
}
