/* SPDX-License-Identifier: ISC */

/*
 * Whose mail is this?  Facts and configuration in, decision out.
 *
 * Each factor of a source has one outcome; a source holds if all are good.  If
 * a source already fails by the known facts, no others are asked for.
 *
 * Pure: the same facts and configuration give the same decision.  Nothing else
 * is read or kept, and nothing can fail.
 */

#include "policy/private.h"

#include <string.h>

#include "config/source_index.h"
#include "dkimsig/dkimsig.h"
#include "policy/factors.h"

/*
 * Faults because of which a verifier and a reader may see different messages:
 * they disagree on where the header ends or which of two From fields counts
 * (RFC 5321 section 2.3.8, RFC 5322 section 3.6).  Long lines and 8-bit bodies
 * are only fragile.
 */
#define FORBIDDING_FAULTS	(DKIMSIG_FAULT_BARE_CR | \
				DKIMSIG_FAULT_BARE_LF | DKIMSIG_FAULT_NUL | \
				DKIMSIG_FAULT_CONTROL | DKIMSIG_FAULT_REPEATED)

enum asked
policy_asks_signature(const struct facts *facts, const struct config *config,
    const char *sdid, const char *selector)
{
	enum asked asked, most = ASKED_BY_NOBODY;
	const struct source *source;
	struct source_search search;
	size_t i, j;

	for (i = 0; i < facts->nauthors; i++) {
		search = source_search_allowing(config,
		    facts->authors[i].name);
		while ((source = source_search_next(&search)) != NULL)
			for (j = 0; j < source->ndkims; j++) {
				asked = factor_dkim_asks(&source->dkims[j],
				    sdid, selector);
				if (asked > most)
					most = asked;
			}
	}
	return most;
}

bool
policy_outcome_is_good(enum outcome outcome)
{
	return outcome == OUTCOME_HOLDS || outcome == OUTCOME_WARNING;
}

bool
policy_outcome_is_late(enum outcome outcome)
{
	return outcome == OUTCOME_TEMPFAIL || outcome == OUTCOME_NO_SIGNER;
}

static void
add(struct factor_result *results, size_t *n, enum factor factor,
    enum outcome outcome, const char *name)
{
	struct factor_result *result = &results[(*n)++];

	memset(result, 0, sizeof(*result));
	result->factor = factor;
	result->outcome = outcome;
	result->name = name;
}

static void
examine_hop(const struct facts *facts, const struct source *s,
    struct factor_result *results, size_t *n)
{
	if (s->nnetworks > 0)
		add(results, n, FACTOR_NETWORKS, factor_networks(facts, s),
		    NULL);
	if (s->ptr.n > 0)
		add(results, n, FACTOR_PTR,
		    factor_domain(facts->client_name, &s->ptr), NULL);
	if (s->helo.n > 0)
		add(results, n, FACTOR_HELO,
		    factor_domain(facts->helo, &s->helo), NULL);
	if (s->tls != TLS_NONE)
		add(results, n, FACTOR_TLS, factor_tls(facts, s), NULL);
	if (s->cert_cn.n > 0)
		add(results, n, FACTOR_CERT_CN,
		    factor_domain(facts->cert_cn, &s->cert_cn), NULL);
	if (s->cert_issuer.n > 0)
		add(results, n, FACTOR_CERT_ISSUER,
		    factor_text(facts->cert_issuer, &s->cert_issuer), NULL);
}

static void
examine_tenant(const struct facts *facts, const struct source *s,
    struct factor_result *results, size_t *n)
{
	size_t i;

	if (s->login.n > 0 || s->any_login)
		add(results, n, FACTOR_LOGIN, factor_login(facts, s), NULL);
	if (s->daemon.n > 0)
		add(results, n, FACTOR_DAEMON, factor_daemon(facts, s), NULL);
	if (s->envelope.n > 0)
		add(results, n, FACTOR_ENVELOPE, factor_envelope(facts, s),
		    NULL);
	if (s->authors.n > 0)
		add(results, n, FACTOR_AUTHORS, factor_authors(facts, s),
		    NULL);
	if (s->bounce != BOUNCE_UNASKED)
		add(results, n, FACTOR_BOUNCE, factor_bounce(facts, s), NULL);
	for (i = 0; i < s->nheaders; i++)
		add(results, n, FACTOR_HEADER,
		    factor_header(facts, &s->headers[i]), s->headers[i].name);
	for (i = 0; i < s->nsecrets; i++)
		add(results, n, FACTOR_SECRET_HEADER,
		    factor_secret(facts, &s->secrets[i]), s->secrets[i].name);
}

const struct fact_address *
policy_refused_address(const struct facts *facts, const struct source *source)
{
	return source->authors.n > 0 ? factor_refused_author(facts, source) :
	    NULL;
}

size_t
policy_examine(const struct facts *facts, const struct source *source,
    struct factor_result *results)
{
	size_t n = 0, signature = 0, i;
	enum outcome outcome;
	const char *field;

	examine_hop(facts, source, results, &n);
	examine_tenant(facts, source, results, &n);
	/* Factors that need DNS come last. */
	if (source->spf.n > 0)
		add(results, &n, FACTOR_SPF, factor_spf(facts, source), NULL);
	for (i = 0; i < source->ndkims; i++) {
		outcome = factor_dkim(facts, &source->dkims[i], &signature,
		    &field);
		add(results, &n, FACTOR_DKIM, outcome, field);
		results[n - 1].dkim = &source->dkims[i];
		results[n - 1].signature = signature;
	}
	return n;
}

enum standing {
	STANDING_HOLDS,
	STANDING_FAILS,
	STANDING_LATE,		/* cannot be judged: DNS did not answer */
	STANDING_OPEN		/* depends on a question not asked yet */
};

/* Judge all factors of a source; the results go into decision. */
static enum standing
examine(const struct facts *facts, const struct source *source,
    struct decision *decision)
{
	enum standing standing = STANDING_HOLDS;
	enum outcome outcome;
	size_t i;

	decision->source = source;
	decision->nresults = policy_examine(facts, source, decision->results);
	decision->failed = decision->nresults;
	/* Not a valid configuration; such a source proves nothing. */
	if (decision->nresults == 0)
		return STANDING_FAILS;
	for (i = 0; i < decision->nresults; i++) {
		outcome = decision->results[i].outcome;
		if (policy_outcome_is_good(outcome))
			continue;
		if (outcome != OUTCOME_UNKNOWN &&
		    !policy_outcome_is_late(outcome)) {
			decision->failed = i;
			return STANDING_FAILS;
		}
		/* A late factor decides whatever the open ones answer. */
		if (standing == STANDING_HOLDS ||
		    (standing == STANDING_OPEN &&
		    policy_outcome_is_late(outcome))) {
			decision->failed = i;
			standing = outcome == OUTCOME_UNKNOWN ?
			    STANDING_OPEN : STANDING_LATE;
		}
	}
	return standing;
}

void
policy_ask(const struct facts *facts, struct decision *decision)
{
	const struct source *source = decision->source;
	const struct fact_spf *fact;
	size_t i;

	decision->action = ACTION_UNDECIDED;
	decision->question = QUESTION_DKIM;
	if (decision->results[decision->failed].factor != FACTOR_SPF)
		return;
	decision->question = QUESTION_SPF;
	for (i = 0; i < source->spf.n; i++) {
		fact = facts_spf(facts, source->spf.texts[i]);
		if (fact == NULL || fact->covers == FACT_UNKNOWN) {
			decision->spf_domain = source->spf.texts[i];
			return;
		}
	}
}

/*
 * Whether a source that fails is told instead of one before it: one that cannot
 * be judged yet, or more of whose factors hold, so that what is wrong is there.
 */
static bool
is_told(const struct decision *attempt, enum standing standing,
    const struct decision *decision)
{
	if (decision->reason == REASON_NO_SOURCE)
		return true;
	return decision->reason == REASON_MISMATCH &&
	    (standing == STANDING_LATE || attempt->failed > decision->failed);
}

/*
 * Decide by the candidates among the sources that observe, or among those that
 * do not: one of them proves the author domain, or on_mismatch applies.
 */
static void
decide_by_proof(const struct facts *facts, const struct config *config,
    bool observing, struct decision *decision)
{
	const char *author = facts_author(facts);
	struct decision attempt;
	const struct source *source;
	enum action strictest = ACTION_PASS;
	struct source_search search = source_search_allowing(config, author);
	enum standing standing;

	while ((source = source_search_next(&search)) != NULL) {
		if (source->observe != observing)
			continue;
		memset(&attempt, 0, sizeof(attempt));
		attempt.author = author;
		attempt.observed = observing;
		standing = examine(facts, source, &attempt);
		if (standing == STANDING_HOLDS) {
			attempt.action = ACTION_SIGN;
			attempt.reason = REASON_MATCH;
			*decision = attempt;
			return;
		}
		if (standing == STANDING_OPEN) {
			attempt.reason = REASON_UNKNOWN;
			policy_ask(facts, &attempt);
			*decision = attempt;
			return;
		}
		if (source->on_mismatch > strictest)
			strictest = source->on_mismatch;
		if (is_told(&attempt, standing, decision)) {
			*decision = attempt;
			decision->reason = standing == STANDING_LATE ?
			    REASON_UNKNOWN : REASON_MISMATCH;
		}
	}
	if (decision->reason == REASON_MISMATCH)
		decision->action = strictest;
	else if (decision->reason == REASON_UNKNOWN)
		decision->action = ACTION_TEMPFAIL;
}

/* Decide by the sources that observe, or by those that do not. */
static void
decide_among(const struct facts *facts, const struct config *config,
    bool observing, struct decision *decision)
{
	decision->reason = REASON_NO_SOURCE;
	if (facts_author(facts) != NULL)
		decide_by_proof(facts, config, observing, decision);
	if (decision->reason == REASON_NO_SOURCE)
		policy_claim(facts, config, observing, decision);
}

/* Readers may disagree on what the message says or who sent it, so it must not
 * be signed. */
static bool
is_faulty(const struct facts *facts)
{
	return facts->malformed || facts->nfrom > 1 ||
	    (facts->faults & FORBIDDING_FAULTS) != 0;
}

void
policy_decide(const struct facts *facts, const struct config *config,
    struct decision *decision)
{
	memset(decision, 0, sizeof(*decision));
	decision->action = ACTION_PASS;
	if (facts->nauthors == 0 && !facts->unreadable)
		decision->reason = REASON_NO_AUTHOR;
	else {
		decide_among(facts, config, false, decision);
		if (decision->reason == REASON_NO_SOURCE)
			decide_among(facts, config, true, decision);
	}
	/* Checked last, so that a forger cannot avoid on_mismatch by adding a
	 * fault. */
	if (decision->action == ACTION_SIGN && is_faulty(facts)) {
		decision->action = decision->source->on_fault;
		decision->reason = REASON_FAULT;
	}
}
