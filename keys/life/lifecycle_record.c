/* SPDX-License-Identifier: ISC */

/*
 * The rules about the record of a key: look it up, before it is published and
 * after; note in the state what DNS shows; publish it if it is missing; and
 * give a new key up whose name somebody else has taken.
 *
 * Pure functions, like all rules; nothing can fail.
 */

#include "life/private.h"

#include "life/key_phase.h"

/* Whether the next step depends on what DNS shows. */
static bool
must_look(const struct lifecycle_world *world, const struct ks_key *key)
{
	if (key_phase(key, world->now) == KEY_REMOVED)
		return false;
	/* For a compromised key, check that the record is really revoked. */
	if (lifecycle_has_ended(key, world->now))
		return world->policy->by_hand || (key->compromised &&
		    key->revoked != KS_NEVER &&
		    world->now - key->revoked >= LIFECYCLE_SPREADING);
	return key->published != KS_NEVER || world->policy->by_hand ||
	    key->active_from != KS_NEVER;
}

bool
lifecycle_rule_look(const struct lifecycle_world *world)
{
	const struct ks_key *key;
	size_t i;

	for (i = 0; i < world->state->nkeys; i++) {
		key = &world->state->keys[i];
		if (!world->facts[i].was_tried &&
		    world->facts[i].view == LIFECYCLE_UNASKED &&
		    must_look(world, key))
			return lifecycle_act(world, LIFECYCLE_LOOK, key, 0,
			    "its record must be looked up");
	}
	return false;
}

/*
 * Publish new records, and those that are gone from every server, except the
 * record of a compromised key, which should be gone.  A CNAME of somebody else
 * that does not lead to the record is no reason to publish it again.
 */
bool
lifecycle_rule_publish(const struct lifecycle_world *world)
{
	const struct ks_key *key;
	size_t i;

	if (world->policy->by_hand)
		return false;
	for (i = 0; i < world->state->nkeys; i++) {
		key = &world->state->keys[i];
		if (world->facts[i].was_tried ||
		    lifecycle_has_ended(key, world->now) ||
		    key->compromised ||
		    !lifecycle_wants(world->policy, key->algorithm))
			continue;
		if (key->published == KS_NEVER &&
		    world->facts[i].view != LIFECYCLE_RIGHT)
			return lifecycle_act(world, LIFECYCLE_PUBLISH, key, 0,
			    "it is new");
		if (lifecycle_record_view(&world->facts[i]) ==
		    LIFECYCLE_ABSENT)
			return lifecycle_act(world, LIFECYCLE_PUBLISH, key, 0,
			    "its record is gone from every server");
	}
	return false;
}

/* Before a new record is published, look up what is at its name. */
bool
lifecycle_rule_look_first(const struct lifecycle_world *world)
{
	const struct ks_key *key;
	size_t i;

	for (i = 0; i < world->state->nkeys; i++) {
		key = &world->state->keys[i];
		if (!world->facts[i].was_tried &&
		    world->facts[i].view == LIFECYCLE_UNASKED &&
		    lifecycle_is_unproven(key, world->now) &&
		    lifecycle_wants(world->policy, key->algorithm))
			return lifecycle_act(world, LIFECYCLE_LOOK, key, 0,
			    "its name must be looked up");
	}
	return false;
}

/* Before a new key is published, note that nothing exists at its name. */
bool
lifecycle_rule_unused(const struct lifecycle_world *world)
{
	size_t i;

	for (i = 0; i < world->state->nkeys; i++)
		if (lifecycle_is_unused(&world->state->keys[i],
		    &world->facts[i], world->now))
			return lifecycle_act(world, LIFECYCLE_UNUSED,
			    &world->state->keys[i], 0,
			    "every server says that nothing exists at its "
			    "name");
	return false;
}

/* Whether a cache may have got something other than the key's record. */
static bool
has_lost_proof(const struct lifecycle_world *world, size_t i)
{
	const struct ks_key *key = &world->state->keys[i];

	return world->facts[i].has_other &&
	    !lifecycle_is_past(key->verified, world->now) &&
	    (key->absent != KS_NEVER ||
	    lifecycle_is_unproven(key, world->now));
}

/* Note in the state what DNS shows. */
bool
lifecycle_rule_seen(const struct lifecycle_world *world)
{
	const struct ks_key *key;
	enum lifecycle_view view;
	size_t i;

	for (i = 0; i < world->state->nkeys; i++) {
		key = &world->state->keys[i];
		view = world->facts[i].view;
		if (world->facts[i].was_tried ||
		    lifecycle_has_ended(key, world->now))
			continue;
		if (has_lost_proof(world, i))
			return lifecycle_act(world, LIFECYCLE_UNSEEN, key, 0,
			    "a server shows another record");
		if (view == LIFECYCLE_UNASKED || view == LIFECYCLE_UNKNOWN)
			continue;
		if (view == LIFECYCLE_RIGHT) {
			if (key->seen == KS_NEVER || (key->seen > world->now &&
			    !lifecycle_is_past(key->verified, world->now)))
				return lifecycle_act(world, LIFECYCLE_SEEN, key,
				    0, "every server shows its record");
		} else if ((key->seen != KS_NEVER ||
		    key->verified != KS_NEVER) &&
		    (key->verified == KS_NEVER ||
		    lifecycle_is_candidate(key, world->now)))
			return lifecycle_act(world, LIFECYCLE_UNSEEN, key, 0,
			    "not every server has its correct record");
	}
	return false;
}

/* A key that signs, or will, goes on; but somebody should know. */
bool
lifecycle_rule_look_outside(const struct lifecycle_world *world)
{
	const struct ks_key *key;
	enum key_phase phase;
	size_t i;

	for (i = 0; i < world->state->nkeys; i++) {
		key = &world->state->keys[i];
		phase = key_phase(key, world->now);
		if ((phase == KEY_ACTIVE || phase == KEY_SCHEDULED) &&
		    !key->compromised && lifecycle_must_ask_outside(
		    &world->facts[i], world->policy))
			return lifecycle_act(world, LIFECYCLE_LOOK_OUTSIDE, key,
			    0, "resolvers outside must see its record");
	}
	return false;
}

static bool
is_verify_due(const struct lifecycle_world *world, size_t i)
{
	const struct ks_key *key = &world->state->keys[i];

	/* Without its file nothing can be signed to prove it. */
	return !world->facts[i].was_tried && world->facts[i].has_file &&
	    !world->facts[i].is_unusable &&
	    !lifecycle_has_ended(key, world->now) &&
	    !lifecycle_is_past(key->verified, world->now) &&
	    key->seen != KS_NEVER &&
	    world->facts[i].view == LIFECYCLE_RIGHT &&
	    lifecycle_verify_time(key, &world->facts[i], world->policy) <=
	    world->now;
}

bool
lifecycle_rule_verify(const struct lifecycle_world *world)
{
	const struct lifecycle_fact *fact;
	const struct ks_key *key;
	size_t i;

	for (i = 0; i < world->state->nkeys; i++) {
		key = &world->state->keys[i];
		fact = &world->facts[i];
		if (!is_verify_due(world, i))
			continue;
		if (lifecycle_must_ask_outside(fact, world->policy))
			return lifecycle_act(world, LIFECYCLE_LOOK_OUTSIDE, key,
			    0, "resolvers outside must see its record");
		if (lifecycle_is_visible(fact, world->policy))
			return lifecycle_act(world, LIFECYCLE_VERIFY, key, 0,
			    "no cache can still be without its record");
	}
	return false;
}

/*
 * How many keys of a line may be given up in that many seconds.  Another
 * host, or a time that this store has lost, has made few keys on one day; if
 * something is at every name, such as a wildcard, further keys do not help.
 */
#define MAX_GIVEN_UP	3
#define GIVEN_UP_SPAN	(30 * INT64_C(86400))

static bool
was_given_up(const struct ks_key *key)
{
	/* A key that was retired first ended in the usual way. */
	return key->contested && key->removed != KS_NEVER &&
	    key->retire_at == KS_NEVER && !lifecycle_was_published(key);
}

bool
lifecycle_was_taken(const struct ks_key *key, int64_t now)
{
	return was_given_up(key) && now - key->removed < LIFECYCLE_TAKEN;
}

static bool
may_give_up(const struct lifecycle_world *world,
    const struct lifecycle_line *line)
{
	const struct ks_key *key;
	size_t i, n = 0;

	for (i = 0; i < world->state->nkeys; i++) {
		key = &world->state->keys[i];
		if (lifecycle_line_has(line, key) && was_given_up(key) &&
		    world->now - key->removed < GIVEN_UP_SPAN)
			n++;
	}
	return n < MAX_GIVEN_UP;
}

/*
 * A selector that was made up here, for a key that was never published, has
 * nevertheless the record of another key.  Anything but a key is not from
 * another host, and by hand, it may be a mistake in publishing.
 */
bool
lifecycle_rule_give_up(const struct lifecycle_world *world)
{
	struct lifecycle_line line;
	const struct ks_key *key;
	size_t i;

	if (world->policy->by_hand)
		return false;
	for (i = 0; i < world->state->nkeys; i++) {
		key = &world->state->keys[i];
		line = lifecycle_line_of(key);
		if (key->fresh &&
		    world->facts[i].view == LIFECYCLE_FOREIGN &&
		    lifecycle_is_candidate(key, world->now) &&
		    !lifecycle_was_published(key) &&
		    may_give_up(world, &line))
			return lifecycle_act(world, LIFECYCLE_GIVE_UP, key, 0,
			    "its name is taken");
	}
	return false;
}
