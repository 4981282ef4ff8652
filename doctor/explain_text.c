/* SPDX-License-Identifier: ISC */

/*
 * Print an explanation for people: authors, sources with their factors, the
 * decision, the keys, and what would have to change.
 *
 * Text from the message, the MTA or DNS goes through print_safe(), as it may be
 * printed on a terminal.  A text for which there was no memory is replaced by
 * "(out of memory)".
 */

#include <stdlib.h>
#include <string.h>

#include "base/print.h"
#include "dkim2/covered.h"
#include "explain.h"
#include "storepool.h"

struct page {
	FILE	*fp;
	bool	 colours;
};

static void
safe(FILE *fp, const char *text)
{
	if (text == NULL)
		text = "(out of memory)";
	print_safe(fp, text, strlen(text));
}

static void
coloured(const struct page *page, enum print_colour colour, const char *text)
{
	print_colour(page->fp, page->colours, colour);
	(void)fputs(text, page->fp);
	print_colour(page->fp, page->colours, PRINT_PLAIN);
}

static enum print_colour
outcome_colour(enum outcome outcome)
{
	if (outcome == OUTCOME_UNKNOWN || policy_outcome_is_late(outcome) ||
	    outcome == OUTCOME_WARNING)
		return PRINT_DOUBT;
	return policy_outcome_is_good(outcome) ? PRINT_GOOD : PRINT_BAD;
}

static void
print_factor(const struct page *page, const struct explanation *x,
    const struct explained_source *s, size_t i)
{
	const struct factor_result *result = &s->results[i];
	char *required = explain_required(x, s, i);
	char *found = explain_found(x, s, i);
	const char *option = explain_missing_option(x, result);

	(void)fputs("  ", page->fp);
	coloured(page, option != NULL ? PRINT_DOUBT :
	    outcome_colour(result->outcome),
	    policy_outcome_is_good(result->outcome) ? "holds" :
	    policy_outcome_is_late(result->outcome) || option != NULL ||
	    result->outcome == OUTCOME_UNKNOWN ? "?    " : "fails");
	(void)fprintf(page->fp, "  %s%s", policy_factor_name(result->factor),
	    result->name != NULL ? " " : "");
	safe(page->fp, result->name != NULL ? result->name : "");
	if (option != NULL)
		(void)fprintf(page->fp, ": not given: %s", option);
	else if (result->outcome != OUTCOME_HOLDS)
		(void)fprintf(page->fp, ": %s",
		    policy_outcome_text(result->factor, result->outcome));
	(void)fputs("\n         required  ", page->fp);
	safe(page->fp, required);
	(void)fputs("\n         found     ", page->fp);
	safe(page->fp, found);
	(void)putc('\n', page->fp);
	free(required);
	free(found);
}

static void
print_source(const struct page *page, const struct explanation *x,
    const struct explained_source *s)
{
	const struct config_place place = config_place(x->config,
	    s->source->line);
	size_t i;

	(void)fputs("\nsource \"", page->fp);
	safe(page->fp, s->source->name);
	(void)fputs("\" (", page->fp);
	if (place.file != x->config->files.list[0].path)
		(void)fprintf(page->fp, "%s, ", place.file);
	(void)fprintf(page->fp, "line %u)%s: ", place.line,
	    s->source->observe ? ", observes" : "");
	if (!s->allows) {
		(void)fprintf(page->fp, "not for this domain%s\n",
		    s->came_by_route ? ", but the message came by its route" :
		    "");
		return;
	}
	if (facts_author(x->facts) == NULL)
		coloured(page, PRINT_BAD, "claimed, but cannot be proven");
	else if (s->holds)
		coloured(page, PRINT_GOOD, "all factors hold");
	else
		coloured(page, PRINT_BAD, "does not hold");
	(void)putc('\n', page->fp);
	for (i = 0; i < s->nresults; i++)
		print_factor(page, x, s, i);
}

/* What countersign-front would do. */
static void
print_fate(FILE *fp, const struct explanation *x)
{
	enum action action = x->fate.action;

	if (action == ACTION_PASS)
		(void)fputs("pass unsigned", fp);
	else if (!x->fate.observed)
		(void)fputs(action_name(action), fp);
	else
		(void)fprintf(fp, "observe: it would be %s, but %s",
		    action_done(action), action == ACTION_SIGN ?
		    "passes unsigned" : "nothing is done to it");
}

static void
print_decision(const struct page *page, const struct explanation *x)
{
	char why[MESSAGE_REASON_SIZE];

	explain_why(x, why, sizeof(why));
	(void)fputs("\ndecision: ", page->fp);
	print_colour(page->fp, page->colours, explanation_signs(x) ?
	    PRINT_GOOD : explanation_awaits_dns(x) || x->fate.observed ?
	    PRINT_DOUBT : PRINT_BAD);
	print_fate(page->fp, x);
	print_colour(page->fp, page->colours, PRINT_PLAIN);
	(void)fputs(" (", page->fp);
	safe(page->fp, why);
	(void)fputs(")\n", page->fp);
}

static void
print_signatures(const struct page *page, const struct explanation *x)
{
	const struct message_signature *signature;
	size_t i, n = message_nsignatures(x->message);
	char *names = NULL;

	for (i = n; i-- > 0;) {
		signature = message_signature(x->message, i);
		(void)fprintf(page->fp, "  key      d=%s s=%s a=%s\n",
		    signature->sdid, signature->key.selector,
		    dkimsig_algorithm_name(signature->key.algorithm));
		if (i == n - 1)
			names = explain_signed_names(signature);
	}
	if (n > 0) {
		(void)fputs("  signs    ", page->fp);
		safe(page->fp, names);
		(void)putc('\n', page->fp);
	}
	free(names);
	if (storepool_fault(x->pool) == NULL || n == 0)
		return;
	(void)fputs("  but      the keys are unknown, because this user cannot "
	    "read the key store: ", page->fp);
	safe(page->fp, storepool_fault(x->pool));
	(void)putc('\n', page->fp);
}

/* The stream whose keys sign for the author domain, if the source has one. */
static void
print_stream(const struct page *page, const struct explanation *x)
{
	const struct source *source = message_decision(x->message)->source;

	if (source != NULL && source->stream != NULL &&
	    (explanation_signs(x) || x->fate.observed ||
	    x->fate.cause == CAUSE_NO_KEY))
		(void)fprintf(page->fp, "  stream   %s\n", source->stream);
}

/* If the message is only observed, print the keys that would have signed it. */
static void
print_observed_keys(const struct page *page, const struct explanation *x)
{
	const struct sign_key *keys;
	size_t i, n = storepool_keys(x->pool, &keys);

	if (!x->fate.observed || explanation_signs(x))
		return;
	for (i = 0; i < n; i++)
		(void)fprintf(page->fp, "  key      d=%s s=%s a=%s\n",
		    storepool_domain(x->pool), keys[i].selector,
		    dkimsig_algorithm_name(keys[i].algorithm));
}

static void
print_removals(const struct page *page, const struct explanation *x)
{
	const struct removals *removals = message_removals(x->message);
	size_t i;

	if (x->config->observe || !action_delivers(x->fate.action))
		return;
	for (i = 0; i < removals->n; i++) {
		if (!removals->list[i].is_chosen)
			continue;
		(void)fputs("  removes  ", page->fp);
		safe(page->fp, removals->list[i].name);
		(void)fprintf(page->fp, " (%s)%s\n",
		    removals->list[i].is_secret ? "a secret" :
		    "as the source says", dkim2_covers(removals->list[i].name,
		    strlen(removals->list[i].name)) ?
		    ", which breaks DKIM2 signatures" : "");
	}
}

/* DKIM2 signatures that the message arrived with. */
static void
print_dkim2(const struct page *page, const struct explanation *x)
{
	const struct dkim2_chain *chain = &message_traces(x->message)->dkim2;
	char fault[DKIM2_FAULT_SIZE];

	if (chain->nfields == 0)
		return;
	(void)fprintf(page->fp, "  DKIM2    %u hop%s", chain->hops,
	    chain->hops == 1 ? "" : "s");
	if (chain->hops > 0)
		(void)fputs(", the last by ", page->fp);
	safe(page->fp, chain->domain);
	if (dkim2_chain_fault(chain, fault)[0] != '\0')
		(void)fprintf(page->fp, "; broken: %s", fault);
	(void)putc('\n', page->fp);
}

static void
print_fragile(const struct page *page, const struct explanation *x)
{
	if (!explanation_signs(x))
		return;
	if ((x->facts->faults & DKIMSIG_FAULT_LONG_LINE) != 0)
		(void)fputs("  fragile  a line over 998 octets, which the "
		    "next MTA splits\n", page->fp);
	if ((x->facts->faults & DKIMSIG_FAULT_8BIT_BODY) != 0 &&
	    !x->config->eight_bit_safe)
		(void)fputs("  fragile  an 8-bit body, which another MTA may "
		    "convert\n", page->fp);
}

static void
print_replay(const struct page *page, const struct explanation *x)
{
	struct replay_risk risk;
	size_t i;

	if (!explain_replay(x, &risk))
		return;
	(void)fputs("  replay   copies can be sent to anyone ", page->fp);
	if (risk.seconds == 0)
		(void)fputs("for as long as the key is in DNS", page->fp);
	else {
		(void)fputs("for ", page->fp);
		print_span(page->fp, risk.seconds);
	}
	(void)fputs(risk.is_long ? ", which is long: see expire\n" : "\n",
	    page->fp);
	for (i = 0; i < risk.nopen; i++)
		(void)fprintf(page->fp, "  replay   %s %s: %s\n",
		    risk.open[i].name, risk.open[i].opening,
		    risk.open[i].harm);
}

struct needs {
	FILE			*fp;
	const struct source	*source;	/* of the last one */
	size_t			 n;
};

/* One source is enough, but all that it needs. */
static void
print_need(void *arg, const struct source *source, const char *text)
{
	struct needs *needs = arg;

	(void)fprintf(needs->fp, "  %-8s ", needs->n++ == 0 ? "needs" :
	    source == needs->source ? "and" : "or");
	needs->source = source;
	if (source != NULL) {
		(void)fputs("by source \"", needs->fp);
		safe(needs->fp, source->name);
		(void)fputs("\": ", needs->fp);
	}
	safe(needs->fp, text);
	(void)putc('\n', needs->fp);
}

/* The author domains, and the other domains in From. */
static void
print_authors(FILE *fp, const struct explanation *x)
{
	const struct facts *facts = x->facts;
	const char *error = explain_author_error(x);
	size_t i;

	(void)fprintf(fp, "author domain%s: ", facts->nauthors > 1 ? "s" : "");
	if (facts->nauthors == 0)
		(void)fputs("none", fp);
	for (i = 0; i < facts->nauthors; i++) {
		(void)fputs(i == 0 ? "" : ", ", fp);
		safe(fp, facts->authors[i].name);
	}
	if (error[0] != '\0')
		(void)fprintf(fp, " (%s)", error);
	(void)putc('\n', fp);
	if (facts->nfrom > 1)
		(void)fprintf(fp, "From fields: %zu\n", facts->nfrom);
	for (i = 0; i < facts->nmentions; i++) {
		(void)fputs(i == 0 ? "only mentioned: " : ", ", fp);
		safe(fp, facts->mentions[i]);
	}
	if (facts->nmentions > 0)
		(void)putc('\n', fp);
}

void
explain_print_text(FILE *fp, const struct explanation *x, bool colours)
{
	struct page page = { fp, colours };
	struct needs needs = { .fp = fp };
	size_t i;

	print_authors(fp, x);
	if (x->mail->bad_line != 0)
		(void)fprintf(fp, "line %zu is not a header field: the body "
		    "begins there\n", x->mail->bad_line);
	for (i = 0; i < x->config->nsources; i++)
		print_source(&page, x, &x->sources[i]);
	print_decision(&page, x);
	print_stream(&page, x);
	print_signatures(&page, x);
	print_observed_keys(&page, x);
	print_removals(&page, x);
	print_dkim2(&page, x);
	print_fragile(&page, x);
	print_replay(&page, x);
	if (!explain_needs(x, print_need, &needs))
		(void)fputs("  (out of memory)\n", fp);
}
