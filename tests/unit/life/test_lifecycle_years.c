/* SPDX-License-Identifier: ISC */

/*
 * Twenty years in the lives of a domain's keys, under many policies, with all
 * that happens in twenty years: clocks that are set forward and back, a timer
 * that does not run for weeks, DNS that does not answer, a server that is dead
 * or gets no changes for months, runs that are cut
 * off, records that strangers alter, files that are damaged, keys that are
 * compromised, another host with copies of the keys that is away for weeks,
 * CNAMEs that are lost or lead elsewhere.
 *
 * lifecycleworld.c sees that no signature and no record is wrong; here: that
 * some RSA key always signs, that one in reserve is never long in coming, and
 * that each key comes to its end.  In the end the domain leaves, and nothing is
 * left.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "lifecycleworld.h"

#define HOUR	INT64_C(3600)
#define DAY	(24 * HOUR)
#define YEAR	(365 * DAY)

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

/* A world, and what happens in it.  Chances are per mille of each run. */
struct years {
	const char	*name;
	int64_t		 every, publish_lead, retain, revoke_for, ttl;
	int64_t		 signature_lifetime, queue_lifetime;
	int64_t		 interval;	/* of the timer */
	int64_t		 propagation;
	int64_t		 negative;	/* TTL; 0: 10 minutes */
	unsigned int	 mail;		/* per mille of the moments looked at */
	bool		 by_hand, has_slots, wants_ed25519;
	unsigned int	 crash_percent;
	unsigned int	 outages;	/* of the timer */
	unsigned int	 dns_outages;
	bool		 asks_outside;
	int64_t		 outside_lag;
	unsigned int	 silences, splits;	/* of resolvers outside */
	unsigned int	 jumps;
	int64_t		 longest_jump;
	unsigned int	 people;	/* compromise, retire, schedule */
	unsigned int	 strangers;
	unsigned int	 damages;	/* of files */
	unsigned int	 changes;	/* of the policy */
	unsigned int	 deaths;	/* of a server, or of its updates */
	bool		 has_host;	/* another one */
	unsigned int	 absences;	/* of it */
	bool		 has_aliases;
	unsigned int	 lost_aliases;
	bool		 has_stream;	/* besides the default keys */
};

struct history {
	struct world	 world;
	const struct years *years;
	int64_t		 timer_off_until, dns_off_until;
	int64_t		 silent_until, split_until;
	int64_t		 stopped_until[WORLD_SERVERS];
	int64_t		 away_until;	/* the other host */
	size_t		 nwaits, nheld, nunlinked;
	size_t		 nwithout;	/* rotations while a server is dead */
	int64_t		 disturbed;	/* last time */
	int64_t		 last_action;	/* of a person */
	int64_t		 last_damage;
	size_t		 nrotations;
	bool		 has_begun;
	size_t		 ngaps;		/* that are excused */
};

static const struct years table[] = {
	{ .name = "as delivered", .every = 90 * DAY, .retain = 8 * DAY,
	    .revoke_for = 30 * DAY, .ttl = HOUR,
	    .signature_lifetime = 7 * DAY, .queue_lifetime = 5 * DAY,
	    .interval = HOUR, .propagation = HOUR, .mail = 900,
	    .wants_ed25519 = true },
	{ .name = "people", .every = 90 * DAY, .retain = 8 * DAY,
	    .revoke_for = 30 * DAY, .ttl = HOUR,
	    .signature_lifetime = 7 * DAY, .queue_lifetime = 5 * DAY,
	    .interval = 3 * HOUR, .propagation = HOUR, .mail = 500,
	    .negative = 5 * HOUR, .wants_ed25519 = true, .people = 3,
	    .outages = 1, .dns_outages = 2, .crash_percent = 5 },
	{ .name = "clocks, by hours", .every = 30 * DAY, .retain = 8 * DAY,
	    .revoke_for = 30 * DAY, .ttl = 2 * HOUR,
	    .signature_lifetime = 7 * DAY, .queue_lifetime = 5 * DAY,
	    .interval = 3 * HOUR, .propagation = 2 * HOUR, .mail = 700,
	    .wants_ed25519 = true, .jumps = 10, .longest_jump = 12 * HOUR },
	{ .name = "clocks, by years", .every = 60 * DAY, .retain = 8 * DAY,
	    .revoke_for = 30 * DAY, .ttl = HOUR,
	    .signature_lifetime = 7 * DAY, .queue_lifetime = 5 * DAY,
	    .interval = 6 * HOUR, .propagation = HOUR, .mail = 700,
	    .wants_ed25519 = true, .jumps = 2, .longest_jump = 2 * YEAR },
	{ .name = "clocks, with all else", .every = 45 * DAY,
	    .retain = 9 * DAY, .revoke_for = 10 * DAY, .ttl = 3 * HOUR,
	    .signature_lifetime = 3 * DAY, .queue_lifetime = 2 * DAY,
	    .interval = 6 * HOUR, .propagation = 5 * HOUR, .mail = 300,
	    .wants_ed25519 = true, .jumps = 3, .longest_jump = YEAR,
	    .outages = 2, .dns_outages = 5, .crash_percent = 10,
	    .strangers = 3, .changes = 1 },
	{ .name = "by hand", .every = 120 * DAY, .retain = 8 * DAY,
	    .revoke_for = 20 * DAY, .ttl = DAY,
	    .signature_lifetime = 7 * DAY, .queue_lifetime = 5 * DAY,
	    .interval = 6 * HOUR, .propagation = 12 * HOUR, .mail = 500,
	    .wants_ed25519 = true, .by_hand = true, .strangers = 2,
	    .people = 1, .outages = 1, .dns_outages = 3,
	    .crash_percent = 3 },
	{ .name = "by hand, with clocks", .every = 60 * DAY,
	    .publish_lead = 2 * DAY, .retain = DAY, .revoke_for = DAY,
	    .ttl = HOUR, .signature_lifetime = DAY, .queue_lifetime = DAY,
	    .interval = 6 * HOUR, .propagation = HOUR, .mail = 500,
	    .by_hand = true, .jumps = 3, .longest_jump = YEAR },
	{ .name = "few slots", .every = 90 * DAY, .retain = 8 * DAY,
	    .revoke_for = 30 * DAY, .ttl = HOUR,
	    .signature_lifetime = 7 * DAY, .queue_lifetime = 5 * DAY,
	    .interval = 6 * HOUR, .propagation = HOUR, .mail = 500,
	    .wants_ed25519 = true, .has_slots = true, .outages = 1,
	    .crash_percent = 5, .strangers = 1 },
	{ .name = "every day", .every = DAY, .retain = 2 * HOUR,
	    .revoke_for = DAY, .ttl = 300, .signature_lifetime = 4 * HOUR,
	    .queue_lifetime = 4 * HOUR, .interval = HOUR,
	    .propagation = 600, .mail = 200, .wants_ed25519 = true,
	    .outages = 1, .dns_outages = 4, .crash_percent = 3 },
	{ .name = "shorter than DNS", .every = 6 * HOUR, .retain = 0,
	    .revoke_for = 0, .ttl = 12 * HOUR, .signature_lifetime = HOUR,
	    .queue_lifetime = 0, .interval = 5 * HOUR,
	    .propagation = 6 * HOUR, .mail = 200 },
	/* A key signs as soon as it is verified, by what caches can have. */
	{ .name = "shorter than caches", .every = HOUR, .retain = 0,
	    .revoke_for = 0, .ttl = 2 * DAY, .signature_lifetime = HOUR,
	    .queue_lifetime = 0, .interval = HOUR, .propagation = 900,
	    .negative = 16000, .mail = 200, .strangers = 1 },
	{ .name = "a bad disk", .every = 60 * DAY, .retain = 8 * DAY,
	    .revoke_for = 30 * DAY, .ttl = HOUR,
	    .signature_lifetime = 7 * DAY, .queue_lifetime = 5 * DAY,
	    .interval = 3 * HOUR, .propagation = HOUR, .mail = 500,
	    .wants_ed25519 = true, .damages = 5, .strangers = 1,
	    .people = 1, .dns_outages = 1, .crash_percent = 5 },
	{ .name = "a quiet domain", .every = 90 * DAY, .retain = 3 * DAY,
	    .revoke_for = 5 * DAY, .ttl = HOUR,
	    .signature_lifetime = 14 * DAY, .queue_lifetime = 5 * DAY,
	    .interval = 6 * HOUR, .propagation = HOUR, .mail = 3,
	    .wants_ed25519 = true, .people = 2, .changes = 1 },
	{ .name = "seen from outside", .every = 60 * DAY, .retain = 8 * DAY,
	    .revoke_for = 30 * DAY, .ttl = HOUR,
	    .signature_lifetime = 7 * DAY, .queue_lifetime = 5 * DAY,
	    .interval = HOUR, .propagation = HOUR, .mail = 500,
	    .wants_ed25519 = true, .asks_outside = true,
	    .outside_lag = 4 * HOUR, .silences = 3, .splits = 3 },
	{ .name = "seen from outside, with all else", .every = 45 * DAY,
	    .retain = 9 * DAY, .revoke_for = 10 * DAY, .ttl = 3 * HOUR,
	    .signature_lifetime = 3 * DAY, .queue_lifetime = 2 * DAY,
	    .interval = 3 * HOUR, .propagation = 5 * HOUR, .mail = 300,
	    .wants_ed25519 = true, .asks_outside = true,
	    .outside_lag = 12 * HOUR, .silences = 3, .splits = 3,
	    .outages = 1, .dns_outages = 3, .crash_percent = 10,
	    .strangers = 2, .changes = 1, .people = 1, .damages = 1,
	    .jumps = 1, .longest_jump = 2 * DAY },
	{ .name = "dead servers", .every = 20 * DAY, .retain = 8 * DAY,
	    .revoke_for = 10 * DAY, .ttl = HOUR,
	    .signature_lifetime = 7 * DAY, .queue_lifetime = 5 * DAY,
	    .interval = 2 * HOUR, .propagation = HOUR, .mail = 300,
	    .wants_ed25519 = true, .deaths = 3, .dns_outages = 1,
	    .crash_percent = 3, .people = 1, .strangers = 1 },
	{ .name = "dead servers, by hand", .every = 40 * DAY,
	    .retain = 8 * DAY, .revoke_for = 10 * DAY, .ttl = DAY,
	    .signature_lifetime = 7 * DAY, .queue_lifetime = 5 * DAY,
	    .interval = 3 * HOUR, .propagation = 6 * HOUR, .mail = 300,
	    .by_hand = true, .deaths = 2, .outages = 1, .crash_percent = 3 },
	{ .name = "another host", .every = 30 * DAY, .retain = 8 * DAY,
	    .revoke_for = 10 * DAY, .ttl = HOUR,
	    .signature_lifetime = 7 * DAY, .queue_lifetime = 5 * DAY,
	    .interval = 2 * HOUR, .propagation = HOUR, .mail = 300,
	    .wants_ed25519 = true, .has_host = true, .absences = 5,
	    .dns_outages = 1, .crash_percent = 3, .people = 1,
	    .strangers = 1, .damages = 1 },
	{ .name = "another host, by hand", .every = 20 * DAY,
	    .retain = 2 * DAY, .revoke_for = 10 * DAY, .ttl = DAY,
	    .signature_lifetime = 7 * DAY, .queue_lifetime = 5 * DAY,
	    .interval = 3 * HOUR, .propagation = 6 * HOUR, .mail = 300,
	    .by_hand = true, .has_host = true, .absences = 20,
	    .crash_percent = 3 },
	{ .name = "CNAMEs", .every = 90 * DAY, .retain = 8 * DAY,
	    .revoke_for = 30 * DAY, .ttl = HOUR,
	    .signature_lifetime = 7 * DAY, .queue_lifetime = 5 * DAY,
	    .interval = 3 * HOUR, .propagation = HOUR, .mail = 300,
	    .negative = 3 * HOUR, .wants_ed25519 = true, .has_slots = true,
	    .has_aliases = true, .lost_aliases = 3,
	    .crash_percent = 3, .dns_outages = 1 },
	{ .name = "a stream", .every = 90 * DAY, .retain = 8 * DAY,
	    .revoke_for = 30 * DAY, .ttl = HOUR,
	    .signature_lifetime = 7 * DAY, .queue_lifetime = 5 * DAY,
	    .interval = 3 * HOUR, .propagation = HOUR, .mail = 300,
	    .wants_ed25519 = true, .has_stream = true, .people = 3,
	    .crash_percent = 3, .dns_outages = 1, .jumps = 2,
	    .longest_jump = 12 * HOUR },
	{ .name = "a stream behind CNAMEs", .every = 90 * DAY,
	    .retain = 8 * DAY, .revoke_for = 30 * DAY, .ttl = HOUR,
	    .signature_lifetime = 7 * DAY, .queue_lifetime = 5 * DAY,
	    .interval = 3 * HOUR, .propagation = HOUR, .mail = 300,
	    .has_slots = true, .has_aliases = true, .lost_aliases = 3,
	    .has_stream = true, .crash_percent = 3 },
	{ .name = "once in ten years", .every = 3650 * DAY,
	    .retain = 30 * DAY, .revoke_for = YEAR, .ttl = DAY,
	    .signature_lifetime = 7 * DAY, .queue_lifetime = 5 * DAY,
	    .interval = DAY, .propagation = DAY, .mail = 500,
	    .wants_ed25519 = true, .people = 1, .outages = 5,
	    .dns_outages = 5 },
};

static void
broken(const struct history *history, const char *what)
{
	fail_msg("%s: at %lld (clock %lld): %s", history->world.name,
	    (long long)history->world.now,
	    (long long)world_clock(&history->world), what);
}

/* How long it may take until all is as it should be again. */
static int64_t
patience(const struct history *history)
{
	const struct lifecycle_policy *policy = &history->world.policy;

	return 8 * history->years->interval + history->world.propagation +
	    history->world.outside_lag +
	    (policy->publish_lead > policy->ttl ? policy->publish_lead :
	    policy->ttl) + (policy->by_hand ? 4 * DAY : 0);
}

static bool
is_calm(const struct history *history)
{
	return history->world.now - history->disturbed > patience(history);
}

/* A moment between two runs. */
static void
look_at(struct history *history)
{
	struct world *world = &history->world;

	if (world_active(world, DKIMSIG_RSA_SHA256) != -1)
		history->has_begun = true;
	else if (history->has_begun) {
		if (world->last_jump < world->last_good_run &&
		    history->last_action < world->last_good_run &&
		    history->last_damage < world->last_good_run)
			broken(history, "no RSA key signs");
		history->ngaps++;
	}
	if (world_chance(world, history->years->mail))
		world_sign(world, world_chance(world, 200));
}

static void
look_at_line(struct history *history, const char *stream,
    enum dkimsig_algorithm algorithm)
{
	const struct world *world = &history->world;
	const struct lifecycle_line line = { stream, algorithm };
	long active = world_active_of(world, &line);

	if (active == -1)
		broken(history, "no key signs, and nothing is in the way");
	if (world->keys[active].retire_at == KS_NEVER &&
	    world_clock(world) - world->keys[active].active_from >
	    world->policy.every + patience(history))
		broken(history, "a key signs for longer than it should");
	if (world->nrotations == history->nrotations &&
	    world_standby_of(world, &line) == -1)
		broken(history, "there is none in reserve");
}

/* A key that waits for the other host alone is one that rotation tells of. */
static void
look_at_waits(struct history *history)
{
	struct world *world = &history->world;
	const int64_t clock = world_clock(world);
	const long active = world_active(world, DKIMSIG_RSA_SHA256);
	const long standby = world_standby(world, DKIMSIG_RSA_SHA256);
	const struct ks_key *key;
	size_t i;

	/* The next runs make up for what was not done. */
	if (!world->host_is_away &&
	    world->now - history->away_until <= patience(history))
		return;
	world_note_host(world);
	if (active != -1 && standby != -1 &&
	    world->keys[active].retire_at == KS_NEVER &&
	    clock - world->keys[active].active_from >
	    world->policy.every + patience(history)) {
		if (lifecycle_waits_host(&world->state, world->facts,
		    &world->policy, (size_t)standby, clock) == KS_NEVER)
			broken(history, "a key waits, and nobody knows why");
		history->nwaits++;
	}
	for (i = 0; i < world->state.nkeys; i++) {
		key = &world->keys[i];
		if (key->retire_at == KS_NEVER || key->revoked != KS_NEVER ||
		    key->removed != KS_NEVER || lifecycle_revoke_time(key,
		    &world->facts[i], &world->policy) + patience(history) >
		    clock)
			continue;
		if (!lifecycle_is_held(key, &world->facts[i]))
			broken(history, "a record stays, and nobody knows why");
		history->nheld++;
	}
}

/* A key that signs behind a CNAME that is broken is an alarm of its own. */
static void
look_at_aliases(struct history *history)
{
	struct world *world = &history->world;
	const struct ks_key *key;
	size_t i;

	if (world->dns_is_down || world->last_run != world->now)
		return;
	for (i = 0; i < world->state.nkeys; i++) {
		key = &world->keys[i];
		if (!world_is_unlinked(world, i) || world_view(world, i) !=
		    LIFECYCLE_RIGHT || !ks_key_is_active(key,
		    world_clock(world)))
			continue;
		if (lifecycle_key_alarm(key, &world->facts[i], &world->policy,
		    world_clock(world)) != LIFECYCLE_UNLINKED)
			broken(history, "a CNAME is broken, and nobody knows");
		history->nunlinked++;
	}
}

/* After a run: what must be so when nothing has disturbed it. */
static void
look_around(struct history *history)
{
	const char *stream = NULL;
	struct world *world = &history->world;
	long unwanted;

	if (history->years->has_aliases)
		look_at_aliases(history);
	if (world->nrotations != history->nrotations) {
		if (world->health[1].is_dead || world->health[2].is_dead)
			history->nwithout++;
		history->nrotations = world->nrotations;
		history->disturbed = world->now;
	}
	if (!is_calm(history) || world->policy.every < patience(history))
		return;
	if (history->years->has_host)
		look_at_waits(history);
	if (world->now - history->away_until <= patience(history))
		return;
	do {
		look_at_line(history, stream, DKIMSIG_RSA_SHA256);
		if (world->policy.wants_ed25519)
			look_at_line(history, stream, DKIMSIG_ED25519_SHA256);
	} while (lifecycle_next_stream(&world->state, &world->policy,
	    &stream));
	if (world->policy.wants_ed25519)
		return;
	if ((unwanted = world_active(world,
	    DKIMSIG_ED25519_SHA256)) != -1 &&
	    world->keys[unwanted].retire_at == KS_NEVER)
		broken(history, "signs with what is not wanted");
}

/* -- Events -------------------------------------------------------------- */

/* Who keeps the zone by hand does, in a day or so, what there is to do. */
static void
keep_zone(struct history *history)
{
	struct world *world = &history->world;
	enum lifecycle_step next;
	const struct ks_key *key;
	struct world_key *truth;
	int64_t when;
	size_t i;

	for (i = 0; i < world->state.nkeys; i++) {
		key = &world->keys[i];
		truth = &world->truths[i];
		if (!world_chance(world, 600) || key->removed != KS_NEVER)
			continue;
		next = lifecycle_waits_for(key, &world->facts[i],
		    &world->policy, world_clock(world), &when);
		if (key->retire_at == KS_NEVER && !key->compromised &&
		    world_view(world, i) == LIFECYCLE_ABSENT) {
			if (truth->harmed_until == INT64_MAX)
				truth->harmed_until = world->now +
				    world->propagation + world->policy.ttl;
			world_publish(world, i, WORLD_FULL);
		} else if (when == KS_NEVER || when > world_clock(world))
			continue;
		else if (next == LIFECYCLE_REVOKE &&
		    world_view(world, i) == LIFECYCLE_RIGHT) {
			world_withdraw(world, i);
			world_publish(world, i, WORLD_EMPTY);
		} else if (next == LIFECYCLE_REMOVE)
			world_publish(world, i, WORLD_NONE);
	}
}

/* Somebody else may have the key that signs, or all of them. */
static void
compromise(struct history *history)
{
	struct world *world = &history->world;
	const long standby = world_standby(world, DKIMSIG_RSA_SHA256);
	const bool all = world_chance(world, 200);
	char selector[KS_SELECTOR_SIZE];
	struct ks_key *key;
	long active;
	size_t i;

	active = world_active(world, DKIMSIG_RSA_SHA256);
	if (active == -1)
		return;
	(void)strlcpy(selector, world->keys[active].selector,
	    sizeof(selector));
	for (i = 0; i < world->state.nkeys; i++) {
		key = &world->keys[i];
		if ((all && key->revoked == KS_NEVER &&
		    key->removed == KS_NEVER) || i == (size_t)active)
			key->compromised = true;
	}
	world_run(world);
	if (world->last_run != world->now)
		return;
	/* The run stays until the signers have changed. */
	world->now += KS_RECHECK + 1;
	world_run(world);
	if (all || standby == -1 || world->last_run != world->now)
		return;
	for (i = 0; i < world->state.nkeys; i++)
		if (strcmp(world->keys[i].selector, selector) == 0 &&
		    (ks_key_is_active(&world->keys[i], world_clock(world)) ||
		    (!world->policy.by_hand && !world->dns_is_down &&
		    !world->facts[i].was_tried &&
		    world->keys[i].revoked == KS_NEVER)))
			broken(history, "a compromised key goes on");
}

/* One of the secondaries stops for up to four months, or comes back. */
static void
stop_servers(struct history *history, bool is_quiet)
{
	struct world *world = &history->world;
	const size_t j = 1 + (size_t)world_random(world, WORLD_SERVERS - 1);
	size_t k;

	for (k = 1; k < WORLD_SERVERS; k++)
		if (world->health[k].is_stuck && (is_quiet ||
		    history->stopped_until[k] <= world->now)) {
			world_start_server(world, k);
			history->disturbed = world->now;
		}
	if (is_quiet || !world_chance(world, history->years->deaths) ||
	    world->health[j].is_stuck)
		return;
	history->stopped_until[j] = world->now + world_random(world,
	    120 * DAY);
	world_stop_server(world, j, world_chance(world, 700));
}

/* Only while all is well: what a person does then must not break it. */
static void
act(struct history *history)
{
	struct world *world = &history->world;
	long active = world_active(world, DKIMSIG_RSA_SHA256);
	long standby = world_standby(world, DKIMSIG_RSA_SHA256);
	const int64_t at = world_clock(world) + 10 * DAY;

	if (!is_calm(history) || active == -1 || standby == -1)
		return;
	switch (world_random(world, 4)) {
	case 0:
		compromise(history);
		break;
	case 1:
		world->keys[active].retire_at = at;
		break;
	case 2:
		if (world_view(world, (size_t)standby) == LIFECYCLE_RIGHT)
			world->keys[standby].active_from = at;
		break;
	default:
		world->keys[standby].retire_at = at;
	}
	history->last_action = history->disturbed = world->now;
}

static void
harm(struct history *history)
{
	struct world *world = &history->world;
	struct world_key *truth;
	size_t i;

	if (world->state.nkeys == 0)
		return;
	i = (size_t)world_random(world, (int64_t)world->state.nkeys);
	truth = &world->truths[i];
	if (truth->withdrawn != KS_NEVER ||
	    world_view(world, i) != LIFECYCLE_RIGHT)
		return;
	truth->harmed_until = INT64_MAX;
	world_publish(world, i, world_chance(world, 500) ? WORLD_NONE :
	    WORLD_OTHER);
}

/*
 * The file of the key that signs, or of both, while there is a reserve: that
 * takes over from one alone.
 */
static void
damage(struct history *history)
{
	struct world *world = &history->world;
	const long active = world_active(world, DKIMSIG_RSA_SHA256);
	const long other = world_active(world, DKIMSIG_ED25519_SHA256);
	const int64_t until = world->now + world_random(world, 3 * DAY);

	if (!is_calm(history) || active == -1 ||
	    world_standby(world, DKIMSIG_RSA_SHA256) == -1)
		return;
	world_damage(world, (size_t)active, until);
	if (other != -1 && world_chance(world, 300)) {
		world_damage(world, (size_t)other, until);
		history->last_damage = until;
		return;
	}
	history->last_damage = history->disturbed = world->now;
	world_run(world);
	if (world->last_run != world->now || world->dns_is_down)
		return;
	if (world_active(world, DKIMSIG_RSA_SHA256) == -1)
		broken(history, "the reserve does not take over");
	if (world->keys[active].revoked != KS_NEVER)
		broken(history, "a key is revoked for its file");
}

static void
mend_harm(struct world *world)
{
	struct world_key *truth;
	size_t i;

	for (i = 0; i < world->state.nkeys; i++) {
		truth = &world->truths[i];
		if (truth->harmed_until == INT64_MAX &&
		    truth->withdrawn == KS_NEVER && world_chance(world, 100)) {
			world_publish(world, i, WORLD_FULL);
			truth->harmed_until = world->now +
			    world->propagation + world->policy.ttl;
		}
	}
}

static bool
is_harmed(const struct world *world)
{
	size_t i;

	for (i = 0; i < world->state.nkeys; i++)
		if (world->truths[i].harmed_until > world->now &&
		    world->truths[i].withdrawn == KS_NEVER)
			return true;
	return false;
}

static bool
lacks_alias(const struct world *world)
{
	size_t i, j, slot;

	for (j = 0; j < 2; j++)
		for (i = 0; i < LIFECYCLE_NALGORITHMS; i++)
			for (slot = 1; slot <= WORLD_SLOTS; slot++)
				if (world->aliases[j][i][slot].broken_until >
				    world->now)
					return true;
	return false;
}

static void
change_policy(struct history *history)
{
	struct world *world = &history->world;

	if (world_chance(world, 500))
		world->policy.wants_ed25519 = !world->policy.wants_ed25519;
	else
		world->policy.every = history->years->every / 2 +
		    world_random(world, history->years->every);
	history->disturbed = world->now;
}

static void
set_clock(struct history *history)
{
	struct world *world = &history->world;
	const int64_t longest = history->years->longest_jump;

	/* What is wrong is put right before it is wrong again. */
	if (world->ahead != 0)
		world_set_clock(world, 0);
	else
		world_set_clock(world, world_random(world, 2 * longest) -
		    longest);
}

static void
happen(struct history *history, bool is_quiet)
{
	const struct years *years = history->years;
	struct world *world = &history->world;

	if (!is_quiet) {
		if (world_chance(world, years->outages))
			history->timer_off_until = world->now +
			    world_random(world, 35 * DAY);
		if (world_chance(world, years->dns_outages))
			history->dns_off_until = world->now +
			    world_random(world, 3 * DAY);
		if (years->asks_outside && world_chance(world, years->silences))
			history->silent_until = world->now +
			    world_random(world, 3 * DAY);
		if (years->asks_outside && world_chance(world, years->splits))
			history->split_until = world->now +
			    world_random(world, 3 * DAY);
		if (world_chance(world, years->jumps))
			set_clock(history);
		if (world_chance(world, years->people))
			act(history);
		if (world_chance(world, years->strangers))
			harm(history);
		if (world_chance(world, years->damages))
			damage(history);
		if (world_chance(world, years->changes))
			change_policy(history);
		if (years->has_host && world_chance(world, years->absences) &&
		    history->away_until < world->now)
			history->away_until = world->now +
			    world_random(world, 35 * DAY);
		if (years->has_aliases && world->state.nkeys > 0 &&
		    world_chance(world, years->lost_aliases))
			world_break_alias(world, (size_t)world_random(world,
			    (int64_t)world->state.nkeys), world->now +
			    world_random(world, 5 * DAY));
	}
	world->host_is_away = world->now < history->away_until;
	if (years->deaths != 0)
		stop_servers(history, is_quiet);
	mend_harm(world);
	world->dns_is_down = world->now < history->dns_off_until;
	world->outside_is_silent = world->now < history->silent_until;
	world->outside_is_split = world->now < history->split_until;
	if (world->outside_is_silent || world->outside_is_split ||
	    world->dns_is_down || world->now < history->timer_off_until ||
	    world->last_jump == world->now || is_harmed(world) ||
	    lacks_alias(world) ||
	    world_is_damaged(world) || world_is_waiting(world))
		history->disturbed = world->now;
}

static void
live(struct history *history, int64_t duration, bool is_quiet)
{
	struct world *world = &history->world;
	const int64_t interval = history->years->interval;
	int64_t begin, end;
	size_t i;

	for (end = world->now + duration; world->now < end;) {
		begin = world->now;
		for (i = 0; i < 3; i++) {
			world->now = begin + (int64_t)i * interval / 3 +
			    world_random(world, interval / 3);
			look_at(history);
		}
		world->now = begin + interval;
		happen(history, is_quiet);
		if (world->policy.by_hand)
			keep_zone(history);
		if (world->now >= history->timer_off_until &&
		    world->now != world->last_jump) {
			world_run(world);
			look_around(history);
		}
	}
}

/* What ended long ago is gone. */
static void
look_back(const struct history *history)
{
	const struct world *world = &history->world;
	const struct lifecycle_policy *policy = &world->policy;
	const struct ks_key *key;
	size_t i;

	for (i = 0; i < world->state.nkeys; i++) {
		key = &world->keys[i];
		if (world->facts[i].has_file && key->retire_at != KS_NEVER &&
		    key->retire_at + policy->retain +
		    policy->signature_lifetime + policy->queue_lifetime +
		    policy->revoke_for + policy->ttl + HOUR +
		    (history->years->deaths != 0 ? world->expire : 0) +
		    4 * patience(history) < world_clock(world))
			broken(history, "a key was not destroyed");
	}
	if (world->nrotations < 2 || world->nwithdrawn == 0 ||
	    world->ndestroyed == 0 || world->nsignatures == 0 ||
	    (policy->asks_outside && world->ninvisible == 0) ||
	    (history->years->deaths != 0 && history->nwithout == 0) ||
	    (history->years->has_host && (history->nwaits == 0 ||
	    history->nheld == 0 || world->ncopies == 0)) ||
	    (history->years->has_aliases && history->nunlinked == 0))
		fail_msg("%s: nothing happened: %zu waits, %zu held, %zu "
		    "copies, %zu unlinked", world->name, history->nwaits,
		    history->nheld, world->ncopies, history->nunlinked);
}

/* The domain leaves: no key signs, none is made, and all come to their end. */
static void
leave(struct history *history)
{
	struct world *world = &history->world;
	const struct lifecycle_policy *policy = &world->policy;
	int64_t end;
	size_t i;

	world->policy.is_leaving = true;
	end = world->now + policy->retain + policy->signature_lifetime +
	    policy->queue_lifetime + policy->revoke_for + policy->ttl +
	    2 * DAY + 8 * patience(history);
	while (world->now < end) {
		world->now += history->years->interval;
		if (world->policy.by_hand)
			keep_zone(history);
		world_run(world);
		if (world->last_run == world->now &&
		    world_active(world, DKIMSIG_RSA_SHA256) != -1)
			broken(history, "a key signs for a domain that leaves");
		world_sign(world, true);
	}
	for (i = 0; i < world->state.nkeys; i++)
		if (world->facts[i].has_file ||
		    world->keys[i].removed == KS_NEVER ||
		    /* At the name of a key that was given up: a stranger's. */
		    (world_view(world, i) != LIFECYCLE_ABSENT &&
		    (!world->keys[i].contested ||
		    world->keys[i].published != KS_NEVER)))
			broken(history, "something is left of a domain");
}

static uint64_t
simulate(const struct years *years, uint64_t seed, int64_t duration)
{
	struct history history = { .years = years, .last_action = KS_NEVER,
	    .last_damage = KS_NEVER };
	struct world *world = &history.world;
	uint64_t trace;

	world_init(world, years->name, seed);
	world->policy = (struct lifecycle_policy){
		.wants_ed25519 = years->wants_ed25519,
		.by_hand = years->by_hand, .every = years->every,
		.asks_outside = years->asks_outside,
		.publish_lead = years->publish_lead,
		.retain = years->retain, .revoke_for = years->revoke_for,
		.ttl = years->ttl,
		.signature_lifetime = years->signature_lifetime,
		.queue_lifetime = years->queue_lifetime
	};
	if (years->has_stream)
		world->policy.streams[world->policy.nstreams++] = "desk";
	world->has_slots = years->has_slots;
	world->has_host = years->has_host;
	world->has_aliases = years->has_aliases;
	world->propagation = years->propagation;
	world->outside_lag = years->outside_lag;
	world->negative = years->negative != 0 ? years->negative : 600;
	world->crash_percent = years->crash_percent;
	history.disturbed = world->now;
	live(&history, duration, false);
	world_set_clock(world, 0);
	history.disturbed = world->now;
	/* Longer than any clock was ahead, and than any key lives. */
	live(&history, 2 * YEAR + YEAR + years->revoke_for, true);
	look_back(&history);
	leave(&history);
	print_message("# %s: %zu rotations, %zu records withdrawn (%zu after "
	    "the clock jumped), %zu keys destroyed, %zu given up, %zu "
	    "signatures, %zu moments without a key after the clock was set "
	    "back\n", years->name, world->nrotations, world->nwithdrawn,
	    world->nexcused, world->ndestroyed, world->ngiven_up,
	    world->nsignatures, history.ngaps);
	if (world->nrotations > 200 && !years->by_hand && !years->has_slots)
		assert_true(world->ngiven_up > 0);
	trace = world->trace;
	world_finish(world);
	return trace;
}

static void
twenty_years(void **arg)
{
	size_t i;

	(void)arg;
	for (i = 0; i < COUNT(table); i++)
		(void)simulate(&table[i], i + 1, 20 * YEAR);
}

/* Nothing depends on the zone that the host is in, nor on summer time. */
static void
time_zones(void **arg)
{
	static const char *const zones[] = {
		"America/New_York", "Australia/Lord_Howe",
		"EST5EDT,M3.2.0,M11.1.0", "UTC-14"
	};
	uint64_t trace;
	size_t i;

	(void)arg;
	(void)setenv("TZ", "UTC", 1);
	tzset();
	trace = simulate(&table[4], 99, 2 * YEAR);
	for (i = 0; i < COUNT(zones); i++) {
		(void)setenv("TZ", zones[i], 1);
		tzset();
		assert_true(simulate(&table[4], 99, 2 * YEAR) == trace);
	}
	assert_false(simulate(&table[4], 98, 2 * YEAR) == trace);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(twenty_years),
		cmocka_unit_test(time_zones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
