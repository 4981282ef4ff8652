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

/* Whether a line needs keys, and one can be generated. */
static bool
can_generate(const struct lifecycle_world *world,
    const struct lifecycle_line *line)
{
	return lifecycle_wants(world->policy, line->algorithm) &&
	    lifecycle_wants_stream(world->state, world->policy,
	    line->stream) && lifecycle_can_make(world->policy, line);
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

/* Whether a key of the stream is compromised and may still be in DNS. */
static bool
is_emergency(const struct lifecycle_world *world, const char *stream)
{
	const struct ks_key *key;
	size_t i;

	for (i = 0; i < world->state->nkeys; i++) {
		key = &world->state->keys[i];
		if (key->compromised && ks_key_is_of(key, stream) &&
		    key_phase(key, world->now) < KEY_REVOKED)
			return true;
	}
	return false;
}

bool
lifecycle_is_halted(const struct lifecycle_world *world, const char *stream)
{
	return world->policy->store_fault && !is_emergency(world, stream);
}

bool
lifecycle_has_good_file(const struct lifecycle_world *world, size_t i)
{
	return world->facts[i].has_file && !world->facts[i].is_unusable;
}

const struct ks_key *
lifecycle_kept_key(const struct lifecycle_world *world,
    const struct lifecycle_line *line)
{
	const struct ks_key *key, *best = NULL;
	size_t i;

	for (i = 0; i < world->state->nkeys; i++) {
		key = &world->state->keys[i];
		if (lifecycle_line_has(line, key) &&
		    lifecycle_has_good_file(world, i) &&
		    ks_key_is_active(key, world->now) &&
		    (best == NULL || is_preferred(key, best)))
			best = key;
	}
	return best;
}

struct lifecycle_line
lifecycle_base_of(const char *stream)
{
	struct lifecycle_line line = { stream, DKIMSIG_RSA_SHA256 };

	return line;
}

/* Whether the key is to end, with its domain or its stream. */
static bool
is_leaving(const struct lifecycle_world *world, const struct ks_key *key)
{
	return world->policy->is_leaving || key->ending;
}

bool
lifecycle_act(const struct lifecycle_world *world, enum lifecycle_step step,
    const struct ks_key *key, int64_t at, const char *why)
{
	world->action->step = step;
	world->action->key = (size_t)(key - world->state->keys);
	world->action->algorithm = key->algorithm;
	world->action->stream = key->stream;
	world->action->at = at;
	world->action->why = why;
	return true;
}

/* Whether a key of the line signs next, or could. */
static bool
has_candidate(const struct lifecycle_world *world,
    const struct lifecycle_line *line)
{
	size_t i;

	for (i = 0; i < world->state->nkeys; i++)
		if (lifecycle_line_has(line, &world->state->keys[i]) &&
		    lifecycle_has_good_file(world, i) &&
		    lifecycle_is_candidate(&world->state->keys[i],
		    world->now))
			return true;
	return false;
}

static bool
generate_for_stream(const struct lifecycle_world *world, const char *stream)
{
	struct lifecycle_line line = { .stream = stream };
	size_t i;

	for (i = 0; i < LIFECYCLE_NALGORITHMS; i++) {
		line.algorithm = lifecycle_algorithms[i];
		if (!can_generate(world, &line) || has_candidate(world, &line))
			continue;
		world->action->step = LIFECYCLE_GENERATE;
		world->action->algorithm = line.algorithm;
		world->action->stream = stream;
		world->action->why = "no key is in reserve";
		return true;
	}
	return false;
}

static bool
rule_generate(const struct lifecycle_world *world)
{
	const char *stream = NULL;

	if (world->policy->is_leaving)
		return false;
	do {
		if (!lifecycle_is_halted(world, stream) &&
		    generate_for_stream(world, stream))
			return true;
	} while (lifecycle_next_stream(world->state, world->policy, &stream));
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
	const struct lifecycle_line line = lifecycle_line_of(key);
	const struct lifecycle_line base_line = lifecycle_base_of(key->stream);
	const struct ks_key *best = lifecycle_kept_key(world, &line);
	const struct ks_key *base = lifecycle_kept_key(world, &base_line);
	const bool is_active = key_phase(key, world->now) == KEY_ACTIVE;
	const bool has_other = best != NULL && best != key &&
	    !best->compromised;
	const bool is_good = best == NULL ||
	    !is_known_bad(&world->facts[best - world->state->keys]);

	if (world->policy->is_leaving)
		return "its domain is leaving";
	if (key->ending)
		return "its stream is to be removed";
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
		return key->stream == NULL ?
		    "a newer key of the algorithm signs" :
		    "a newer key of the algorithm and stream signs";
	return NULL;
}

static bool
rule_retire(const struct lifecycle_world *world)
{
	const struct ks_key *key;
	const char *why;
	size_t i;

	for (i = 0; i < world->state->nkeys; i++) {
		key = &world->state->keys[i];
		if (!world->facts[i].was_tried &&
		    !lifecycle_is_halted(world, key->stream) &&
		    !lifecycle_has_ended(key, world->now) &&
		    (key->retire_at == KS_NEVER ||
		    ((key->compromised || is_leaving(world, key)) &&
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
		lifecycle_rule_verify, lifecycle_rule_activate, rule_retire,
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
