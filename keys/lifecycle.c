/* SPDX-License-Identifier: ISC */

/*
 * The life of a key: see lifecycle.h.
 *
 * Rules are tried in a fixed order over all keys, and the first that applies
 * is the step.  The order matters: DNS is looked at before it is relied on, a
 * successor signs before its predecessor retires, and what cannot be undone
 * comes last.
 */

#include "lifecycle.h"

#include <string.h>

#include "used.h"

/* How much longer than its time a key may sign before that is an alarm. */
#define OVERDUE_PART	4	/* a quarter of it */

struct world {
	const struct ks_state		*state;
	const struct lifecycle_fact	*facts;
	const struct lifecycle_policy	*policy;
	int64_t				 now;
	struct lifecycle_action		*action;
};

typedef bool	rule_fn(const struct world *world);

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static bool
is_past(int64_t when, int64_t now)
{
	return when != KS_NEVER && when <= now;
}

/* Some time in its past is still to come: the clock was, or is, wrong. */
static bool
has_future(const struct ks_key *key, int64_t now)
{
	return key->generated > now || key->published > now ||
	    key->seen > now || key->verified > now || key->revoked > now ||
	    key->removed > now;
}

/* It will not sign again. */
static bool
has_ended(const struct ks_key *key, int64_t now)
{
	return key->revoked != KS_NEVER || key->removed != KS_NEVER ||
	    is_past(key->retire_at, now);
}

/* It may become the key that signs, and has no time for it yet. */
static bool
is_candidate(const struct ks_key *key, int64_t now)
{
	return !has_ended(key, now) && key->active_from == KS_NEVER &&
	    key->retire_at == KS_NEVER && !key->compromised;
}

static bool
is_wanted(const struct world *world, enum dkimsig_algorithm algorithm)
{
	return algorithm == DKIMSIG_RSA_SHA256 ||
	    world->policy->wants_ed25519;
}

static bool
can_make(const struct world *world, enum dkimsig_algorithm algorithm)
{
	if (!is_wanted(world, algorithm))
		return false;
	return algorithm == DKIMSIG_RSA_SHA256 ?
	    !world->policy->cannot_make_rsa :
	    !world->policy->cannot_make_ed25519;
}

/* The key of an algorithm that began to sign last; NULL if none signs. */
static const struct ks_key *
newest_active(const struct ks_state *state, enum dkimsig_algorithm algorithm,
    int64_t now)
{
	const struct ks_key *key, *newest = NULL;
	size_t i;

	for (i = 0; i < state->nkeys; i++) {
		key = &state->keys[i];
		if (key->algorithm == algorithm &&
		    ks_key_is_active(key, now) && (newest == NULL ||
		    key->active_from > newest->active_from))
			newest = key;
	}
	return newest;
}

static bool
act(const struct world *world, enum lifecycle_step step,
    const struct ks_key *key, int64_t at, const char *why)
{
	world->action->step = step;
	world->action->key = (size_t)(key - world->state->keys);
	world->action->algorithm = key->algorithm;
	world->action->at = at;
	world->action->why = why;
	return true;
}

/* Whether DNS has a say in what comes next. */
static bool
must_look(const struct world *world, const struct ks_key *key)
{
	if (key->removed != KS_NEVER)
		return false;
	if (has_ended(key, world->now))
		return world->policy->by_hand;
	return key->published != KS_NEVER || world->policy->by_hand ||
	    key->active_from != KS_NEVER;
}

static bool
rule_look(const struct world *world)
{
	const struct ks_key *key;
	size_t i;

	for (i = 0; i < world->state->nkeys; i++) {
		key = &world->state->keys[i];
		if (!world->facts[i].was_tried &&
		    world->facts[i].view == LIFECYCLE_UNASKED &&
		    must_look(world, key))
			return act(world, LIFECYCLE_LOOK, key, 0,
			    "its record is to be seen");
	}
	return false;
}

static bool
rule_generate(const struct world *world)
{
	static const enum dkimsig_algorithm algorithms[] = {
		DKIMSIG_RSA_SHA256, DKIMSIG_ED25519_SHA256
	};
	size_t i, j;

	for (i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
		if (!can_make(world, algorithms[i]))
			continue;
		for (j = 0; j < world->state->nkeys; j++)
			if (world->state->keys[j].algorithm ==
			    algorithms[i] &&
			    is_candidate(&world->state->keys[j], world->now))
				break;
		if (j < world->state->nkeys)
			continue;
		world->action->step = LIFECYCLE_GENERATE;
		world->action->algorithm = algorithms[i];
		world->action->why = "there is none in reserve";
		return true;
	}
	return false;
}

/* New records, and such as have gone from every server. */
static bool
rule_publish(const struct world *world)
{
	const struct ks_key *key;
	size_t i;

	if (world->policy->by_hand)
		return false;
	for (i = 0; i < world->state->nkeys; i++) {
		key = &world->state->keys[i];
		if (world->facts[i].was_tried ||
		    has_ended(key, world->now) ||
		    !is_wanted(world, key->algorithm))
			continue;
		if (key->published == KS_NEVER &&
		    world->facts[i].view != LIFECYCLE_RIGHT)
			return act(world, LIFECYCLE_PUBLISH, key, 0,
			    "it is new");
		if (world->facts[i].view == LIFECYCLE_ABSENT)
			return act(world, LIFECYCLE_PUBLISH, key, 0,
			    "its record is gone from every server");
	}
	return false;
}

/* What DNS shows goes into the state. */
static bool
rule_seen(const struct world *world)
{
	const struct ks_key *key;
	enum lifecycle_view view;
	size_t i;

	for (i = 0; i < world->state->nkeys; i++) {
		key = &world->state->keys[i];
		view = world->facts[i].view;
		if (world->facts[i].was_tried || has_ended(key, world->now) ||
		    view == LIFECYCLE_UNASKED || view == LIFECYCLE_UNKNOWN)
			continue;
		if (view == LIFECYCLE_RIGHT) {
			if (key->seen == KS_NEVER || (key->seen > world->now &&
			    key->verified == KS_NEVER))
				return act(world, LIFECYCLE_SEEN, key, 0,
				    "every server shows its record");
		} else if (is_candidate(key, world->now) &&
		    (key->seen != KS_NEVER || key->verified != KS_NEVER))
			return act(world, LIFECYCLE_UNSEEN, key, 0,
			    "its record is not right at every server");
	}
	return false;
}

static int64_t
verify_time(const struct ks_key *key, const struct lifecycle_fact *fact,
    const struct lifecycle_policy *policy)
{
	return key->seen + later(fact->cache_wait, policy->publish_lead);
}

static bool
rule_verify(const struct world *world)
{
	const struct ks_key *key;
	size_t i;

	for (i = 0; i < world->state->nkeys; i++) {
		key = &world->state->keys[i];
		if (!world->facts[i].was_tried &&
		    !has_ended(key, world->now) &&
		    key->verified == KS_NEVER && key->seen != KS_NEVER &&
		    world->facts[i].view == LIFECYCLE_RIGHT &&
		    verify_time(key, &world->facts[i], world->policy) <=
		    world->now)
			return act(world, LIFECYCLE_VERIFY, key, 0,
			    "no cache can lack its record");
	}
	return false;
}

/* The oldest verified key in reserve whose record is right now. */
static const struct ks_key *
successor(const struct world *world, enum dkimsig_algorithm algorithm)
{
	const struct ks_key *key, *oldest = NULL;
	size_t i;

	for (i = 0; i < world->state->nkeys; i++) {
		key = &world->state->keys[i];
		if (key->algorithm == algorithm &&
		    is_candidate(key, world->now) &&
		    is_past(key->verified, world->now) &&
		    !world->facts[i].was_tried &&
		    world->facts[i].view == LIFECYCLE_RIGHT &&
		    (oldest == NULL || key->generated < oldest->generated))
			oldest = key;
	}
	return oldest;
}

/* A key of the algorithm has been given the time at which it begins. */
static bool
has_scheduled(const struct world *world, enum dkimsig_algorithm algorithm,
    int64_t until)
{
	const struct ks_key *key;
	size_t i;

	for (i = 0; i < world->state->nkeys; i++) {
		key = &world->state->keys[i];
		if (key->algorithm == algorithm &&
		    !has_ended(key, world->now) && !key->compromised &&
		    key->active_from > world->now &&
		    key->active_from <= until)
			return true;
	}
	return false;
}

/* When and why the line of an algorithm needs its next key. */
static bool
needs_successor(const struct world *world, enum dkimsig_algorithm algorithm,
    int64_t *at, const char **why)
{
	const struct ks_key *active;

	*at = world->now;
	active = newest_active(world->state, algorithm, world->now);
	if (active == NULL) {
		*why = "no key of this algorithm signs";
		return algorithm == DKIMSIG_RSA_SHA256 ||
		    newest_active(world->state, DKIMSIG_RSA_SHA256,
		    world->now) != NULL;
	}
	if (active->compromised) {
		*why = "the key before it is compromised";
		return true;
	}
	if (world->now - active->active_from >= world->policy->every) {
		*why = "the key before it has signed for its time";
		return true;
	}
	if (active->retire_at != KS_NEVER) {
		*why = "the key before it retires then";
		*at = active->retire_at;
		return !has_scheduled(world, algorithm, *at);
	}
	return false;
}

static bool
rule_activate(const struct world *world)
{
	static const enum dkimsig_algorithm algorithms[] = {
		DKIMSIG_RSA_SHA256, DKIMSIG_ED25519_SHA256
	};
	const struct ks_key *key;
	const char *why;
	int64_t at;
	size_t i;

	for (i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
		if (is_wanted(world, algorithms[i]) &&
		    (key = successor(world, algorithms[i])) != NULL &&
		    needs_successor(world, algorithms[i], &at, &why))
			return act(world, LIFECYCLE_ACTIVATE, key, at, why);
	return false;
}

/* Why a key should stop to sign, or not begin; NULL if it should not. */
static const char *
reason_to_retire(const struct world *world, const struct ks_key *key)
{
	const struct ks_key *newest;

	newest = newest_active(world->state, key->algorithm, world->now);
	if (!is_wanted(world, key->algorithm))
		return "the policy has no such algorithm";
	if (key->compromised && !ks_key_is_active(key, world->now))
		return "it is compromised";
	if (newest != NULL && newest != key && newest->verified != KS_NEVER &&
	    ks_key_is_active(key, world->now))
		return "a newer key of the algorithm signs";
	return NULL;
}

static bool
rule_retire(const struct world *world)
{
	const struct ks_key *key;
	const char *why;
	size_t i;

	for (i = 0; i < world->state->nkeys; i++) {
		key = &world->state->keys[i];
		if (!world->facts[i].was_tried &&
		    !has_ended(key, world->now) &&
		    (key->retire_at == KS_NEVER ||
		    (key->compromised && key->retire_at > world->now)) &&
		    (why = reason_to_retire(world, key)) != NULL)
			return act(world, LIFECYCLE_RETIRE, key, world->now,
			    why);
	}
	return false;
}

int64_t
lifecycle_revoke_time(const struct ks_key *key,
    const struct lifecycle_fact *fact, const struct lifecycle_policy *policy)
{
	int64_t last;

	/* What never signed has no signatures to be verified. */
	if (key->compromised || (fact->last_use == KS_NEVER &&
	    (key->active_from == KS_NEVER ||
	    key->active_from >= key->retire_at)))
		return key->retire_at;
	/* Not known: the last moment at which it could. */
	last = fact->last_use != KS_NEVER ? fact->last_use + KS_USED_GRAIN :
	    key->retire_at + KS_HANDOVER;
	return later(last + policy->signature_lifetime +
	    policy->queue_lifetime, key->retire_at + policy->retain);
}

static bool
rule_revoke(const struct world *world)
{
	const struct lifecycle_fact *fact;
	const struct ks_key *key;
	size_t i;

	for (i = 0; i < world->state->nkeys; i++) {
		key = &world->state->keys[i];
		fact = &world->facts[i];
		if (fact->was_tried || key->revoked != KS_NEVER ||
		    key->removed != KS_NEVER ||
		    !is_past(key->retire_at, world->now) ||
		    has_future(key, world->now))
			continue;
		/* Done already by whoever keeps the zone. */
		if (world->policy->by_hand) {
			if (fact->view == LIFECYCLE_REVOKED)
				return act(world, LIFECYCLE_REVOKE, key, 0,
				    "every server shows it revoked");
			continue;
		}
		if (lifecycle_revoke_time(key, fact, world->policy) <=
		    world->now)
			return act(world, LIFECYCLE_REVOKE, key, 0,
			    key->compromised ? "it is compromised" :
			    "nothing signed by it is under way");
	}
	return false;
}

static bool
rule_remove(const struct world *world)
{
	const struct ks_key *key;
	size_t i;

	for (i = 0; i < world->state->nkeys; i++) {
		key = &world->state->keys[i];
		if (world->facts[i].was_tried || key->removed != KS_NEVER ||
		    !has_ended(key, world->now) ||
		    has_future(key, world->now))
			continue;
		if (world->policy->by_hand) {
			if (world->facts[i].view == LIFECYCLE_ABSENT)
				return act(world, LIFECYCLE_REMOVE, key, 0,
				    "no server has its record");
			continue;
		}
		if (key->revoked != KS_NEVER && world->now - key->revoked >=
		    world->policy->revoke_for)
			return act(world, LIFECYCLE_REMOVE, key, 0,
			    "it was revoked for its time");
	}
	return false;
}

static bool
rule_destroy(const struct world *world)
{
	const struct ks_key *key;
	size_t i;

	for (i = 0; i < world->state->nkeys; i++) {
		key = &world->state->keys[i];
		if (!world->facts[i].was_tried && world->facts[i].has_file &&
		    key->removed != KS_NEVER && !has_future(key, world->now) &&
		    world->now - key->removed >= world->policy->ttl)
			return act(world, LIFECYCLE_DESTROY, key, 0,
			    "its record has left every cache");
	}
	return false;
}

void
lifecycle_next(const struct ks_state *state,
    const struct lifecycle_fact *facts,
    const struct lifecycle_policy *policy, int64_t now,
    struct lifecycle_action *action)
{
	static rule_fn *const rules[] = {
		rule_look, rule_seen, rule_verify, rule_activate,
		rule_retire, rule_revoke, rule_generate, rule_publish,
		rule_remove, rule_destroy
	};
	const struct world world = {
		.state = state, .facts = facts, .policy = policy,
		.now = now, .action = action
	};
	size_t i;

	memset(action, 0, sizeof(*action));
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i](&world))
			return;
}

const char *
lifecycle_step_name(enum lifecycle_step step)
{
	static const char *const names[] = {
		[LIFECYCLE_NOTHING]	= "nothing",
		[LIFECYCLE_LOOK]	= "look",
		[LIFECYCLE_GENERATE]	= "generate",
		[LIFECYCLE_PUBLISH]	= "publish",
		[LIFECYCLE_SEEN]	= "seen",
		[LIFECYCLE_UNSEEN]	= "unseen",
		[LIFECYCLE_VERIFY]	= "verify",
		[LIFECYCLE_ACTIVATE]	= "activate",
		[LIFECYCLE_RETIRE]	= "retire",
		[LIFECYCLE_REVOKE]	= "revoke",
		[LIFECYCLE_REMOVE]	= "remove",
		[LIFECYCLE_DESTROY]	= "destroy"
	};

	return names[step];
}

enum lifecycle_step
lifecycle_waits_for(const struct ks_key *key,
    const struct lifecycle_fact *fact, const struct lifecycle_policy *policy,
    int64_t now, int64_t *when)
{
	*when = KS_NEVER;
	if (key->removed != KS_NEVER) {
		if (!fact->has_file)
			return LIFECYCLE_NOTHING;
		*when = key->removed + policy->ttl;
		return LIFECYCLE_DESTROY;
	}
	if (key->revoked != KS_NEVER) {
		*when = key->revoked + policy->revoke_for;
		return LIFECYCLE_REMOVE;
	}
	if (is_past(key->retire_at, now)) {
		*when = lifecycle_revoke_time(key, fact, policy);
		return LIFECYCLE_REVOKE;
	}
	if (ks_key_is_active(key, now)) {
		*when = key->retire_at != KS_NEVER ? key->retire_at :
		    key->active_from + policy->every;
		return LIFECYCLE_RETIRE;
	}
	if (key->active_from != KS_NEVER) {
		*when = key->active_from;
		return LIFECYCLE_ACTIVATE;
	}
	if (key->verified == KS_NEVER && key->seen != KS_NEVER) {
		*when = verify_time(key, fact, policy);
		return LIFECYCLE_VERIFY;
	}
	return LIFECYCLE_NOTHING;
}

enum lifecycle_alarm
lifecycle_key_alarm(const struct ks_key *key,
    const struct lifecycle_fact *fact, const struct lifecycle_policy *policy,
    int64_t now)
{
	if (key->removed != KS_NEVER)
		return LIFECYCLE_FINE;
	if (key->compromised && key->revoked == KS_NEVER)
		return LIFECYCLE_EXPOSED;
	if (has_future(key, now))
		return LIFECYCLE_FUTURE;
	if (!ks_key_is_active(key, now))
		return LIFECYCLE_FINE;
	if (fact->view >= LIFECYCLE_ABSENT && fact->view != LIFECYCLE_RIGHT)
		return LIFECYCLE_BROKEN;
	if (now - key->active_from > policy->every +
	    policy->every / OVERDUE_PART)
		return LIFECYCLE_OVERDUE;
	return LIFECYCLE_FINE;
}

struct lifecycle_count
lifecycle_count(const struct ks_state *state,
    enum dkimsig_algorithm algorithm, int64_t now)
{
	struct lifecycle_count count = { 0, 0 };
	const struct ks_key *key;
	size_t i;

	for (i = 0; i < state->nkeys; i++) {
		key = &state->keys[i];
		if (key->algorithm != algorithm)
			continue;
		if (ks_key_is_active(key, now))
			count.nactive++;
		else if (is_candidate(key, now) && is_past(key->verified, now))
			count.nstandby++;
	}
	return count;
}
