/* SPDX-License-Identifier: ISC */

/*
 * Print an explanation as a JSON object (RFC 8259); countersign-doctor(8)
 * lists its members.
 *
 * Text from the message, the MTA or DNS is escaped by json_print_string().  A
 * text for which there was no memory is null.  The caller checks the stream for
 * errors.
 */

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "dkim2/covered.h"
#include "explain.h"
#include "storepool.h"

static void
string(FILE *fp, const char *name, const char *value)
{
	(void)fprintf(fp, "\"%s\": ", name);
	json_print_text(fp, value);
}

static const char *
truth(bool value)
{
	return value ? "true" : "false";
}

static void
print_factor(FILE *fp, const struct explanation *x,
    const struct explained_source *s, size_t i)
{
	const struct factor_result *result = &s->results[i];
	char *required = explain_required(x, s, i);
	char *found = explain_found(x, s, i);

	(void)fprintf(fp, "%s\n    {\"factor\": \"%s\", ", i == 0 ? "" : ",",
	    policy_factor_name(result->factor));
	string(fp, "name", result->name);
	(void)fputs(", ", fp);
	string(fp, "required", required);
	(void)fputs(", ", fp);
	string(fp, "found", found);
	(void)fprintf(fp, ", \"holds\": %s, \"outcome\": \"%s\", ",
	    truth(policy_outcome_is_good(result->outcome)),
	    policy_outcome_name(result->outcome));
	string(fp, "missing_option", explain_missing_option(x, result));
	(void)putc('}', fp);
	free(required);
	free(found);
}

static void
print_source(FILE *fp, const struct explanation *x,
    const struct explained_source *s)
{
	const struct config_place place = config_place(x->config,
	    s->source->line);
	size_t i;

	(void)fputs("\n  {", fp);
	string(fp, "name", s->source->name);
	(void)fputs(", ", fp);
	string(fp, "file", place.file);
	(void)fprintf(fp, ", \"line\": %u, \"observe\": %s, "
	    "\"allows_author\": %s, \"holds\": %s, \"came_by_route\": %s, "
	    "\"factors\": [", place.line, truth(s->source->observe),
	    truth(s->allows), truth(s->holds), truth(s->came_by_route));
	for (i = 0; i < s->nresults; i++)
		print_factor(fp, x, s, i);
	(void)fputs("]}", fp);
}

/* Why a source applies to the message; NULL if none does. */
static const char *
source_match(enum policy_reason reason)
{
	switch (reason) {
	case REASON_MATCH:
	case REASON_FAULT:
	case REASON_MISMATCH:
	case REASON_UNCERTAIN:
		return "named";
	case REASON_ALIGNED:
		return "aligned";
	case REASON_UNCLEAR:
		return "unclear";
	case REASON_UNKNOWN:
		return "unknown";
	case REASON_NO_AUTHOR:
	case REASON_NO_SOURCE:
		break;
	}
	return NULL;
}

static void
print_decision(FILE *fp, const struct explanation *x)
{
	const struct decision *decision = message_decision(x->message);
	char why[MESSAGE_REASON_SIZE];

	explain_why(x, why, sizeof(why));
	(void)fprintf(fp, ", \"decision\": \"%s\", \"action\": \"%s\", "
	    "\"observed\": %s, ", action_name(decision->action),
	    action_name(x->fate.action), truth(x->fate.observed));
	string(fp, "source", decision->source == NULL ? NULL :
	    decision->source->name);
	(void)fputs(", ", fp);
	string(fp, "stream", decision->source == NULL ? NULL :
	    decision->source->stream);
	(void)fputs(", ", fp);
	string(fp, "source_match", source_match(decision->reason));
	(void)fputs(", ", fp);
	string(fp, "claimed_domain", decision->author);
	(void)fputs(", ", fp);
	string(fp, "decision_reason", why);
	(void)fputs(", ", fp);
	string(fp, "action_reason", x->fate.reason);
	(void)fputs(", ", fp);
	string(fp, "key_store_error", storepool_fault(x->pool));
}

static void
print_signatures(FILE *fp, const struct explanation *x)
{
	const struct message_signature *signature;
	size_t i, n = message_nsignatures(x->message);
	char *names;

	(void)fputs(", \"signatures\": [", fp);
	for (i = n; i-- > 0;) {
		signature = message_signature(x->message, i);
		(void)fputs(i == n - 1 ? "{" : ", {", fp);
		string(fp, "d", signature->sdid);
		(void)fputs(", ", fp);
		string(fp, "s", signature->key.selector);
		(void)fputs(", ", fp);
		string(fp, "a",
		    dkimsig_algorithm_name(signature->key.algorithm));
		(void)fputs(", ", fp);
		names = explain_signed_names(signature);
		string(fp, "h", names);
		free(names);
		(void)putc('}', fp);
	}
	(void)putc(']', fp);
}

static void
print_removals(FILE *fp, const struct explanation *x)
{
	const struct removals *removals = message_removals(x->message);
	const char *comma = "";
	size_t i;

	(void)fputs(", \"removed_fields\": [", fp);
	for (i = 0; i < removals->n && !x->config->observe &&
	    action_delivers(x->fate.action); i++) {
		if (!removals->list[i].is_chosen)
			continue;
		(void)fputs(comma, fp);
		json_print_string(fp, removals->list[i].name,
		    strlen(removals->list[i].name));
		comma = ", ";
	}
	(void)putc(']', fp);
}

/* DKIM2 signatures that the message arrived with, and the fields that are
 * removed although such signatures cover them. */
static void
print_dkim2(FILE *fp, const struct explanation *x)
{
	const struct dkim2_chain *chain = &message_traces(x->message)->dkim2;
	const struct removals *removals = message_removals(x->message);
	char fault[DKIM2_FAULT_SIZE];
	const char *name, *comma = "";
	size_t i;

	if (chain->nfields == 0)
		(void)fputs(", \"dkim2\": null", fp);
	else {
		(void)fprintf(fp, ", \"dkim2\": {\"hops\": %u, ",
		    chain->hops);
		string(fp, "domain", chain->hops > 0 ? chain->domain : NULL);
		(void)fputs(", ", fp);
		string(fp, "error", dkim2_chain_fault(chain, fault));
		(void)putc('}', fp);
	}
	(void)fputs(", \"removed_from_dkim2\": [", fp);
	for (i = 0; i < removals->n && !x->config->observe &&
	    action_delivers(x->fate.action); i++) {
		name = removals->list[i].name;
		if (!removals->list[i].is_chosen ||
		    !dkim2_covers(name, strlen(name)))
			continue;
		(void)fputs(comma, fp);
		json_print_string(fp, name, strlen(name));
		comma = ", ";
	}
	(void)putc(']', fp);
}

/* What can be done with copies of the signed message. */
static void
print_replay(FILE *fp, const struct explanation *x)
{
	struct replay_risk risk;
	size_t i;

	if (!explain_replay(x, &risk)) {
		(void)fputs(", \"replay\": null", fp);
		return;
	}
	(void)fputs(", \"replay\": {\"seconds\": ", fp);
	if (risk.seconds == 0)
		(void)fputs("null", fp);
	else
		(void)fprintf(fp, "%lld", (long long)risk.seconds);
	(void)fprintf(fp, ", \"long\": %s, \"open\": [",
	    truth(risk.is_long));
	for (i = 0; i < risk.nopen; i++) {
		(void)fputs(i == 0 ? "{" : ", {", fp);
		string(fp, "field", risk.open[i].name);
		(void)fputs(", ", fp);
		string(fp, "opening", risk.open[i].opening);
		(void)fputs(", ", fp);
		string(fp, "harm", risk.open[i].harm);
		(void)putc('}', fp);
	}
	(void)fputs("]}", fp);
}

struct needs {
	FILE		*fp;
	const char	*comma;
};

static void
print_need(void *arg, const struct source *source, const char *text)
{
	struct needs *needs = arg;

	(void)fprintf(needs->fp, "%s{", needs->comma);
	string(needs->fp, "source", source == NULL ? NULL : source->name);
	(void)fputs(", ", needs->fp);
	string(needs->fp, "text", text);
	(void)putc('}', needs->fp);
	needs->comma = ", ";
}

static void
print_authors(FILE *fp, const struct explanation *x)
{
	const struct facts *facts = x->facts;
	const char *error = explain_author_error(x);
	size_t i;

	string(fp, "author_domain", facts_author(facts));
	(void)fputs(", ", fp);
	string(fp, "author_error", error[0] != '\0' ? error : NULL);
	(void)fprintf(fp, ", \"from_fields\": %zu, \"author_uncertain\": %s, "
	    "\"too_many_addresses\": %s, \"authors\": [", facts->nfrom,
	    truth(facts->unreadable), truth(facts->overflow));
	for (i = 0; i < facts->nauthors; i++) {
		(void)fputs(i == 0 ? "{" : ", {", fp);
		string(fp, "domain", facts->authors[i].name);
		(void)fputs(", ", fp);
		string(fp, "organization", facts->authors[i].organization);
		(void)putc('}', fp);
	}
	(void)fputs("], \"mentioned\": [", fp);
	for (i = 0; i < facts->nmentions; i++) {
		(void)fputs(i == 0 ? "" : ", ", fp);
		json_print_string(fp, facts->mentions[i],
		    strlen(facts->mentions[i]));
	}
	(void)putc(']', fp);
}

void
explain_print_json(FILE *fp, const struct explanation *x)
{
	struct needs needs = { fp, "" };
	size_t i;

	(void)putc('{', fp);
	print_authors(fp, x);
	(void)fputs(", \"sources\": [", fp);
	for (i = 0; i < x->config->nsources; i++) {
		(void)fputs(i == 0 ? "" : ",", fp);
		print_source(fp, x, &x->sources[i]);
	}
	(void)fputs("]", fp);
	print_decision(fp, x);
	print_signatures(fp, x);
	print_removals(fp, x);
	print_dkim2(fp, x);
	print_replay(fp, x);
	(void)fputs(", \"needs\": [", fp);
	(void)explain_needs(x, print_need, &needs);
	(void)fputs("]}\n", fp);
}
