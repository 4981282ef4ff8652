/* SPDX-License-Identifier: ISC */

/*
 * Print why for people.
 *
 * All texts from the log go through print_safe(): anyone may have written them,
 * and they may be printed on a terminal.
 */

#include <stdlib.h>
#include <string.h>

#include "base/print.h"
#include "report/kind.h"
#include "report/print.h"
#include "retell.h"
#include "why.h"

struct page {
	FILE	*fp;
	bool	 colours;
};

static void
safe(FILE *fp, const char *text)
{
	print_safe(fp, text, strlen(text));
}

static void
print_row(FILE *fp, const char *name, const char *value)
{
	if (value == NULL)
		return;
	(void)fprintf(fp, "%-8s ", name);
	safe(fp, value);
	(void)putc('\n', fp);
}

static void
print_list(FILE *fp, const char *name, const struct logged_list *list)
{
	size_t i;

	if (list->n == 0)
		return;
	(void)fprintf(fp, "%-8s ", name);
	for (i = 0; i < list->n; i++) {
		(void)fputs(i > 0 ? ", " : "", fp);
		safe(fp, list->texts[i]);
	}
	(void)fputs(list->is_cut ? ", ...\n" : "\n", fp);
}

static enum print_colour
action_colour(const struct logged_decision *d)
{
	if (d->observed || decision_is(d, "tempfailed"))
		return PRINT_DOUBT;
	return decision_is(d, "signed") ? PRINT_GOOD :
	    decision_is(d, "passed") ? PRINT_PLAIN : PRINT_BAD;
}

static void
print_head(const struct page *page, const struct logged_decision *d)
{
	(void)putc('\n', page->fp);
	print_colour(page->fp, page->colours, PRINT_BOLD);
	print_time(page->fp, d->time);
	(void)fputs("  ", page->fp);
	safe(page->fp, d->qid[0] != '\0' ? d->qid : "(no queue id)");
	(void)fputs("  ", page->fp);
	print_colour(page->fp, page->colours, PRINT_PLAIN);
	print_colour(page->fp, page->colours, action_colour(d));
	if (d->observed)
		(void)fprintf(page->fp, "observed: it would have been %s",
		    d->action);
	else
		(void)fputs(d->action, page->fp);
	print_colour(page->fp, page->colours, PRINT_PLAIN);
	(void)putc('\n', page->fp);
}

/* A chain in which no signature could be read has no domain. */
static void
print_dkim2(FILE *fp, const struct logged_decision *d)
{
	if (d->dkim2_domain != NULL)
		print_row(fp, "DKIM2 by", d->dkim2_domain);
	else if (d->dkim2_hops != DECISION_NO_HOPS)
		print_row(fp, "DKIM2", "no signature that can be read");
}

static void
print_facts(FILE *fp, const struct retold *r)
{
	const struct logged_decision *d = r->decision;

	print_row(fp, "client", d->client);
	print_row(fp, "author", d->author);
	print_list(fp, "authors", &d->authors);
	if (kind_of(d) != KIND_PLATFORM)
		print_row(fp, "kind", kind_name(kind_of(d)));
	print_row(fp, "list", d->list_id);
	print_list(fp, "signed", &d->signatures);
	print_list(fp, "came with", &d->other_signatures);
	print_dkim2(fp, d);
	print_row(fp, "source", d->source);
	print_row(fp, "preset", d->preset);
	print_row(fp, "stream", d->stream);
}

static void
print_factor(const struct page *page, const struct retold *r, size_t i)
{
	const struct factor_result *result = &r->results[i];
	const char *found = retold_found(r, i);
	const bool holds = policy_outcome_is_good(result->outcome);
	const bool is_open = result->outcome == OUTCOME_UNKNOWN;
	char *required;

	(void)fputs("  ", page->fp);
	print_colour(page->fp, page->colours, holds ? PRINT_GOOD : is_open ?
	    PRINT_DOUBT : PRINT_BAD);
	(void)fputs(holds ? "holds" : is_open ? "?    " : "fails", page->fp);
	print_colour(page->fp, page->colours, PRINT_PLAIN);
	(void)fprintf(page->fp, "  %s%s", policy_factor_name(result->factor),
	    result->name != NULL ? " " : "");
	safe(page->fp, result->name != NULL ? result->name : "");
	if (result->outcome != OUTCOME_HOLDS)
		(void)fprintf(page->fp, ": %s",
		    policy_outcome_text(result->factor, result->outcome));
	(void)putc('\n', page->fp);
	if (holds || is_open)
		return;
	if (r->is_same && (required = explain_required(&r->explanation,
	    &r->explained, i)) != NULL) {
		(void)fputs("         required  ", page->fp);
		safe(page->fp, required);
		(void)putc('\n', page->fp);
		free(required);
	}
	(void)fputs("         found     ", page->fp);
	safe(page->fp, found != NULL ? found : "(not logged)");
	(void)putc('\n', page->fp);
}

static void
print_change(void *arg, const char *text)
{
	FILE *fp = arg;

	(void)fputs("  - ", fp);
	report_put_text(fp, text, 4, 4);
}

static bool
has_changes(const struct logged_decision *d)
{
	return !decision_is(d, "signed") || d->observed;
}

static void
print_decision(const struct page *page, const struct why *why, size_t n)
{
	struct retold r;
	size_t i;

	retell(&r, why->config, why->found[n]);
	print_head(page, r.decision);
	print_facts(page->fp, &r);
	for (i = 0; i < r.nresults; i++)
		print_factor(page, &r, i);
	if (r.decision->reason != NULL) {
		(void)fputs("reason   ", page->fp);
		report_put_text(page->fp, r.decision->reason, 9, 9);
	}
	if (!has_changes(r.decision))
		return;
	(void)fputs("what to change:\n", page->fp);
	retold_changes(&r, print_change, page->fp);
}

/* One line for each place: what it had, or why it could not be read. */
static void
print_places(FILE *fp, const struct logs *logs)
{
	const struct logs_place *place;
	size_t i;

	(void)fputs("looked in:\n", fp);
	for (i = 0; i < logs->nplaces; i++) {
		place = &logs->places[i];
		(void)fprintf(fp, "  %s ", logs_kind_name(place->kind));
		safe(fp, place->name);
		if (place->state == LOGS_MISSING)
			(void)fputs(": does not exist\n", fp);
		else if (place->state == LOGS_FAILED) {
			(void)fputs(": ", fp);
			safe(fp, place->error);
			(void)putc('\n', fp);
		} else
			(void)fprintf(fp, ": %lu decision%s%s%s\n",
			    place->ndecisions, place->ndecisions == 1 ? "" :
			    "s", place->error[0] != '\0' ? "; " : "",
			    place->error);
	}
}

static void
print_missing(FILE *fp, const struct why *why)
{
	(void)fputs("no decision found about ", fp);
	safe(fp, why->text);
	(void)putc('\n', fp);
	print_places(fp, why->logs);
	if (why->nseen > 0) {
		(void)fputs("The oldest decision there is of ", fp);
		print_time(fp, why->oldest);
		(void)fputs(".\n", fp);
	}
	(void)fputs("Possible reasons:\n"
	    "  - the mail was refused before its header arrived, or came by a "
	    "service of the\n    mail server that does not use this milter: "
	    "see the mail server's log\n"
	    "  - it was handled by another host, or at another time\n"
	    "  - the log was rotated away, or is elsewhere: name it with "
	    "--log FILE\n", fp);
	if (why->what == WHY_DOMAIN)
		(void)fputs("  - From has another domain: the log has author "
		    "domains, not envelope senders\n", fp);
}

static void
print_summary(FILE *fp, const struct why *why)
{
	if (why->what != WHY_QUEUE_ID)
		(void)fprintf(fp, "%lu message%s signed%s", why->nsigned,
		    why->nsigned == 1 ? "" : "s",
		    why->n > 0 ? "; not signed, the newest first:\n" : "\n");
	else if (why->n > 1)
		(void)fprintf(fp, "%zu messages had this queue id; the newest "
		    "is first\n", why->n + (size_t)why->nmore);
}

void
why_print_text(FILE *fp, const struct why *why, bool colours)
{
	const struct page page = { fp, colours };
	size_t i;

	if (why->n == 0 && why->nsigned == 0) {
		print_missing(fp, why);
		return;
	}
	if (why->config == NULL)
		(void)fputs("The configuration cannot be read, so what its "
		    "sources require is not shown.\n", fp);
	print_summary(fp, why);
	for (i = 0; i < why->n; i++)
		print_decision(&page, why, i);
	if (why->nmore > 0)
		(void)fprintf(fp, "\n%lu older one%s not shown: give a time\n",
		    why->nmore, why->nmore == 1 ? " is" : "s are");
}
