/* SPDX-License-Identifier: ISC */

/*
 * The rules for a key that has stopped signing: its record is revoked, then
 * removed, and the private key is destroyed.  If its file was lost before, its
 * record is nevertheless asked for until it is gone.
 *
 * Each step waits until nothing needs what it takes away: mail signed with the
 * key may be in transit, and caches may hold its record.  If records are
 * published by hand, DNS shows which step has been done.
 */

#include "life/private.h"

#include "life/key_phase.h"

bool
lifecycle_rule_revoke(const struct lifecycle_world *world)
{
	const struct lifecycle_fact *fact;
	const struct ks_key *key;
	size_t i;

	for (i = 0; i < world->state->nkeys; i++) {
		key = &world->state->keys[i];
		fact = &world->facts[i];
		if (fact->was_tried ||
		    key_phase(key, world->now) != KEY_RETIRED ||
		    lifecycle_ends_at_once(key, fact, world->policy) ||
		    (lifecycle_has_future(key, world->now) &&
		    !key->compromised))
			continue;
		if (world->policy->by_hand) {
			if (lifecycle_record_view(fact) == LIFECYCLE_REVOKED)
				return lifecycle_act(world,
				    LIFECYCLE_REVOKE, key, 0,
				    "every server shows it as revoked");
			continue;
		}
		if (lifecycle_was_published(key) &&
		    !lifecycle_is_held(key, fact) &&
		    lifecycle_revoke_time(key, fact, world->policy) <=
		    world->now)
			return lifecycle_act(world, LIFECYCLE_REVOKE, key, 0,
			    key->compromised ? "it is compromised" :
			    "no mail signed with it is still in transit");
	}
	return false;
}

/* Whether mail signed with it may be in transit, and still needs its record. */
static bool
is_record_needed(const struct lifecycle_world *world, size_t i)
{
	const struct ks_key *key = &world->state->keys[i];

	return key_phase(key, world->now) == KEY_RETIRED &&
	    (lifecycle_is_held(key, &world->facts[i]) ||
	    lifecycle_revoke_time(key, &world->facts[i], world->policy) >
	    world->now);
}

bool
lifecycle_rule_remove(const struct lifecycle_world *world)
{
	const struct ks_key *key;
	enum key_phase phase;
	size_t i;

	for (i = 0; i < world->state->nkeys; i++) {
		key = &world->state->keys[i];
		phase = key_phase(key, world->now);
		if (world->facts[i].was_tried || phase < KEY_RETIRED ||
		    phase == KEY_REMOVED ||
		    lifecycle_has_future(key, world->now))
			continue;
		if (world->policy->by_hand) {
			if (lifecycle_record_view(&world->facts[i]) ==
			    LIFECYCLE_ABSENT && !is_record_needed(world, i))
				return lifecycle_act(world,
				    LIFECYCLE_REMOVE, key, 0,
				    "no server has its record");
			continue;
		}
		if (phase == KEY_RETIRED && !lifecycle_was_published(key))
			return lifecycle_act(world, LIFECYCLE_REMOVE, key, 0,
			    "it was never published");
		if (lifecycle_ends_at_once(key, &world->facts[i],
		    world->policy))
			return lifecycle_act(world, LIFECYCLE_REMOVE, key, 0,
			    world->policy->is_leaving ?
			    "its domain is leaving, and it never signed" :
			    "its stream is to be removed, and it never signed");
		if (phase == KEY_REVOKED && world->now - key->revoked >=
		    world->policy->revoke_for)
			return lifecycle_act(world, LIFECYCLE_REMOVE, key, 0,
			    "it has been revoked for long enough");
	}
	return false;
}

bool
lifecycle_rule_destroy(const struct lifecycle_world *world)
{
	const struct ks_key *key;
	int64_t when;
	size_t i;

	for (i = 0; i < world->state->nkeys; i++) {
		key = &world->state->keys[i];
		if (!world->facts[i].was_tried &&
		    (world->facts[i].has_file || key->unconfirmed) &&
		    key_phase(key, world->now) == KEY_REMOVED &&
		    !lifecycle_has_future(key, world->now) &&
		    lifecycle_waits_for(key, &world->facts[i],
		    world->policy, world->now, &when) == LIFECYCLE_DESTROY &&
		    when <= world->now)
			return lifecycle_act(world, LIFECYCLE_DESTROY, key, 0,
			    when == key->removed ? "it never signed" :
			    "its record has expired from every cache");
	}
	return false;
}
