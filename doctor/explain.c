/* SPDX-License-Identifier: ISC */

/*
 * Feed a message from a file to the milter's own code and keep what it did.
 *
 * The message goes through message/ as in countersign-front, with a key store
 * in place of the signers (storepool.h).  Then every source that allows an
 * author domain is examined, including those that the decision did not need.
 * This fails only when out of memory.
 */

#include "explain.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memstream.h"
#include "config/relation.h"
#include "message/answers.h"
#include "message/fold.h"
#include "message/ours.h"
#include "message/replay.h"

static enum asked
wants_signature(void *arg, const char *sdid, const char *selector)
{
	const struct explanation *x = arg;

	return policy_asks_signature(x->facts, x->config, sdid, selector);
}

/* Read the signatures of the message, for dkim factors of sources that the
 * decision did not need. */
static bool
read_upstream(struct explanation *x)
{
	const struct mailfield *f;
	size_t i;

	if ((x->upstream = upstream_new(x->facts->now,
	    x->config->covered_names.texts, x->config->covered_names.n)) ==
	    NULL)
		return false;
	for (i = 0; i < x->mail->nfields; i++) {
		f = &x->mail->fields[i];
		upstream_header(x->upstream, f->name, f->namelen, f->value,
		    f->valuelen);
	}
	upstream_end_headers(x->upstream, wants_signature, x);
	upstream_body(x->upstream, x->mail->body, x->mail->bodylen);
	upstream_end(x->upstream);
	return true;
}

/* Look up the facts that a source needs and that are not known yet. */
static bool
ask_all(struct explanation *x, const struct source *source)
{
	const struct answers_means *means = &x->means.answers;
	const struct fact_spf *spf;
	size_t i;

	for (i = 0; i < source->spf.n; i++) {
		spf = facts_spf(x->facts, source->spf.texts[i]);
		if (x->facts->client_family != 0 && (spf == NULL ||
		    spf->covers == FACT_UNKNOWN) &&
		    answers_spf(means, x->facts, source->spf.texts[i]) != 0)
			return false;
	}
	if (source->ndkims == 0 || x->facts->dkim_known)
		return true;
	if (!read_upstream(x) ||
	    answers_dkim(means, x->facts, x->upstream) != 0)
		return false;
	ours_ask(x->means.signers, 0, x->facts);
	return true;
}

static bool
examine_source(struct explanation *x, const struct source *source,
    struct explained_source *to)
{
	size_t i;

	to->source = source;
	to->came_by_route = policy_came_by(x->facts, source);
	for (i = 0; i < x->facts->nauthors; i++)
		if (source_allows(source, x->facts->authors[i].name))
			to->allows = true;
	if (!to->allows || facts_author(x->facts) == NULL)
		return true;
	if (!ask_all(x, source))
		return false;
	to->came_by_route = policy_came_by(x->facts, source);
	to->nresults = policy_examine(x->facts, source, to->results);
	to->holds = to->nresults > 0;
	for (i = 0; i < to->nresults; i++)
		if (!policy_outcome_is_good(to->results[i].outcome))
			to->holds = false;
	return true;
}

static void
put_through(struct explanation *x)
{
	const struct mailfield *f;
	size_t i;

	for (i = 0; i < x->mail->nfields; i++) {
		f = &x->mail->fields[i];
		message_header(x->message, f->name, f->namelen, f->value,
		    f->valuelen);
	}
	if (message_decide(x->message, &x->fate))
		return;
	message_body(x->message, x->mail->body, x->mail->bodylen);
	message_end(x->message, &x->fate);
}

static int64_t
read_clock(void)
{
	return (int64_t)time(NULL);
}

bool
explain(struct explanation *x, const struct config *config,
    struct facts *facts, const struct mailfile *mail, struct storepool *pool,
    struct dns_resolver *resolver)
{
	size_t i;

	memset(x, 0, sizeof(*x));
	x->config = config;
	x->mail = mail;
	x->facts = facts;
	x->pool = pool;
	x->means.signers = storepool_service(pool);
	x->means.answers.resolver = resolver;
	x->means.now = read_clock;
	if ((x->means.replay = replay_new()) == NULL ||
	    (x->sources = calloc(config->nsources + 1,
	    sizeof(*x->sources))) == NULL ||
	    (x->message = message_new(config, facts, &x->means)) == NULL)
		return false;
	put_through(x);
	for (i = 0; i < config->nsources; i++)
		if (!examine_source(x, &config->sources[i],
		    &x->sources[i]))
			return false;
	return true;
}

void
explanation_finish(struct explanation *x)
{
	message_free(x->message);
	upstream_free(x->upstream);
	replay_free(x->means.replay);
	free(x->sources);
	memset(x, 0, sizeof(*x));
}

const char *
explain_author_error(const struct explanation *x)
{
	const struct facts *facts = x->facts;

	if (facts->nfrom == 0)
		return "no From field";
	if (facts->overflow)
		return "From has more addresses than are read";
	if (facts->nauthors == 0)
		return facts->unreadable ? "From has an address whose domain "
		    "is not certain" : "no address in From";
	if (facts->nauthors > 1)
		return "From names several domains";
	return facts->unreadable ? "From has another address, whose domain "
	    "is not certain" : "";
}

bool
explanation_signs(const struct explanation *x)
{
	return x->fate.action == ACTION_SIGN && !x->fate.observed;
}

bool
explanation_awaits_dns(const struct explanation *x)
{
	return message_decision(x->message)->reason == REASON_UNKNOWN;
}

char *
explain_signed_names(const struct message_signature *signature)
{
	const struct dkimsig_verifier_opts opts = { .now = 1,
	    .clock_skew = INT64_MAX - 1 };
	struct dkimsig_verifier *v = NULL;
	const char *name;
	char *wire = NULL, *text = NULL;
	size_t i, len, textlen;
	FILE *fp;

	if ((fp = memstream_open(&text, &textlen)) == NULL)
		return NULL;
	if ((wire = fold_to_crlf(signature->value, strlen(signature->value),
	    &len)) != NULL && dkimsig_verifier_new(&v, &opts) == 0 &&
	    dkimsig_verifier_header(v, "DKIM-Signature", 14, wire, len) == 0 &&
	    dkimsig_verifier_end_headers(v) == 0)
		for (i = 0; dkimsig_verifier_signs(v, 0, i, &name, &len) == 0;
		    i++)
			(void)fprintf(fp, "%s%.*s", i == 0 ? "" : " ",
			    (int)len, name);
	dkimsig_verifier_free(v);
	free(wire);
	(void)memstream_close(fp, &text);
	return text;
}
