/* SPDX-License-Identifier: ISC */

/*
 * Print why as one JSON object; countersign-doctor(8) describes it.
 *
 * A text that is unknown, or for which there was no memory, is null.  Octets
 * that are not UTF-8 come as Latin-1, so that the object is valid whatever the
 * log has.
 */

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "report/kind.h"
#include "report/print.h"
#include "retell.h"
#include "why.h"

static const char *const whats[] = {
	[WHY_QUEUE_ID]	= "qid",
	[WHY_DOMAIN]	= "domain",
	[WHY_CLIENT]	= "client",
};

static void
string_or_null(FILE *fp, const char *text)
{
	if (text == NULL)
		(void)fputs("null", fp);
	else
		json_print_string(fp, text, strlen(text));
}

static void
print_text(FILE *fp, const char *key, const char *text)
{
	(void)fprintf(fp, ", \"%s\": ", key);
	string_or_null(fp, text);
}

static void
print_list(FILE *fp, const char *key, const struct logged_list *list)
{
	size_t i;

	(void)fprintf(fp, ", \"%s\": [", key);
	for (i = 0; i < list->n; i++) {
		(void)fputs(i > 0 ? ", " : "", fp);
		string_or_null(fp, list->texts[i]);
	}
	(void)putc(']', fp);
}

static void
print_factor(FILE *fp, const struct retold *r, size_t i)
{
	const struct factor_result *result = &r->results[i];
	char *required = NULL;

	if (r->is_same)
		required = explain_required(&r->explanation, &r->explained, i);
	(void)fprintf(fp, "%s{\"factor\": \"%s\"", i > 0 ? ", " : "",
	    policy_factor_name(result->factor));
	print_text(fp, "name", result->name);
	print_text(fp, "outcome", policy_outcome_name(result->outcome));
	(void)fprintf(fp, ", \"holds\": %s",
	    policy_outcome_is_good(result->outcome) ? "true" : "false");
	print_text(fp, "text", policy_outcome_text(result->factor,
	    result->outcome));
	print_text(fp, "required", required);
	print_text(fp, "found", retold_found(r, i));
	(void)putc('}', fp);
	free(required);
}

struct changes {
	FILE		*fp;
	const char	*separator;
};

static void
print_change(void *arg, const char *text)
{
	struct changes *c = arg;

	(void)fputs(c->separator, c->fp);
	string_or_null(c->fp, text);
	c->separator = ", ";
}

static void
print_decision(FILE *fp, const struct why *why, size_t n)
{
	const struct logged_decision *d = why->found[n];
	struct changes changes = { fp, "" };
	struct retold r;
	size_t i;

	retell(&r, why->config, d);
	(void)fprintf(fp, "%s{\"time\": ", n > 0 ? ",\n  " : "");
	json_print_time(fp, d->time);
	print_text(fp, "qid", d->qid);
	print_text(fp, "action", d->action);
	(void)fprintf(fp, ", \"observed\": %s", d->observed ? "true" :
	    "false");
	print_text(fp, "client", d->client);
	print_text(fp, "author", d->author);
	print_list(fp, "authors", &d->authors);
	print_text(fp, "kind", kind_word(kind_of(d)));
	print_text(fp, "list_id", d->list_id);
	print_list(fp, "signatures", &d->signatures);
	print_list(fp, "other_signatures", &d->other_signatures);
	if (d->dkim2_hops == DECISION_NO_HOPS)
		(void)fputs(", \"dkim2_hops\": null", fp);
	else
		(void)fprintf(fp, ", \"dkim2_hops\": %lld", d->dkim2_hops);
	print_text(fp, "dkim2_domain", d->dkim2_domain);
	print_text(fp, "source", d->source);
	print_text(fp, "stream", d->stream);
	print_text(fp, "preset", d->preset);
	(void)fputs(", \"factors\": [", fp);
	for (i = 0; i < r.nresults; i++)
		print_factor(fp, &r, i);
	(void)putc(']', fp);
	print_text(fp, "reason", d->reason);
	print_text(fp, "cause", d->cause);
	(void)fputs(", \"changes\": [", fp);
	retold_changes(&r, print_change, &changes);
	(void)fputs("]}", fp);
}

void
why_print_json(FILE *fp, const struct why *why)
{
	size_t i;

	for (i = 0; i < sizeof(whats) / sizeof(whats[0]); i++) {
		(void)fprintf(fp, "%s\"%s\": ", i == 0 ? "{" : ", ",
		    whats[i]);
		string_or_null(fp, (enum why_what)i != why->what ? NULL :
		    why->what == WHY_DOMAIN ? why->domain : why->text);
	}
	(void)fputs(", \"decisions\": [", fp);
	for (i = 0; i < why->n; i++)
		print_decision(fp, why, i);
	(void)fprintf(fp, "], \"older\": %lu, \"signed\": %lu, ",
	    why->nmore, why->nsigned);
	report_json_places(fp, why->logs);
	(void)fputs("}\n", fp);
}
