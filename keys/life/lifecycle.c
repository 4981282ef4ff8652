/* SPDX-License-Identifier: ISC */

/*
 * The life of a key: see lifecycle.h.
 *
 * Rules are tried in a fixed order over all keys, and the first that applies
 * is the step.  The order matters: DNS is queried before it is relied on, a
 * successor signs before its predecessor retires, and steps that cannot be
 * undone come last.
 */

#include "life/private.h"

#include <string.h>

#include "life/key_phase.h"

const enum dkimsig_algorithm lifecycle_algorithms[LIFECYCLE_NALGORITHMS] = {
	DKIMSIG_RSA_SHA256, DKIMSIG_ED25519_SHA256
};

bool
lifecycle_wants(const struct lifecycle_policy *policy,
    enum dkimsig_algorithm algorithm)
{
	return algorithm == DKIMSIG_RSA_SHA256 || policy->wants_ed25519;
}

static bool
can_generate(const struct lifecycle_world *world,
    enum dkimsig_algorithm algorithm)
{
	if (!lifecycle_wants(world->policy, algorithm))
		return false;
	return algorithm == DKIMSIG_RSA_SHA256 ?
	    !world->policy->cannot_make_rsa :
	    !world->policy->cannot_make_ed25519;
}

/* Of two keys that sign: whether the first is the one to keep signing. */
static bool
is_preferred(const struct ks_key *key, const struct ks_key *other)
{
	if (key->compromised != other->compromised)
		return !key->compromised;
	if ((key->retire_at == KS_NEVER) != (other->retire_at == KS_NEVER))
		return key->retire_at == KS_NEVER;
	return key->active_from > other->active_from;
}

/* Whether a key is compromised and its record may still be in DNS. */
static bool
is_emergency(const struct lifecycle_world *world)
{
	const struct ks_key *key;
	size_t i;

	for (i = 0; i < world->state->nkeys; i++) {
		key = &world->state->keys[i];
		if (key->compromised &&
		    key_phase(key, world->now) < KEY_REVOKED)
			return true;
	}
	return false;
}

/* Whether no key may be replaced until the store has been fixed. */
static bool
is_halted(const struct lifecycle_world *world)
{
	return world->policy->store_fault && !is_emergency(world);
}

/* Whether signers can use its file. */
static bool
has_good_file(const struct lifecycle_world *world, size_t i)
{
	return world->facts[i].has_file && !world->facts[i].is_unusable;
}

/*
 * Of the keys of an algorithm that sign, the one to keep signing: if possible
 * one that is not compromised, then one without a time to retire, then the one
 * that started last.  NULL if none signs; a key whose file is lost or unusable
 * does not sign.
 */
static const struct ks_key *
kept_key(const struct lifecycle_world *world, enum dkimsig_algorithm algorithm)
{
	const struct ks_key *key, *best = NULL;
	size_t i;

	for (i = 0; i < world->state->nkeys; i++) {
		key = &world->state->keys[i];
		if (key->algorithm == algorithm &&
		    has_good_file(world, i) &&
		    ks_key_is_active(key, world->now) &&
		    (best == NULL || is_preferred(key, best)))
			best = key;
	}
	return best;
}

/* Whether a recorded time of some key lies in the future. */
static bool
clock_was_ahead(const struct lifecycle_world *world)
{
	size_t i;

	for (i = 0; i < world->state->nkeys; i++)
		if (lifecycle_has_future(&world->state->keys[i], world->now))
			return true;
	return false;
}

bool
lifecycle_act(const struct lifecycle_world *world, enum lifecycle_step step,
    const struct ks_key *key, int64_t at, const char *why)
{
	world->action->step = step;
	world->action->key = (size_t)(key - world->state->keys);
	world->action->algorithm = key->algorithm;
	world->action->at = at;
	world->action->why = why;
	return true;
}

static bool
rule_generate(const struct lifecycle_world *world)
{
	size_t i, j;

	if (is_halted(world) || world->policy->is_leaving)
		return false;
	for (i = 0; i < LIFECYCLE_NALGORITHMS; i++) {
		if (!can_generate(world, lifecycle_algorithms[i]))
			continue;
		for (j = 0; j < world->state->nkeys; j++)
			if (world->state->keys[j].algorithm ==
			    lifecycle_algorithms[i] &&
			    has_good_file(world, j) &&
			    lifecycle_is_candidate(&world->state->keys[j],
			    world->now))
				break;
		if (j < world->state->nkeys)
			continue;
		world->action->step = LIFECYCLE_GENERATE;
		world->action->algorithm = lifecycle_algorithms[i];
		world->action->why = "no key is in reserve";
		return true;
	}
	return false;
}

/* Why the line of an algorithm needs its next key. */
struct need {
	const char	*why;
	int64_t		 at;		/* when it should start signing */
	/*
	 * No key signs although one should.  So a key that was once verified
	 * is good enough even if the clock was ahead when it was verified; and
	 * a key scheduled for later starts now.
	 */
	bool		 is_urgent;
	/* Mail signed with the previous key fails now, on every host. */
	bool		 is_failing;
};

/* Whether the key will start signing at a set time in the future. */
static bool
is_scheduled(const struct lifecycle_world *world, const struct ks_key *key)
{
	return key_stays_in_use(key, world->now) &&
	    key_phase(key, world->now) == KEY_SCHEDULED;
}

/*
 * Whether resolvers outside are no reason not to begin.  Before a key begins
 * they are asked.  If they are silent, or cannot be asked, a key that was once
 * verified is still better than none.
 */
static bool
is_allowed_outside(const struct lifecycle_fact *fact, const struct need *need)
{
	switch (fact->outside) {
	case LIFECYCLE_OUTSIDE_UNSEEABLE:
	case LIFECYCLE_OUTSIDE_UNKNOWN:
		return need->is_urgent;
	case LIFECYCLE_OUTSIDE_CONTRADICTS:
		return false;
	default:
		return true;
	}
}

/*
 * Whether other hosts are no reason not to begin.  A key that one of them lacks
 * waits, as the previous one signs on.  If that one must not go on, hosts that
 * cannot be reached are no worse off if the others change.
 */
static bool
is_allowed_elsewhere(const struct lifecycle_fact *fact,
    const struct need *need)
{
	return !fact->is_awaited || need->is_urgent || need->is_failing;
}

static bool
may_start(const struct lifecycle_world *world, size_t i,
    const struct need *need)
{
	const struct ks_key *key = &world->state->keys[i];
	const enum lifecycle_view view = world->facts[i].view;

	if (world->facts[i].was_tried || world->facts[i].is_unusable ||
	    key->verified == KS_NEVER ||
	    !is_allowed_outside(&world->facts[i], need) ||
	    !is_allowed_elsewhere(&world->facts[i], need))
		return false;
	if (is_scheduled(world, key)) {
		if (!need->is_urgent)
			return false;
		if (clock_was_ahead(world))
			return view == LIFECYCLE_RIGHT;
	} else if (!lifecycle_is_candidate(key, world->now))
		return false;
	/* A server that does not answer harms nobody: resolvers skip it. */
	if (view == LIFECYCLE_UNKNOWN)
		return world->facts[i].is_shown &&
		    lifecycle_is_past(key->verified, world->now);
	return view == LIFECYCLE_RIGHT && (need->is_urgent ||
	    lifecycle_is_past(key->verified, world->now));
}

/* Of two keys that may start signing: whether the first is preferred. */
static bool
is_better(const struct lifecycle_world *world, const struct ks_key *key,
    const struct ks_key *other)
{
	const bool awaited =
	    world->facts[key - world->state->keys].is_awaited;
	const bool other_awaited =
	    world->facts[other - world->state->keys].is_awaited;

	if (awaited != other_awaited)
		return other_awaited;
	return key->generated < other->generated;
}

/*
 * The oldest key in reserve that may start signing; if possible one that all
 * hosts have.
 */
static const struct ks_key *
successor(const struct lifecycle_world *world, enum dkimsig_algorithm algorithm,
    const struct need *need)
{
	const struct ks_key *key, *oldest = NULL;
	size_t i;

	for (i = 0; i < world->state->nkeys; i++) {
		key = &world->state->keys[i];
		if (key->algorithm == algorithm &&
		    may_start(world, i, need) &&
		    (oldest == NULL || is_better(world, key, oldest)))
			oldest = key;
	}
	return oldest;
}

/* Whether a key of the algorithm will start signing by that time. */
static bool
has_scheduled(const struct lifecycle_world *world,
    enum dkimsig_algorithm algorithm, int64_t until)
{
	const struct ks_key *key;
	size_t i;

	for (i = 0; i < world->state->nkeys; i++) {
		key = &world->state->keys[i];
		if (key->algorithm == algorithm &&
		    !lifecycle_has_ended(key, world->now) &&
		    !key->compromised && key->active_from > world->now &&
		    key->active_from <= until)
			return true;
	}
	return false;
}

/*
 * Whether a key of the algorithm has signed.  If the clock was ahead, a key
 * whose start lies in the future may have signed as well.
 */
static bool
has_signed(const struct lifecycle_world *world,
    enum dkimsig_algorithm algorithm)
{
	const bool any_time = clock_was_ahead(world);
	const struct ks_key *key;
	size_t i;

	for (i = 0; i < world->state->nkeys; i++) {
		key = &world->state->keys[i];
		if (key->algorithm == algorithm &&
		    key->active_from != KS_NEVER &&
		    (key->active_from <= world->now || any_time))
			return true;
	}
	return false;
}

/* Whether mail signed with the key fails at every server. */
static bool
is_repudiated(const struct lifecycle_world *world, const struct ks_key *key)
{
	const enum lifecycle_view view =
	    world->facts[key - world->state->keys].view;

	return view == LIFECYCLE_REVOKED || view == LIFECYCLE_FOREIGN;
}

/* Whether a key of the algorithm should sign but its file is unusable. */
static bool
fails_to_sign(const struct lifecycle_world *world,
    enum dkimsig_algorithm algorithm)
{
	size_t i;

	for (i = 0; i < world->state->nkeys; i++)
		if (world->state->keys[i].algorithm == algorithm &&
		    !has_good_file(world, i) &&
		    ks_key_is_active(&world->state->keys[i], world->now))
			return true;
	return false;
}

/* Whether the line of an algorithm needs its next key. */
static bool
needs_successor(const struct lifecycle_world *world,
    enum dkimsig_algorithm algorithm, struct need *need)
{
	const struct ks_key *active;

	need->at = world->now;
	need->is_urgent = need->is_failing = false;
	active = kept_key(world, algorithm);
	if (active == NULL) {
		need->why = fails_to_sign(world, algorithm) ?
		    "the file of the previous key cannot be used" :
		    "no key of this algorithm signs";
		need->is_urgent = algorithm == DKIMSIG_RSA_SHA256 &&
		    has_signed(world, algorithm);
		return algorithm == DKIMSIG_RSA_SHA256 ||
		    kept_key(world, DKIMSIG_RSA_SHA256) != NULL;
	}
	if (active->compromised) {
		need->why = "the previous key is compromised";
		need->is_urgent = true;
		return true;
	}
	if (is_repudiated(world, active)) {
		need->why = "every server has another record for the previous "
		    "key";
		need->is_failing = true;
		return true;
	}
	if (world->now - active->active_from >= world->policy->every) {
		need->why = "the previous key has signed for its full time";
		return true;
	}
	if (active->retire_at != KS_NEVER) {
		need->why = "the previous key retires at that time";
		need->at = active->retire_at;
		return !has_scheduled(world, algorithm, need->at);
	}
	return false;
}

static bool
rule_activate(const struct lifecycle_world *world)
{
	const struct ks_key *key;
	enum dkimsig_algorithm algorithm;
	struct need need;
	size_t i;

	if (is_halted(world) || world->policy->is_leaving)
		return false;
	for (i = 0; i < LIFECYCLE_NALGORITHMS; i++) {
		algorithm = lifecycle_algorithms[i];
		if (!lifecycle_wants(world->policy, algorithm) ||
		    !needs_successor(world, algorithm, &need) ||
		    (key = successor(world, algorithm, &need)) == NULL)
			continue;
		if (lifecycle_must_ask_outside(
		    &world->facts[key - world->state->keys], world->policy))
			return lifecycle_act(world, LIFECYCLE_LOOK_OUTSIDE, key,
			    0, "resolvers outside must see its record");
		world->action->compromised = lifecycle_predecessor(
		    world->state, algorithm, world->now);
		return lifecycle_act(world, LIFECYCLE_ACTIVATE, key, need.at,
			    need.why);
	}
	return false;
}

/* Whether DNS shows that mail signed with the key fails somewhere. */
static bool
is_known_bad(const struct lifecycle_fact *fact)
{
	return (fact->view >= LIFECYCLE_ABSENT &&
	    fact->view != LIFECYCLE_RIGHT) ||
	    fact->outside == LIFECYCLE_OUTSIDE_CONTRADICTS;
}

/* Why a key should stop signing, or never start; NULL: it should not. */
static const char *
reason_to_retire(const struct lifecycle_world *world, const struct ks_key *key)
{
	const struct ks_key *best = kept_key(world, key->algorithm);
	const struct ks_key *base = kept_key(world, DKIMSIG_RSA_SHA256);
	const bool is_active = key_phase(key, world->now) == KEY_ACTIVE;
	const bool has_other = best != NULL && best != key &&
	    !best->compromised;
	const bool is_good = best == NULL ||
	    !is_known_bad(&world->facts[best - world->state->keys]);

	if (world->policy->is_leaving)
		return "its domain is leaving";
	/* Without an RSA key, the Ed25519 key must keep signing. */
	if (!lifecycle_wants(world->policy, key->algorithm) &&
	    (!is_active || base != NULL))
		return "the configuration no longer has this algorithm";
	/* A person may have activated the other key before it was verified. */
	if (key->compromised && (!is_active || has_other ||
	    (key->algorithm != DKIMSIG_RSA_SHA256 && base != NULL)))
		return "it is compromised";
	if (is_active && has_other && best->verified != KS_NEVER && is_good &&
	    best->retire_at == KS_NEVER)
		return "a newer key of the algorithm signs";
	return NULL;
}

static bool
rule_retire(const struct lifecycle_world *world)
{
	const struct ks_key *key;
	const char *why;
	size_t i;

	for (i = 0; i < world->state->nkeys && !is_halted(world); i++) {
		key = &world->state->keys[i];
		if (!world->facts[i].was_tried &&
		    !lifecycle_has_ended(key, world->now) &&
		    (key->retire_at == KS_NEVER ||
		    ((key->compromised || world->policy->is_leaving) &&
		    key->retire_at > world->now)) &&
		    (why = reason_to_retire(world, key)) != NULL)
			return lifecycle_act(world, LIFECYCLE_RETIRE, key,
			    world->now, why);
	}
	return false;
}

void
lifecycle_next(const struct ks_state *state,
    const struct lifecycle_fact *facts,
    const struct lifecycle_policy *policy, int64_t now,
    struct lifecycle_action *action)
{
	static lifecycle_rule_fn *const rules[] = {
		lifecycle_rule_look, lifecycle_rule_give_up,
		lifecycle_rule_seen, lifecycle_rule_look_outside,
		lifecycle_rule_verify, rule_activate, rule_retire,
		lifecycle_rule_revoke, rule_generate,
		lifecycle_rule_look_first, lifecycle_rule_unused,
		lifecycle_rule_publish, lifecycle_rule_remove,
		lifecycle_rule_destroy
	};
	const struct lifecycle_world world = {
		.state = state, .facts = facts, .policy = policy,
		.now = now, .action = action
	};
	size_t i;

	memset(action, 0, sizeof(*action));
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i](&world))
			return;
}
