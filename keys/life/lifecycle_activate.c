/* SPDX-License-Identifier: ISC */

/*
 * The rule for the key that starts to sign: whether a line needs its next key,
 * and which key in reserve may take over.
 *
 * A line is looked at by itself: no key takes the place of one of another
 * stream or algorithm.  Pure functions, like all rules; nothing can fail.
 */

#include "life/private.h"

#include "life/key_phase.h"

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

/* Why a line needs its next key. */
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
successor(const struct lifecycle_world *world,
    const struct lifecycle_line *line, const struct need *need)
{
	const struct ks_key *key, *oldest = NULL;
	size_t i;

	for (i = 0; i < world->state->nkeys; i++) {
		key = &world->state->keys[i];
		if (lifecycle_line_has(line, key) &&
		    may_start(world, i, need) &&
		    (oldest == NULL || is_better(world, key, oldest)))
			oldest = key;
	}
	return oldest;
}

/* Whether a key of the line will start signing by that time. */
static bool
has_scheduled(const struct lifecycle_world *world,
    const struct lifecycle_line *line, int64_t until)
{
	const struct ks_key *key;
	size_t i;

	for (i = 0; i < world->state->nkeys; i++) {
		key = &world->state->keys[i];
		if (lifecycle_line_has(line, key) &&
		    !lifecycle_has_ended(key, world->now) &&
		    !key->compromised && key->active_from > world->now &&
		    key->active_from <= until)
			return true;
	}
	return false;
}

/*
 * Whether a key of the line has signed.  If the clock was ahead, a key
 * whose start lies in the future may have signed as well.
 */
static bool
has_signed(const struct lifecycle_world *world,
    const struct lifecycle_line *line)
{
	const bool any_time = clock_was_ahead(world);
	const struct ks_key *key;
	size_t i;

	for (i = 0; i < world->state->nkeys; i++) {
		key = &world->state->keys[i];
		if (lifecycle_line_has(line, key) &&
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

/* Whether a key of the line should sign but its file is unusable. */
static bool
fails_to_sign(const struct lifecycle_world *world,
    const struct lifecycle_line *line)
{
	size_t i;

	for (i = 0; i < world->state->nkeys; i++)
		if (lifecycle_line_has(line, &world->state->keys[i]) &&
		    !lifecycle_has_good_file(world, i) &&
		    ks_key_is_active(&world->state->keys[i], world->now))
			return true;
	return false;
}

/* Whether a line needs its next key. */
static bool
needs_successor(const struct lifecycle_world *world,
    const struct lifecycle_line *line, struct need *need)
{
	const struct lifecycle_line base = lifecycle_base_of(line->stream);
	const struct ks_key *active;

	need->at = world->now;
	need->is_urgent = need->is_failing = false;
	active = lifecycle_kept_key(world, line);
	if (active == NULL) {
		need->why = fails_to_sign(world, line) ?
		    "the file of the previous key cannot be used" :
		    "no key of this algorithm signs";
		need->is_urgent = line->algorithm == DKIMSIG_RSA_SHA256 &&
		    has_signed(world, line);
		return line->algorithm == DKIMSIG_RSA_SHA256 ||
		    lifecycle_kept_key(world, &base) != NULL;
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
	if (active->retire_at != KS_NEVER &&
	    has_scheduled(world, line, active->retire_at))
		return false;
	if (world->now - active->active_from >= world->policy->every) {
		need->why = "the previous key has signed for its full time";
		return true;
	}
	if (active->retire_at != KS_NEVER) {
		need->why = "the previous key retires at that time";
		need->at = active->retire_at;
		return true;
	}
	return false;
}

static bool
activate_in_line(const struct lifecycle_world *world,
    const struct lifecycle_line *line)
{
	const struct ks_key *key;
	struct need need;

	if (!lifecycle_wants(world->policy, line->algorithm) ||
	    !needs_successor(world, line, &need) ||
	    (key = successor(world, line, &need)) == NULL)
		return false;
	if (lifecycle_must_ask_outside(
	    &world->facts[key - world->state->keys], world->policy))
		return lifecycle_act(world, LIFECYCLE_LOOK_OUTSIDE, key, 0,
		    "resolvers outside must see its record");
	world->action->compromised = lifecycle_predecessor(world->state, line,
	    world->now);
	world->action->is_urgent = need.is_urgent || need.is_failing;
	return lifecycle_act(world, LIFECYCLE_ACTIVATE, key, need.at,
	    need.why);
}

bool
lifecycle_rule_activate(const struct lifecycle_world *world)
{
	struct lifecycle_line line = { .stream = NULL };
	size_t i;

	if (world->policy->is_leaving)
		return false;
	do {
		if (lifecycle_is_halted(world, line.stream) ||
		    !lifecycle_wants_stream(world->state, world->policy,
		    line.stream))
			continue;
		for (i = 0; i < LIFECYCLE_NALGORITHMS; i++) {
			line.algorithm = lifecycle_algorithms[i];
			if (activate_in_line(world, &line))
				return true;
		}
	} while (lifecycle_next_stream(world->state, world->policy,
	    &line.stream));
	return false;
}
