/* SPDX-License-Identifier: ISC */

/*
 * Claims that no source can prove.
 *
 * A message without exactly one certain author domain is never signed.  If one
 * of its author domains belongs to a source, the message claims that domain.
 *
 * A message also makes a claim if no source names its author domain, but it
 * would pass DMARC by the SPF record that includes our servers: author domain
 * and MAIL FROM are in the organization of a source's domain, as relaxed
 * alignment requires (RFC 7489 section 3.1.2).  If a source names the domain
 * of MAIL FROM, that domain is ours.  Another domain of the organization may
 * belong to another service or host that the organization uses.  Then the
 * message is a claim only if it came by the route of a source, because all who
 * send through our servers do.  The same applies to an empty MAIL FROM, for
 * which SPF checks our own HELO name.
 *
 * The route of a source is the set of its factors that do not depend on the
 * message itself.
 */

#include "policy/private.h"

#include <string.h>

#include "config/source_index.h"
#include "dkimsig/dkimsig.h"

/* Whether a message came by the route of a source. */
enum way {
	WAY_NOT,
	WAY_LATE,		/* DNS does not answer now */
	WAY_OPEN,		/* DNS must be asked */
	WAY_TAKEN
};

struct claims {
	const struct facts	*facts;
	const struct config	*config;
	bool			 observing;
	struct decision		*decision;
};

/* How the domain of MAIL FROM is related to a domain of a source. */
enum place {
	PLACE_ELSEWHERE,
	PLACE_ORGANIZATION,	/* same organization; or MAIL FROM is empty */
	PLACE_NAMED		/* a source names it */
};

/* Whether the action of a source counts. */
static bool
counts(const struct claims *claims, const struct source *source)
{
	return source->observe == claims->observing;
}

/* Whether a source is evidence: one that observes changes no decision. */
static bool
is_evidence(const struct claims *claims, const struct source *source)
{
	return claims->observing || !source->observe;
}

/* The first source is reported; the strictest action applies. */
static void
blame(struct claims *claims, const struct source *source,
    const struct fact_domain *author, enum policy_reason reason)
{
	struct decision *decision = claims->decision;
	enum action action = reason == REASON_UNCLEAR ?
	    source->on_unclear_author : source->on_mismatch;

	if (decision->source == NULL) {
		decision->source = source;
		decision->author = author == NULL ? NULL : author->name;
		decision->reason = reason;
		decision->observed = claims->observing;
	}
	if (action > decision->action)
		decision->action = action;
}

static bool
proves_way(enum factor factor, const struct source *source)
{
	size_t i;

	switch (factor) {
	case FACTOR_LOGIN:
	case FACTOR_DAEMON:
	case FACTOR_SPF:
	case FACTOR_PTR:
	case FACTOR_CERT_CN:
		return true;
	case FACTOR_NETWORKS:
		/* Exclusions do not say where the client is. */
		for (i = 0; i < source->nnetworks; i++)
			if (!source->networks[i].excluded)
				return true;
		return false;
	default:
		return false;
	}
}

/* The message itself and MAIL FROM are not part of the route. */
static bool
is_of_message(enum factor factor)
{
	return factor == FACTOR_HEADER || factor == FACTOR_SECRET_HEADER ||
	    factor == FACTOR_DKIM || factor == FACTOR_BOUNCE ||
	    factor == FACTOR_ENVELOPE || factor == FACTOR_AUTHORS;
}

/* Judge a source into attempt; its failed is the factor open or late. */
static enum way
way_of(const struct facts *facts, const struct source *source,
    struct decision *attempt)
{
	enum way way = WAY_TAKEN;
	enum outcome outcome;
	bool is_proven = false;
	size_t i;

	memset(attempt, 0, sizeof(*attempt));
	attempt->source = source;
	attempt->nresults = policy_examine(facts, source, attempt->results);
	attempt->failed = attempt->nresults;
	for (i = 0; i < attempt->nresults; i++) {
		if (is_of_message(attempt->results[i].factor))
			continue;
		is_proven |= proves_way(attempt->results[i].factor, source);
		outcome = attempt->results[i].outcome;
		if (policy_outcome_is_good(outcome))
			continue;
		if (outcome != OUTCOME_UNKNOWN &&
		    !policy_outcome_is_late(outcome))
			return WAY_NOT;
		attempt->failed = i;
		way = outcome == OUTCOME_UNKNOWN ? WAY_OPEN : WAY_LATE;
	}
	return is_proven ? way : WAY_NOT;
}

bool
policy_came_by(const struct facts *facts, const struct source *source)
{
	struct decision attempt;

	return way_of(facts, source, &attempt) == WAY_TAKEN;
}

/* The decision depends on an unknown fact: ask for it, or tempfail. */
static void
wait_for(struct claims *claims, const struct decision *attempt, enum way way)
{
	*claims->decision = *attempt;
	claims->decision->observed = claims->observing;
	claims->decision->reason = REASON_UNKNOWN;
	claims->decision->by_way = true;
	if (way == WAY_OPEN)
		policy_ask(claims->facts, claims->decision);
	else
		claims->decision->action = ACTION_TEMPFAIL;
}

static bool
is_named(const struct claims *claims, const char *domain,
    bool (*heeded)(const struct claims *, const struct source *))
{
	struct source_search search =
	    source_search_allowing(claims->config, domain);
	const struct source *source;

	while ((source = source_search_next(&search)) != NULL)
		if (heeded(claims, source))
			return true;
	return false;
}

/* Author domains that sources name, though the author is uncertain. */
static void
blame_for_names(struct claims *claims)
{
	const struct facts *facts = claims->facts;
	const struct source *source;
	struct source_search search;
	size_t i;

	for (i = 0; i < facts->nauthors; i++) {
		search = source_search_allowing(claims->config,
		    facts->authors[i].name);
		while ((source = source_search_next(&search)) != NULL)
			if (counts(claims, source))
				blame(claims, source, &facts->authors[i],
				    REASON_UNCERTAIN);
	}
}

/* The authors that were not read may be in the domain of any source. */
static void
blame_for_overflow(struct claims *claims)
{
	struct source_search search = source_search_strictest(claims->config);
	const struct source *source;

	while ((source = source_search_next(&search)) != NULL)
		if (counts(claims, source))
			blame(claims, source, NULL, REASON_UNCERTAIN);
}

/* Whether a domain is in the organization of a source's i-th domain. */
static bool
is_akin(const struct fact_domain *domain, const struct source *source,
    size_t i)
{
	const char *own = source->domains.texts[i];

	if (strncmp(own, "*.", 2) == 0)
		own += 2;
	return (i < source->organizations.n && dkimsig_domain_equal(
	    domain->organization, source->organizations.texts[i])) ||
	    dkimsig_domain_equal(domain->name, own) ||
	    dkimsig_domain_is_below(domain->name, own) ||
	    dkimsig_domain_is_below(own, domain->name);
}

static enum place
place_of_sender(const struct claims *claims, const struct source *source,
    size_t i)
{
	const struct facts *facts = claims->facts;

	switch (facts->sender) {
	case SENDER_NULL:
		return PLACE_ORGANIZATION;
	case SENDER_UNCERTAIN:
		return PLACE_NAMED;
	case SENDER_DOMAIN:
		break;
	}
	if (!is_akin(&facts->sender_domain, source, i))
		return PLACE_ELSEWHERE;
	return is_named(claims, facts->sender_domain.name, is_evidence) ?
	    PLACE_NAMED : PLACE_ORGANIZATION;
}

/* How close author and MAIL FROM are to the domains of a source. */
static enum place
place_of(const struct claims *claims, const struct source *source,
    const struct fact_domain *author)
{
	enum place place, nearest = PLACE_ELSEWHERE;
	size_t i;

	for (i = 0; i < source->domains.n; i++) {
		if (!is_akin(author, source, i))
			continue;
		place = place_of_sender(claims, source, i);
		if (place > nearest)
			nearest = place;
	}
	return nearest;
}

/*
 * Blame all sources to which an author and MAIL FROM are related like that.
 * If strictest is given, only find the strictest action that would apply.
 */
static void
blame_for_place(struct claims *claims, enum place place,
    enum action *strictest)
{
	const struct fact_domain *author;
	const struct source *source;
	struct source_search search;
	size_t i;

	for (i = 0; i < claims->facts->nauthors; i++) {
		author = &claims->facts->authors[i];
		if (is_named(claims, author->name, counts))
			continue;
		search = source_search_akin(claims->config, author->name,
		    author->organization);
		while ((source = source_search_next(&search)) != NULL) {
			if (!counts(claims, source) ||
			    place_of(claims, source, author) != place)
				continue;
			if (strictest == NULL)
				blame(claims, source, author, REASON_ALIGNED);
			else if (source->on_mismatch > *strictest)
				*strictest = source->on_mismatch;
		}
	}
}

/* The source by whose route the message most surely came. */
static enum way
find_way(const struct claims *claims, struct decision *found)
{
	struct source_search search = source_search_routes(claims->config,
	    claims->facts->login);
	enum way way, surest = WAY_NOT;
	struct decision attempt;
	const struct source *source;

	while ((source = source_search_next(&search)) != NULL) {
		if (!is_evidence(claims, source))
			continue;
		way = way_of(claims->facts, source, &attempt);
		if (way > surest) {
			surest = way;
			*found = attempt;
		}
	}
	return surest;
}

/* Authors that would pass DMARC by our SPF record. */
static void
blame_for_alignment(struct claims *claims)
{
	enum action strictest = ACTION_PASS;
	struct decision found;
	enum way way;

	blame_for_place(claims, PLACE_NAMED, NULL);
	blame_for_place(claims, PLACE_ORGANIZATION, &strictest);
	/* Do not ask if the answer would change nothing. */
	if (strictest <= claims->decision->action)
		return;
	way = find_way(claims, &found);
	if (way == WAY_TAKEN)
		blame_for_place(claims, PLACE_ORGANIZATION, NULL);
	else if (way != WAY_NOT)
		wait_for(claims, &found, way);
}

/* Unclear authors, by the route of a source with on_unclear_author. */
static void
blame_for_unclear(struct claims *claims)
{
	struct source_search search = source_search_routes(claims->config,
	    claims->facts->login);
	enum way way, open = WAY_NOT;
	enum action strictest = ACTION_PASS;
	struct decision attempt, found;
	const struct source *source;

	while ((source = source_search_next(&search)) != NULL) {
		if (!counts(claims, source) ||
		    source->on_unclear_author == ACTION_PASS)
			continue;
		way = way_of(claims->facts, source, &attempt);
		if (way == WAY_TAKEN)
			blame(claims, source, NULL, REASON_UNCLEAR);
		else if (way != WAY_NOT) {
			if (source->on_unclear_author > strictest)
				strictest = source->on_unclear_author;
			if (way > open) {
				open = way;
				found = attempt;
			}
		}
	}
	if (open != WAY_NOT && strictest > claims->decision->action)
		wait_for(claims, &found, open);
}

void
policy_claim(const struct facts *facts, const struct config *config,
    bool observing, struct decision *decision)
{
	struct claims claims = { facts, config, observing, decision };

	if (facts_author(facts) == NULL)
		blame_for_names(&claims);
	if (facts->overflow)
		blame_for_overflow(&claims);
	blame_for_alignment(&claims);
	if (facts_author(facts) == NULL &&
	    decision->reason == REASON_NO_SOURCE)
		blame_for_unclear(&claims);
}
