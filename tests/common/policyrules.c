/* SPDX-License-Identifier: ISC */

/*
 * The rules of policy.h, written down a second time, for policyoracle.c: what
 * a decision must be when every answer is there.
 *
 * It asks policy/ for the outcome of single factors only; how they add up to
 * a verdict is computed here in another way, slower and without a thought of
 * what was asked when.
 */

#include "policyrules.h"

#include <string.h>

#include "config/relation.h"

bool
policyrules_is_good(const struct facts *facts, const struct source *source)
{
	struct factor_result results[POLICY_MAX_FACTORS];
	size_t n = policy_examine(facts, source, results), i;

	for (i = 0; i < n; i++)
		if (!policy_outcome_is_good(results[i].outcome))
			return false;
	return n > 0;
}

/* Whether nothing but DNS or the signers stand in its way. */
bool
policyrules_is_late(const struct facts *facts, const struct source *source)
{
	struct factor_result results[POLICY_MAX_FACTORS];
	size_t n = policy_examine(facts, source, results), i;

	for (i = 0; i < n; i++)
		if (!policy_outcome_is_good(results[i].outcome) &&
		    !policy_outcome_is_late(results[i].outcome) &&
		    results[i].outcome != OUTCOME_UNKNOWN)
			return false;
	return n > 0;
}

/* Whether the source names an author, and so can prove it if it is certain. */
bool
policyrules_is_candidate(const struct policyworld *world,
    const struct source *source)
{
	size_t i;

	if (world->facts.overflow)
		return true;
	for (i = 0; i < world->facts.nauthors; i++)
		if (source_allows(source,
		    world->facts.authors[i].name))
			return true;
	return false;
}

bool
policyrules_is_of_way(enum factor factor)
{
	switch (factor) {
	case FACTOR_HEADER:
	case FACTOR_SECRET_HEADER:
	case FACTOR_DKIM:
	case FACTOR_BOUNCE:
	case FACTOR_ENVELOPE:
	case FACTOR_AUTHORS:
		return false;
	default:
		return true;
	}
}

static enum action
stricter(enum action a, enum action b)
{
	return a > b ? a : b;
}

/* A certain author that sources name: they prove it, or it was claimed. */
static void
judge_proof(const struct policyworld *world, bool observing,
    struct policyverdicts *v)
{
	const struct source *s;
	size_t i;

	for (i = 0; i < world->config.nsources; i++) {
		s = &world->sources[i];
		if (!policyrules_is_candidate(world, s) ||
		    s->observe != observing)
			continue;
		v->is_concerned = true;
		if (v->good == NULL && policyrules_is_good(&world->facts, s))
			v->good = s;
		v->is_late |= policyrules_is_late(&world->facts, s);
		v->action = stricter(v->action, s->on_mismatch);
	}
	v->reason = v->is_late ? REASON_UNKNOWN : REASON_MISMATCH;
	if (v->is_late)
		v->action = ACTION_TEMPFAIL;
}

enum way { WAY_NOT, WAY_LATE, WAY_TAKEN };

/* By all answers, be they asked for or not. */
static enum way
way_of(const struct policyworld *world, const struct source *source)
{
	struct factor_result results[POLICY_MAX_FACTORS];
	struct facts facts = world->facts;
	enum way way = WAY_TAKEN;
	bool proves = false;
	size_t n, i, j;

	facts.nspf = 0;
	for (i = 0; i < POLICYWORLD_SPF; i++)
		(void)facts_set_spf(&facts, policyworld_spf[i],
		    world->spf[i], "");
	n = policy_examine(&facts, source, results);
	for (i = 0; i < n; i++) {
		if (!policyrules_is_of_way(results[i].factor))
			continue;
		if (policy_outcome_is_late(results[i].outcome))
			way = WAY_LATE;
		else if (!policy_outcome_is_good(results[i].outcome))
			return WAY_NOT;
		if (results[i].factor != FACTOR_NETWORKS)
			proves |= results[i].factor != FACTOR_HELO &&
			    results[i].factor != FACTOR_TLS &&
			    results[i].factor != FACTOR_CERT_ISSUER;
		else
			for (j = 0; j < source->nnetworks; j++)
				proves |= !source->networks[j].excluded;
	}
	return proves ? way : WAY_NOT;
}

static bool
ends_in(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n >= m && strcmp(name + n - m, end) == 0 &&
	    (n == m || name[n - m - 1] == '.');
}

/* In the organization of one of the source's domains. */
static bool
is_akin(const struct fact_domain *domain, const char *own)
{
	if (own[0] == '*')
		own += 2;
	return ends_in(domain->name, own) || ends_in(own, domain->name) ||
	    ends_in(own, domain->organization);
}

static bool
is_named(const struct policyworld *world, const char *domain, bool observing,
    bool also_others)
{
	size_t i;

	for (i = 0; i < world->config.nsources; i++)
		if ((world->sources[i].observe == observing || (also_others &&
		    observing)) &&
		    source_allows(&world->sources[i], domain))
			return true;
	return false;
}

/* 0: no claim of the source's; 1: if it came by a way; 2: in any case. */
static int
align(const struct policyworld *world, const struct source *s,
    const struct fact_domain *author, bool observing)
{
	const struct facts *facts = &world->facts;
	int nearest = 0;
	size_t i;

	for (i = 0; i < s->domains.n; i++) {
		if (!is_akin(author, s->domains.texts[i]))
			continue;
		if (facts->sender == SENDER_UNCERTAIN)
			return 2;
		if (facts->sender == SENDER_NULL)
			nearest = 1;
		else if (is_akin(&facts->sender_domain,
		    s->domains.texts[i])) {
			if (is_named(world, facts->sender_domain.name,
			    observing, true))
				return 2;
			nearest = 1;
		}
	}
	return nearest;
}

/* The surest way of all that are believed. */
static enum way
any_way(const struct policyworld *world, bool observing)
{
	enum way way, surest = WAY_NOT;
	size_t i;

	for (i = 0; i < world->config.nsources; i++)
		if (observing || !world->sources[i].observe) {
			way = way_of(world, &world->sources[i]);
			surest = way > surest ? way : surest;
		}
	return surest;
}

/* Claims that nothing can prove. */
static void
judge_claims(const struct policyworld *world, bool observing,
    struct policyverdicts *v)
{
	const struct fact_domain *author;
	const struct source *s;
	enum action by_way = ACTION_PASS;
	size_t i, j;
	int nearness;

	for (i = 0; i < world->facts.nauthors; i++) {
		author = &world->facts.authors[i];
		for (j = 0; j < world->config.nsources; j++) {
			s = &world->sources[j];
			if (s->observe != observing)
				continue;
			nearness = source_allows(s, author->name) ? 2 :
			    is_named(world, author->name, observing, false) ?
			    0 : align(world, s, author, observing);
			if (nearness == 1)
				by_way = stricter(by_way, s->on_mismatch);
			else if (nearness == 2) {
				v->is_concerned = true;
				v->action = stricter(v->action,
				    s->on_mismatch);
			}
		}
	}
	for (j = 0; j < world->config.nsources && world->facts.overflow; j++) {
		s = &world->sources[j];
		if (s->observe != observing)
			continue;
		v->is_concerned = true;
		v->action = stricter(v->action, s->on_mismatch);
	}
	if (by_way <= v->action || any_way(world, observing) == WAY_NOT)
		return;
	v->is_concerned = true;
	v->is_late = any_way(world, observing) == WAY_LATE;
	v->action = v->is_late ? ACTION_TEMPFAIL : by_way;
}

/* Authors of nobody here that are not certain. */
static void
judge_unclear(const struct policyworld *world, bool observing,
    struct policyverdicts *v)
{
	enum action action, late = ACTION_PASS;
	const struct source *s;
	enum way way;
	size_t i;

	for (i = 0; i < world->config.nsources; i++) {
		s = &world->sources[i];
		if (s->observe != observing)
			continue;
		action = s->on_unclear_author;
		way = way_of(world, s);
		if (way == WAY_TAKEN)
			v->action = stricter(v->action, action);
		else if (way == WAY_LATE)
			late = stricter(late, action);
	}
	v->is_late = late > v->action;
	if (v->is_late)
		v->action = ACTION_TEMPFAIL;
	v->is_concerned = v->action != ACTION_PASS;
}

void
policyrules_judge(const struct policyworld *world, bool observing,
    struct policyverdicts *v)
{
	bool is_certain = facts_author(&world->facts) != NULL;

	*v = (struct policyverdicts){ .action = ACTION_PASS };
	if (is_certain)
		judge_proof(world, observing, v);
	if (v->is_concerned)
		return;
	*v = (struct policyverdicts){ .action = ACTION_PASS };
	judge_claims(world, observing, v);
	if (!is_certain && !v->is_concerned)
		judge_unclear(world, observing, v);
	v->reason = v->is_late ? REASON_UNKNOWN : REASON_ALIGNED;
}
