/* SPDX-License-Identifier: ISC */

/*
 * What must be true of every decision, whatever the world is like.
 */

#include "policyworld.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "config/private.h"
#include "config/relation.h"
#include "policyrules.h"

#define COUNT(array)	(sizeof(array) / sizeof(array[0]))

/* Pointers are into config and facts, numbers within their bounds. */
static const char *
check_bounds(const struct policyworld *world, const struct decision *d)
{
	const struct source *s = d->source;
	const struct factor_result *result;
	char why[512];
	size_t i;

	memset(why, 1, sizeof(why));
	policy_explain(d, &world->facts, why, sizeof(why));
	if (memchr(why, '\0', sizeof(why)) == NULL)
		return "an explanation without end";
	if (s == NULL)
		return d->nresults == 0 ? NULL : "results of no source";
	if (s < world->sources ||
	    s >= world->sources + world->config.nsources)
		return "a source from elsewhere";
	if (d->reason == REASON_ALIGNED || d->reason == REASON_UNCLEAR ||
	    d->reason == REASON_UNCERTAIN) {
		if (d->nresults != 0 || s->observe != d->observed)
			return "a claim that something could prove";
	} else if (d->by_way) {
		if (d->reason != REASON_UNKNOWN ||
		    (s->observe && !d->observed))
			return "a way that does not count";
	} else if (!policyrules_is_candidate(world, s) ||
	    s->observe != d->observed)
		return "a source that is no candidate";
	if (d->nresults > POLICY_MAX_FACTORS || d->failed > d->nresults)
		return "too many results";
	for (i = 0; i < d->nresults; i++) {
		result = &d->results[i];
		if ((result->factor == FACTOR_DKIM) != (result->dkim != NULL))
			return "a signature's rule elsewhere";
		if (result->dkim != NULL && (result->dkim < s->dkims ||
		    result->dkim >= s->dkims + s->ndkims))
			return "a rule of another source";
		if (result->dkim != NULL && result->outcome ==
		    OUTCOME_HOLDS && result->signature >=
		    world->facts.nsignatures)
			return "a signature that is not there";
	}
	return NULL;
}

static const char *
check_question(const struct policyworld *world, const struct decision *d)
{
	const struct fact_spf *fact;
	size_t i;

	if ((d->action == ACTION_UNDECIDED) != (d->question != QUESTION_NONE))
		return "a question and its verdict";
	if (d->action != ACTION_UNDECIDED)
		return NULL;
	for (i = 0; i < d->nresults; i++)
		if ((!d->by_way ||
		    policyrules_is_of_way(d->results[i].factor)) &&
		    !policy_outcome_is_good(d->results[i].outcome) &&
		    d->results[i].outcome != OUTCOME_UNKNOWN)
			return "asked in spite of a failure";
	if (d->by_way && d->question != QUESTION_SPF)
		return "a way that hangs on the message";
	if (d->question == QUESTION_DKIM)
		return d->source->ndkims > 0 && !world->facts.dkim_known ?
		    NULL : "signatures asked for in vain";
	fact = facts_spf(&world->facts, d->spf_domain);
	if (fact != NULL && fact->covers != FACT_UNKNOWN)
		return "SPF asked for again";
	for (i = 0; i < d->source->spf.n; i++)
		if (d->source->spf.texts[i] == d->spf_domain)
			return NULL;
	return "SPF of a domain from elsewhere";
}

/* By the patterns of this world: an address of domains that the source allows,
 * which none of its authors names. */
static bool
is_unnamed(const struct source *s, const struct fact_address *address)
{
	bool is_u = address->local != NULL &&
	    (address->local[0] == 'u' || address->local[0] == 'U');
	bool is_com = strcmp(address->domain, "example.com") == 0;
	bool is_below = strlen(address->domain) > strlen("example.com") &&
	    strstr(address->domain, ".example.com") != NULL;
	bool has_names = false;
	size_t i;

	if (!source_allows(s, address->domain))
		return false;
	if (address->local == NULL)
		return true;
	for (i = 0; i < s->authors.n; i++)
		if (s->authors.texts[i][0] == '!' && !is_u &&
		    strcmp(address->domain, "example.org") == 0)
			return true;
	for (i = 0; i < s->authors.n; i++) {
		has_names |= s->authors.texts[i][0] != '!';
		if ((s->authors.texts[i][0] == 'u' && is_u && is_com) ||
		    (s->authors.texts[i][0] == '*' && is_below))
			return false;
	}
	return has_names;
}

static bool
is_author_refused(const struct policyworld *world, const struct source *s)
{
	size_t i;

	if (s->authors.n == 0)
		return false;
	for (i = 0; i < world->facts.naddresses; i++)
		if (is_unnamed(s, &world->facts.addresses[i]))
			return true;
	return world->facts.more_addresses || world->facts.naddresses == 0;
}

static const char *
check_signed(const struct policyworld *world, const struct decision *d,
    const struct policyverdicts *v)
{
	if (d->source != v->good || d->failed != d->nresults)
		return "not the first source that holds";
	if (d->reason == REASON_FAULT)
		return d->action == v->good->on_fault &&
		    (world->facts.malformed || world->facts.faults != 0 ||
		    world->facts.nfrom > 1) ? NULL :
		    "a fault that is none, or not its on_fault";
	if (world->facts.malformed || world->facts.nfrom > 1)
		return "a malformed message signed";
	if (d->author != facts_author(&world->facts))
		return "signed for another author";
	if (is_author_refused(world, d->source))
		return "signed for an address that the source refuses";
	return d->action == ACTION_SIGN ? NULL : "not signed";
}

/* What the sources by themselves come to, once there is no question left. */
static const char *
check_verdict(const struct policyworld *world, const struct decision *d)
{
	struct policyverdicts v;

	if (world->facts.nauthors == 0 && !world->facts.unreadable)
		return d->action == ACTION_PASS && d->source == NULL ?
		    NULL : "a verdict without an author";
	policyrules_judge(world, false, &v);
	if (!v.is_concerned)
		policyrules_judge(world, true, &v);
	else if (d->observed)
		return "an observing source before another";
	if (!v.is_concerned)
		return d->action == ACTION_PASS && d->source == NULL ?
		    NULL : "a verdict without a source";
	if (v.good != NULL)
		return check_signed(world, d, &v);
	if (d->action == ACTION_SIGN || d->reason == REASON_FAULT)
		return "signed for no source";
	if (d->nresults > 0 && (d->failed == d->nresults ||
	    policy_outcome_is_good(d->results[d->failed].outcome)))
		return "failed for no factor";
	if ((d->reason == REASON_UNKNOWN) != (v.reason == REASON_UNKNOWN) ||
	    (d->reason == REASON_MISMATCH) != (v.reason == REASON_MISMATCH))
		return "late, or a mismatch?";
	return d->action == v.action ? NULL : "not the strictest";
}

/*
 * The promise, in the fewest words: whoever claims a domain of a source that
 * does not observe and rejects gets nowhere without a proof.
 */
static const char *
check_promise(const struct policyworld *world, const struct decision *d)
{
	const struct source *s;
	bool is_claimed = false, is_proven = false;
	size_t i;

	for (i = 0; i < world->config.nsources; i++) {
		s = &world->sources[i];
		if (s->observe || !policyrules_is_candidate(world, s))
			continue;
		is_claimed |= s->on_mismatch == ACTION_REJECT;
		is_proven |= facts_author(&world->facts) != NULL &&
		    policyrules_is_good(&world->facts, s);
	}
	if (!is_claimed || is_proven)
		return NULL;
	if (d->observed)
		return "a claim that is only observed";
	return d->action == ACTION_REJECT || (d->action ==
	    ACTION_TEMPFAIL && d->reason == REASON_UNKNOWN) ? NULL :
	    "a claim without proof gets through";
}

static bool
is_same(const struct decision *a, const struct decision *b)
{
	return a->action == b->action && a->reason == b->reason &&
	    a->source == b->source && a->observed == b->observed &&
	    a->author == b->author && a->by_way == b->by_way &&
	    a->nresults == b->nresults && a->failed == b->failed &&
	    a->question == b->question && a->spf_domain == b->spf_domain;
}

static int
answer(struct policyworld *world, const struct decision *d)
{
	struct facts *facts = &world->facts;
	size_t size = world->nsignatures * sizeof(world->signatures[0]), i;

	if (d->question == QUESTION_SPF) {
		for (i = 0; strcmp(policyworld_spf[i], d->spf_domain) != 0; i++)
			;
		return facts_set_spf(facts, policyworld_spf[i], world->spf[i],
		    "") ? 0 : -1;
	}
	if ((facts->signatures = malloc(size + 1)) == NULL)
		return -1;
	memcpy(facts->signatures, world->signatures, size);
	facts->nsignatures = world->nsignatures;
	facts->dkim_known = true;
	return 0;
}

/* The decision if sources are found by an index. */
static int
decide_by_index(const struct policyworld *world, struct decision *d)
{
	struct config config = world->config;
	struct config_builder builder = { .config = &config };
	struct config_block *block;

	config_index_sources(&builder);
	if (!builder.faults.no_memory)
		policy_decide(&world->facts, &config, d);
	while ((block = SLIST_FIRST(&builder.blocks)) != NULL) {
		SLIST_REMOVE_HEAD(&builder.blocks, entry);
		free(block);
	}
	return builder.faults.no_memory ? -1 : 0;
}

/* Answer what is asked until there is a verdict. */
static const char *
decide(struct policyworld *world, struct decision *d)
{
	struct decision again;
	const char *wrong;
	size_t rounds;

	for (rounds = 0; rounds <= POLICYWORLD_SPF + 1; rounds++) {
		policy_decide(&world->facts, &world->config, d);
		policy_decide(&world->facts, &world->config, &again);
		if (!is_same(d, &again))
			return "another decision of the same facts";
		if (decide_by_index(world, &again) != 0)
			return "no index";
		if (!is_same(d, &again))
			return "another decision by the index";
		if ((wrong = check_bounds(world, d)) != NULL ||
		    (wrong = check_question(world, d)) != NULL)
			return wrong;
		if (d->action != ACTION_UNDECIDED)
			return (wrong = check_promise(world, d)) != NULL ?
			    wrong : check_verdict(world, d);
		if (answer(world, d) != 0)
			return "an answer that is not taken";
	}
	return "asked without end";
}

static void
forget_answers(struct facts *facts)
{
	free(facts->signatures);
	facts->signatures = NULL;
	facts->nsignatures = 0;
	facts->dkim_known = false;
	facts->nspf = 0;
}

/* Sources that observe are as if they were not there. */
static const char *
check_observers(struct policyworld *world, const struct decision *before)
{
	struct decision after;
	const char *wrong;
	size_t i;

	if (before->observed || before->source == NULL)
		return NULL;
	forget_answers(&world->facts);
	for (i = 0; i < world->config.nsources; i++)
		if (world->sources[i].observe)
			world->sources[i].domains.n = 0;
	if ((wrong = decide(world, &after)) != NULL)
		return wrong;
	return is_same(before, &after) ? NULL : "an observer was heeded";
}

/* Facts that can be missed, for no source wants them to be absent. */
static const char *
check_losses(struct policyworld *world, const struct decision *before)
{
	struct facts *facts = &world->facts;
	char **const losses[] = { &facts->client_name, &facts->helo,
	    &facts->cert_cn, &facts->cert_issuer, &facts->login,
	    &facts->daemon_name, &facts->daemon_port };
	struct decision after;
	const char *wrong;
	size_t i;

	for (i = 0; i < COUNT(losses) + 3 + POLICYWORLD_SPF; i++) {
		forget_answers(facts);
		if (i < COUNT(losses))
			(void)facts_set(losses[i], NULL);
		else if (i < COUNT(losses) + POLICYWORLD_SPF)
			world->spf[i - COUNT(losses)] = FACT_NO;
		else if (i == COUNT(losses) + POLICYWORLD_SPF)
			facts->client_family = 0;
		else if (i == COUNT(losses) + POLICYWORLD_SPF + 1)
			facts->tls = TLS_NONE;
		else
			world->nsignatures = 0;
		if ((wrong = decide(world, &after)) != NULL)
			return wrong;
		if (before->action != ACTION_SIGN &&
		    after.action == ACTION_SIGN)
			return "signed for want of a fact";
	}
	return NULL;
}

const char *
policyworld_check(struct policyworld *world)
{
	struct decision decision;
	const char *wrong;

	if ((wrong = decide(world, &decision)) != NULL ||
	    (wrong = check_observers(world, &decision)) != NULL)
		return wrong;
	return check_losses(world, &decision);
}
