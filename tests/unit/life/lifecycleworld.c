/* SPDX-License-Identifier: ISC */

/*
 * A world in which the steps of a domain's keys are carried out.
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
#include "store/last_use.h"

#define BEGIN	INT64_C(1790000000)
#define SETTLED	6	/* keys that are gone and still kept */

static void
broken(const struct world *world, size_t i, const char *what)
{
	fail_msg("%s: at %lld (clock %lld): key %zu (%s): %s", world->name,
	    (long long)world->now, (long long)world_clock(world), i,
	    i < world->state.nkeys ? world->keys[i].selector : "-", what);
}

void
world_init(struct world *world, const char *name, uint64_t seed)
{
	memset(world, 0, sizeof(*world));
	world->name = name;
	world->seed = seed * 2654435769u + 88172645463325252u;
	world->now = BEGIN;
	world->keys = calloc(WORLD_KEYS, sizeof(*world->keys));
	world->facts = calloc(WORLD_KEYS, sizeof(*world->facts));
	world->truths = calloc(WORLD_KEYS, sizeof(*world->truths));
	assert_non_null(world->keys);
	assert_non_null(world->facts);
	assert_non_null(world->truths);
	world->state.keys = world->keys;
	world->last_run = world->last_good_run = BEGIN;
	world->last_forward = world->last_jump = KS_NEVER;
	world->unreachable_after = 3 * INT64_C(86400);
	world->expire = 14 * INT64_C(86400);
}

void
world_finish(struct world *world)
{
	free(world->keys);
	free(world->facts);
	free(world->truths);
}

int64_t
world_random(struct world *world, int64_t limit)
{
	world->seed ^= world->seed << 13;
	world->seed ^= world->seed >> 7;
	world->seed ^= world->seed << 17;
	return limit <= 0 ? 0 : (int64_t)(world->seed >> 1) % limit;
}

bool
world_chance(struct world *world, unsigned int per_mille)
{
	return world_random(world, 1000) < (int64_t)per_mille;
}

int64_t
world_clock(const struct world *world)
{
	return world->now + world->ahead;
}

void
world_set_clock(struct world *world, int64_t ahead)
{
	if (ahead > world->ahead)
		world->last_forward = world->now;
	world->last_jump = world->now;
	world->ahead = ahead;
}

static void
note(struct world *world, uint64_t what)
{
	world->trace = (world->trace ^ what) * 1099511628211u;
}

/* -- DNS ----------------------------------------------------------------- */

static enum world_record
shown(const struct world *world, const struct world_server *server)
{
	return server->arrives <= world->now ? server->next : server->record;
}

/* What has arrived at a server is what it has. */
static void
settle(const struct world *world, struct world_server *server)
{
	if (server->arrives > world->now)
		return;
	if (server->record != server->next)
		server->ended[server->record] = server->arrives;
	server->record = server->next;
	server->since = server->arrives;
}

void
world_publish(struct world *world, size_t i, enum world_record record)
{
	struct world_key *truth = &world->truths[i];
	struct world_server *server;
	size_t j;

	for (j = 0; j < WORLD_SERVERS; j++) {
		server = &truth->servers[j];
		settle(world, server);
		if (server->record == record &&
		    server->arrives <= world->now)
			continue;
		server->next = record;
		server->arrives = world->health[j].is_stuck ? INT64_MAX :
		    world->now + (j == 0 ? 0 :
		    world_random(world, world->propagation + 1));
	}
	server = &truth->outside;
	settle(world, server);
	if (!world->policy.asks_outside || (server->record == record &&
	    server->arrives <= world->now))
		return;
	server->next = record;
	server->arrives = world->now + world->propagation +
	    world_random(world, world->outside_lag + 1);
}

enum lifecycle_outside
world_outside(const struct world *world, size_t i)
{
	if (world->outside_is_silent)
		return LIFECYCLE_OUTSIDE_UNKNOWN;
	return !world->outside_is_split &&
	    shown(world, &world->truths[i].outside) == WORLD_FULL ?
	    LIFECYCLE_OUTSIDE_RIGHT : LIFECYCLE_OUTSIDE_CONTRADICTS;
}

void
world_stop_server(struct world *world, size_t j, bool is_dead)
{
	struct world_health *health = &world->health[j];
	struct world_server *server;
	size_t i;

	if (health->is_stuck)
		return;
	health->is_stuck = true;
	health->is_dead = is_dead;
	health->stuck = world->now;
	if (is_dead)
		health->excused_until = INT64_MAX;
	for (i = 0; i < world->state.nkeys; i++) {
		server = &world->truths[i].servers[j];
		settle(world, server);
		if (server->arrives > world->now)
			server->arrives = INT64_MAX;
	}
}

void
world_start_server(struct world *world, size_t j)
{
	struct world_health *health = &world->health[j];
	const bool has_expired = world->now - health->stuck > world->expire;
	struct world_server *server;
	size_t i;

	if (!health->is_stuck)
		return;
	for (i = 0; i < world->state.nkeys; i++) {
		server = &world->truths[i].servers[j];
		if (server->arrives == INT64_MAX)
			server->arrives = world->now + (has_expired ? 0 :
			    world_random(world, world->propagation + 1));
	}
	if (health->is_dead)
		health->excused_until = world->now + world->propagation +
		    (world->policy.ttl > world->negative ? world->policy.ttl :
		    world->negative);
	health->is_stuck = health->is_dead = false;
}

/* The host asks each server, as it does in each run. */
static void
count_silences(struct world *world)
{
	struct world_health *health;
	size_t j;

	if (world->dns_is_down)
		return;
	for (j = 0; j < WORLD_SERVERS; j++) {
		health = &world->health[j];
		if (health->is_dead)
			silence_note(&health->silence, world_clock(world));
		else
			memset(&health->silence, 0, sizeof(health->silence));
	}
}

static bool
is_excepted(const struct world *world, size_t j)
{
	return silence_is_excepted(&world->health[j].silence,
	    world->unreachable_after, world_clock(world));
}

bool
world_is_waiting(const struct world *world)
{
	size_t j;

	for (j = 0; j < WORLD_SERVERS; j++)
		if (world->health[j].is_stuck && !is_excepted(world, j))
			return true;
	return false;
}

enum lifecycle_view
world_view(const struct world *world, size_t i)
{
	static const enum lifecycle_view views[] = {
		[WORLD_NONE] = LIFECYCLE_ABSENT,
		[WORLD_FULL] = LIFECYCLE_RIGHT,
		[WORLD_EMPTY] = LIFECYCLE_REVOKED,
		[WORLD_OTHER] = LIFECYCLE_FOREIGN
	};
	const struct world_server *servers = world->truths[i].servers;
	enum world_record record = WORLD_NONE;
	size_t j, nanswers = 0, nmute = 0;

	if (world->dns_is_down)
		return LIFECYCLE_UNKNOWN;
	for (j = 0; j < WORLD_SERVERS; j++) {
		if (world->health[j].is_dead) {
			nmute += !is_excepted(world, j);
			continue;
		}
		if (nanswers++ > 0 && shown(world, &servers[j]) != record)
			return LIFECYCLE_DIFFERENT;
		record = shown(world, &servers[j]);
	}
	if (nanswers == 0 || (nmute > 0 && record == WORLD_FULL))
		return LIFECYCLE_UNKNOWN;
	if (nmute > 0)
		return record == WORLD_OTHER ? LIFECYCLE_WRONG :
		    LIFECYCLE_DIFFERENT;
	return views[record];
}

/*
 * Every server has the record, and no cache can lack it: whatever a server
 * showed before has left them all.
 */
static bool
can_be_verified(const struct world *world, size_t i)
{
	struct world_server server;
	size_t j, record;

	for (j = 0; j < WORLD_SERVERS; j++) {
		/* One that was not waited for may come with old records. */
		if (world->health[j].excused_until > world->now)
			continue;
		server = world->truths[i].servers[j];
		settle(world, &server);
		if (server.record != WORLD_FULL)
			return false;
		for (record = 0; record <= WORLD_OTHER; record++)
			if (record != WORLD_FULL && server.ended[record] +
			    (record == WORLD_NONE ? world->negative :
			    world->policy.ttl) > world->now)
				return false;
	}
	return true;
}

/* -- Files --------------------------------------------------------------- */

static bool
is_damaged(const struct world *world, size_t i)
{
	return world->truths[i].damaged_until > world->now;
}

void
world_damage(struct world *world, size_t i, int64_t until)
{
	world->truths[i].damaged_until = until;
}

bool
world_is_damaged(const struct world *world)
{
	size_t i;

	for (i = 0; i < world->state.nkeys; i++)
		if (is_damaged(world, i))
			return true;
	return false;
}

/* What a run finds; several that should sign are a fault of the store. */
static void
look_at_files(struct world *world)
{
	size_t i, n;

	for (i = n = 0; i < world->state.nkeys; i++) {
		world->facts[i].is_unusable = is_damaged(world, i);
		if (is_damaged(world, i) && ks_key_is_active(&world->keys[i],
		    world_clock(world)))
			n++;
	}
	world->policy.store_fault = n > 1;
}

/* -- Mail ---------------------------------------------------------------- */

static void
check_signature(const struct world *world, size_t i)
{
	const struct ks_key *key = &world->keys[i];
	const struct world_key *truth = &world->truths[i];

	/* A person took it away; the clock has gone back behind its end. */
	if (world->policy.by_hand && truth->withdrawn != KS_NEVER &&
	    world->last_jump >= truth->withdrawn)
		return;
	if (truth->withdrawn != KS_NEVER)
		broken(world, i, "signs without a record");
	if (key->verified == KS_NEVER)
		broken(world, i, "signs unverified");
	if (truth->harmed_until < world->now &&
	    world->last_forward < truth->made && !can_be_verified(world, i))
		broken(world, i, "signs, and a cache may lack its record");
}

static void
sign(struct world *world, size_t i)
{
	struct world_key *truth = &world->truths[i];
	int64_t clock = world_clock(world);

	check_signature(world, i);
	truth->last_signature = world->now;
	if (world->facts[i].last_use == KS_NEVER ||
	    clock - world->facts[i].last_use >= KS_USED_GRAIN ||
	    world->facts[i].last_use - clock > KS_USED_GRAIN)
		world->facts[i].last_use = clock;
	world->nsignatures++;
}

/* The other host signs with what it has, and as far as it knows. */
static void
sign_elsewhere(struct world *world, bool begun)
{
	struct world_key *truth;
	size_t i;

	for (i = 0; i < world->state.nkeys; i++) {
		truth = &world->truths[i];
		if (!truth->has_copy || !(begun ? ks_key_may_sign(&truth->copy,
		    world->now) : ks_key_is_active(&truth->copy, world->now)))
			continue;
		/* Nothing waits for a host if a key is compromised. */
		if (world->keys[i].compromised)
			continue;
		check_signature(world, i);
		truth->last_signature = truth->copy_use = world->now;
		world->ncopies++;
	}
}

void
world_note_host(struct world *world)
{
	const struct world_key *truth;
	struct lifecycle_fact *fact;
	const struct ks_key *key;
	size_t i;

	for (i = 0; i < world->state.nkeys && world->has_host; i++) {
		key = &world->keys[i];
		truth = &world->truths[i];
		fact = &world->facts[i];
		fact->is_awaited = fact->is_held = false;
		fact->host_use = KS_NEVER;
		if (key->removed != KS_NEVER)
			continue;
		fact->is_awaited = !truth->has_copy;
		fact->is_held = key->active_from != KS_NEVER &&
		    (!truth->knows_end ||
		    truth->copy.retire_at != key->retire_at);
		if (truth->knows_end && key->active_from != KS_NEVER &&
		    (key->retire_at == KS_NEVER ||
		    key->active_from < key->retire_at))
			fact->host_use = truth->noted_use;
	}
}

/* All that the other host lacks, and what it tells. */
static void
push(struct world *world)
{
	const int64_t clock = world_clock(world);
	struct world_key *truth;
	const struct ks_key *key;
	int64_t last;
	size_t i;

	for (i = 0; i < world->state.nkeys; i++) {
		key = &world->keys[i];
		truth = &world->truths[i];
		if (key->removed == KS_NEVER && world->facts[i].has_file &&
		    !is_damaged(world, i))
			truth->has_copy = true;
		if (key->retire_at == KS_NEVER || !truth->knows_end ||
		    truth->copy.retire_at != key->retire_at)
			truth->told = clock;
		truth->knows_end = key->retire_at != KS_NEVER;
		truth->copy = *key;
		if (!truth->knows_end)
			continue;
		last = key->retire_at + KS_HANDOVER;
		if (last < truth->told + KS_RECHECK + 1)
			last = truth->told + KS_RECHECK + 1;
		truth->noted_use = clock > last ? truth->copy_use : last;
	}
}

void
world_sign(struct world *world, bool begun)
{
	size_t i;

	if (world->has_host)
		sign_elsewhere(world, begun);
	for (i = 0; i < world->state.nkeys; i++)
		if (!is_damaged(world, i) && (begun ?
		    ks_key_may_sign(&world->keys[i], world_clock(world)) :
		    ks_key_is_active(&world->keys[i], world_clock(world))))
			sign(world, i);
}

void
world_withdraw(struct world *world, size_t i)
{
	struct world_key *truth = &world->truths[i];

	if (truth->withdrawn != KS_NEVER)
		return;
	truth->withdrawn = world->now;
	world->nwithdrawn++;
	if (ks_key_is_active(&world->keys[i], world_clock(world)))
		broken(world, i, "signs, and its record goes");
	if (world->keys[i].compromised || truth->last_signature == KS_NEVER)
		return;
	if (world->last_forward >= truth->last_signature)
		world->nexcused++;
	else if (truth->last_signature + world->policy.signature_lifetime +
	    world->policy.queue_lifetime > world->now)
		broken(world, i, "its record goes while mail is under way");
}

/* -- Steps --------------------------------------------------------------- */

/* The key that has a slot, or NULL. */
static struct world_key *
find_slot(const struct world *world, const struct lifecycle_line *line,
    unsigned int slot, size_t *i)
{
	for (*i = 0; *i < world->state.nkeys; (*i)++)
		if (lifecycle_line_has(line, &world->keys[*i]) &&
		    world->truths[*i].slot == slot)
			return &world->truths[*i];
	return NULL;
}

/* A selector that may be used again, or 0. */
static unsigned int
take_slot(struct world *world, const struct lifecycle_line *line)
{
	const int64_t rest = world->policy.retain > world->policy.ttl ?
	    world->policy.retain : world->policy.ttl;
	struct world_key *truth;
	unsigned int slot;
	size_t i;

	for (slot = 1; slot <= WORLD_SLOTS; slot++) {
		truth = find_slot(world, line, slot, &i);
		if (truth == NULL)
			return slot;
		if (world->keys[i].removed == KS_NEVER ||
		    world->facts[i].has_file ||
		    world->keys[i].removed + rest > world_clock(world))
			continue;
		if (truth->withdrawn == KS_NEVER ||
		    (world->last_forward < truth->withdrawn &&
		    truth->withdrawn + rest > world->now))
			broken(world, i, "its selector is used too early");
		truth->slot = 0;
		world->nreused++;
		return slot;
	}
	return 0;
}

static void
generate(struct world *world, const struct lifecycle_line *line)
{
	const size_t i = world->state.nkeys;
	const time_t clock = (time_t)world_clock(world);
	unsigned int slot = 0;
	struct tm tm;
	size_t j;

	if (world_chance(world, 20) || (world->has_slots &&
	    (slot = take_slot(world, line)) == 0)) {
		lifecycle_mark_unmakable(&world->policy, line);
		return;
	}
	assert_true(i < WORLD_KEYS);
	ks_key_init(&world->keys[i]);
	world->keys[i].algorithm = line->algorithm;
	world->keys[i].stream = line->stream;
	world->keys[i].generated = clock;
	assert_non_null(gmtime_r(&clock, &tm));
	(void)snprintf(world->keys[i].selector, KS_SELECTOR_SIZE,
	    "%s%04d%02d%02d%c%u", line->stream == NULL ? "" : line->stream,
	    tm.tm_year + 1900, tm.tm_mon + 1,
	    tm.tm_mday, line->algorithm == DKIMSIG_RSA_SHA256 ? 'r' : 'e',
	    ++world->counter);
	memset(&world->facts[i], 0, sizeof(world->facts[i]));
	world->facts[i].last_use = world->facts[i].host_use = KS_NEVER;
	world->facts[i].is_awaited = world->has_host;
	world->facts[i].has_file = true;
	memset(&world->truths[i], 0, sizeof(world->truths[i]));
	world->truths[i].last_signature = KS_NEVER;
	world->truths[i].withdrawn = KS_NEVER;
	world->truths[i].harmed_until = KS_NEVER;
	world->truths[i].damaged_until = KS_NEVER;
	world->truths[i].made = world->now;
	world->truths[i].slot = slot;
	world->truths[i].copy_use = world->truths[i].noted_use = KS_NEVER;
	world->keys[i].fresh = slot == 0;
	/* Another host has made a key of that name, and published it. */
	if (slot == 0 && !world->policy.by_hand && world_chance(world, 30))
		for (j = 0; j < WORLD_SERVERS; j++)
			world->truths[i].servers[j].record =
			    world->truths[i].servers[j].next = WORLD_OTHER;
	world->state.nkeys++;
}

/* -- CNAMEs -------------------------------------------------------------- */

static const struct world_alias *
alias_of(const struct world *world, size_t i)
{
	return &world->aliases[world->keys[i].stream != NULL]
	    [world->keys[i].algorithm == DKIMSIG_ED25519_SHA256]
	    [world->truths[i].slot];
}

bool
world_is_unlinked(const struct world *world, size_t i)
{
	return world->has_aliases && world->truths[i].slot != 0 &&
	    alias_of(world, i)->broken_until > world->now;
}

void
world_break_alias(struct world *world, size_t i, int64_t until)
{
	struct world_key *truth = &world->truths[i];
	struct world_alias *alias;

	if (!world->has_aliases || truth->slot == 0)
		return;
	alias = &world->aliases[world->keys[i].stream != NULL]
	    [world->keys[i].algorithm == DKIMSIG_ED25519_SHA256][truth->slot];
	alias->broken_until = until;
	alias->is_wrong = world_chance(world, 500);
	/* What then fails is not for the host to prevent. */
	truth->harmed_until = until + world->policy.ttl + world->negative;
}

static void
look_at_alias(const struct world *world, size_t i, struct lifecycle_fact *fact)
{
	if (!world->has_aliases || world->truths[i].slot == 0)
		return;
	fact->record = fact->view;
	fact->alias = world->dns_is_down ? LIFECYCLE_UNKNOWN :
	    !world_is_unlinked(world, i) ? LIFECYCLE_RIGHT :
	    alias_of(world, i)->is_wrong ? LIFECYCLE_WRONG :
	    LIFECYCLE_ABSENT;
	if (fact->alias == LIFECYCLE_RIGHT)
		return;
	fact->view = fact->alias;
	fact->is_shown = false;
}

/* No cache has what was at the name of the CNAME while it was broken. */
static void
check_alias(const struct world *world, size_t i)
{
	const struct world_alias *alias;

	if (!world->has_aliases || world->truths[i].slot == 0)
		return;
	alias = alias_of(world, i);
	if (alias->broken_until > 0 && alias->broken_until +
	    (alias->is_wrong ? world->policy.ttl : world->negative) >
	    world->now)
		broken(world, i, "goes on, and its CNAME is not right for all");
}

/* What resolvers outside show lets the key begin; others may be worse. */
static void
check_outside(const struct world *world, size_t i, bool is_only_choice)
{
	const enum lifecycle_outside outside = world_outside(world, i);

	if (!world->policy.asks_outside ||
	    outside == LIFECYCLE_OUTSIDE_RIGHT ||
	    (is_only_choice && (world->dns_is_down ||
	    outside == LIFECYCLE_OUTSIDE_UNKNOWN)))
		return;
	broken(world, i, "goes on, and resolvers outside do not see it");
}

/* No key waits for the other host if the previous one cannot go on. */
static void
check_host(const struct world *world, size_t i, bool is_urgent)
{
	const struct lifecycle_line line = lifecycle_line_of(&world->keys[i]);
	bool is_failing = false;
	size_t j;

	for (j = 0; j < world->state.nkeys; j++)
		is_failing |= j != i &&
		    lifecycle_line_has(&line, &world->keys[j]) &&
		    ks_key_is_active(&world->keys[j],
		    world_clock(world)) &&
		    (world->facts[j].view == LIFECYCLE_REVOKED ||
		    world->facts[j].view == LIFECYCLE_FOREIGN);
	if (world->has_host && !world->truths[i].has_copy && !is_failing &&
	    (!is_urgent || world->nrotations == 0))
		broken(world, i, "begins, and another host lacks it");
}

static void
activate(struct world *world, const struct lifecycle_action *action)
{
	struct ks_key *key = &world->keys[action->key], *other;
	const struct lifecycle_line line = lifecycle_line_of(key);
	bool is_urgent = true;
	size_t i;

	for (i = 0; i < world->state.nkeys; i++) {
		other = &world->keys[i];
		if (other == key || !lifecycle_line_has(&line, other))
			continue;
		if (ks_key_is_active(other, world_clock(world)) &&
		    !other->compromised && !is_damaged(world, i))
			is_urgent = false;
	}
	check_host(world, action->key, is_urgent);
	for (i = 0; i < world->state.nkeys; i++) {
		other = &world->keys[i];
		if (other == key || !lifecycle_line_has(&line, other))
			continue;
		if (ks_key_is_active(other, action->at))
			other->retire_at = action->at;
	}
	check_outside(world, action->key, is_urgent);
	if (is_damaged(world, action->key))
		broken(world, action->key, "begins, and cannot sign");
	if (world->policy.store_fault && action->compromised == NULL)
		broken(world, action->key, "begins while the store is at "
		    "fault");
	key->active_from = action->at;
	world->nrotations++;
}

/* A change that a server may refuse.  False when it did. */
static bool
change(struct world *world, size_t i, enum world_record record)
{
	if (world->policy.by_hand)
		return true;
	if (world->dns_is_down || world_chance(world, 10)) {
		world->facts[i].was_tried = true;
		return false;
	}
	world_publish(world, i, record);
	return true;
}

static void
note_silence(const struct world *world, size_t j, struct lifecycle_fact *fact)
{
	const struct silence *silence = &world->health[j].silence;
	const int64_t clock = world_clock(world);
	const int64_t since = silence_is_void(silence, clock) ? clock :
	    silence->since;

	if (!fact->has_silent || since > fact->silent_since)
		fact->silent_since = since;
	fact->has_silent = true;
}

static void
look(struct world *world, size_t i)
{
	const struct world_server *servers = world->truths[i].servers;
	struct lifecycle_fact *fact = &world->facts[i];
	enum world_record record;
	size_t j;

	fact->view = world_view(world, i);
	fact->outside = LIFECYCLE_OUTSIDE_UNASKED;
	fact->cache_wait = world->policy.ttl > world->negative ?
	    world->policy.ttl : world->negative;
	fact->negative_wait = world->negative;
	/* A slot had another key. */
	fact->is_unused = fact->view == LIFECYCLE_ABSENT &&
	    world->truths[i].slot == 0;
	fact->has_other = fact->is_shown = fact->has_silent = false;
	fact->silent_since = KS_NEVER;
	fact->expire = world->expire;
	for (j = 0; j < WORLD_SERVERS && !world->dns_is_down; j++) {
		record = shown(world, &servers[j]);
		if (world->health[j].is_dead)
			note_silence(world, j, fact);
		else if (record == WORLD_FULL)
			fact->is_shown = fact->view == LIFECYCLE_RIGHT ||
			    fact->view == LIFECYCLE_UNKNOWN;
		else if (record != WORLD_NONE)
			fact->has_other = true;
	}
	if (world->has_aliases)
		fact->has_other = true;
	look_at_alias(world, i, fact);
}

/*
 * Whether a record that comes back matters: without its private key, only if
 * that may be disclosed, as none is that never signed when its domain leaves.
 */
static bool
is_harmful(const struct world *world, size_t i)
{
	return world->truths[i].last_signature != KS_NEVER ||
	    (!world->policy.is_leaving && !world->keys[i].ending);
}

/* Whether the private key may go; as in a run, that asks DNS before. */
static bool
may_destroy(struct world *world, size_t i)
{
	const struct world_server *servers = world->truths[i].servers;
	struct lifecycle_fact *fact = &world->facts[i];
	const struct world_health *health;
	size_t j;

	look(world, i);
	for (j = 0; j < WORLD_SERVERS && !world->dns_is_down; j++)
		if (!world->health[j].is_dead &&
		    shown(world, &servers[j]) == WORLD_FULL)
			return false;
	if (lifecycle_destroy_time(&world->keys[i], fact, &world->policy) >
	    world_clock(world))
		return false;
	for (j = 0; j < WORLD_SERVERS && !world->dns_is_down; j++) {
		health = &world->health[j];
		if (is_harmful(world, i) && health->is_dead &&
		    servers[j].record == WORLD_FULL &&
		    health->stuck + world->expire > world->now &&
		    world->last_forward < health->stuck)
			broken(world, i, "destroyed, and a dead server may "
			    "come back with its record");
	}
	return true;
}

static void
publish(struct world *world, size_t i, int64_t clock)
{
	if (!change(world, i, WORLD_FULL))
		return;
	if (world->truths[i].harmed_until == INT64_MAX)
		world->truths[i].harmed_until = world->now +
		    world->propagation + world->policy.ttl;
	world->keys[i].published = clock;
	look(world, i);
	if (world->facts[i].view == LIFECYCLE_ABSENT)
		world->facts[i].view = LIFECYCLE_UNKNOWN;
}

static void
step(struct world *world, const struct lifecycle_action *action)
{
	const int64_t clock = world_clock(world);
	const size_t i = action->key;
	struct ks_key *key = &world->keys[i];

	switch (action->step) {
	case LIFECYCLE_NOTHING:
	case LIFECYCLE_ARCHIVE:
		break;
	case LIFECYCLE_LOOK:
		look(world, i);
		break;
	case LIFECYCLE_LOOK_OUTSIDE:
		/* An early question would do harm. */
		if (world_view(world, i) != LIFECYCLE_RIGHT &&
		    (!world->facts[i].is_shown || key->verified == KS_NEVER))
			broken(world, i, "is asked for outside too early");
		world->facts[i].outside = world_outside(world, i);
		if (world->facts[i].outside != LIFECYCLE_OUTSIDE_RIGHT)
			world->ninvisible++;
		break;
	case LIFECYCLE_GENERATE:
		generate(world, &(struct lifecycle_line){ action->stream,
		    action->algorithm });
		break;
	case LIFECYCLE_PUBLISH:
		publish(world, i, clock);
		break;
	case LIFECYCLE_SEEN:
		if (key->published == KS_NEVER)
			key->published = clock;
		key->seen = clock;
		break;
	case LIFECYCLE_UNUSED:
		key->absent = clock;
		key->absent_for = world->negative;
		break;
	case LIFECYCLE_GIVE_UP:
		if (lifecycle_was_taken(key, clock) ||
		    world->truths[i].slot != 0)
			broken(world, i, "is given up");
		key->contested = true;
		key->absent = KS_NEVER;
		key->removed = clock;
		world->ngiven_up++;
		break;
	case LIFECYCLE_UNSEEN:
		key->seen = key->verified = KS_NEVER;
		if (world->facts[i].has_other) {
			key->absent = KS_NEVER;
			key->contested = true;
		}
		break;
	case LIFECYCLE_VERIFY:
		check_outside(world, i, false);
		check_alias(world, i);
		key->verified = clock;
		break;
	case LIFECYCLE_ACTIVATE:
		activate(world, action);
		break;
	case LIFECYCLE_RETIRE:
		key->retire_at = action->at;
		break;
	case LIFECYCLE_REVOKE:
		if (change(world, i, WORLD_EMPTY)) {
			world_withdraw(world, i);
			key->revoked = clock;
		}
		break;
	case LIFECYCLE_REMOVE:
		if (change(world, i, WORLD_NONE)) {
			world_withdraw(world, i);
			key->removed = clock;
		}
		break;
	case LIFECYCLE_DESTROY:
		world->facts[i].was_tried = true;
		if (!may_destroy(world, i))
			break;
		world->facts[i].has_file = false;
		world->ndestroyed++;
		break;
	}
}

/* Keys that are gone do nothing any more; some are kept to see that. */
static void
forget_gone(struct world *world)
{
	size_t i, j, n;

	for (i = n = 0; i < world->state.nkeys; i++)
		if (!world->facts[i].has_file && world->truths[i].slot == 0)
			n++;
	for (i = j = 0; i < world->state.nkeys; i++) {
		if (!world->facts[i].has_file &&
		    world->truths[i].slot == 0 && n > SETTLED) {
			n--;
			continue;
		}
		world->keys[j] = world->keys[i];
		world->facts[j] = world->facts[i];
		world->truths[j++] = world->truths[i];
	}
	world->state.nkeys = j;
}

static bool
changes_dns(enum lifecycle_step step)
{
	return step == LIFECYCLE_PUBLISH || step == LIFECYCLE_REVOKE ||
	    step == LIFECYCLE_REMOVE;
}

void
world_run(struct world *world)
{
	const bool is_cut = world_chance(world, world->crash_percent * 10);
	struct lifecycle_action action;
	struct ks_key before;
	size_t i, n, nmax;

	world->policy.nunmakable = 0;
	for (i = 0; i < world->state.nkeys; i++) {
		world->facts[i].view = LIFECYCLE_UNASKED;
		world->facts[i].alias = LIFECYCLE_UNASKED;
		world->facts[i].was_tried = false;
	}
	look_at_files(world);
	count_silences(world);
	for (n = 0;; n++) {
		world_note_host(world);
		nmax = 14 * world->state.nkeys + 24;
		lifecycle_next(&world->state, world->facts, &world->policy,
		    world_clock(world), &action);
		if (action.step == LIFECYCLE_NOTHING)
			break;
		if (n == nmax)
			broken(world, action.key, "more steps than there are");
		note(world, (uint64_t)action.step * 4096 + action.key);
		note(world, (uint64_t)(world_clock(world) + action.at));
		/* Killed between the change in DNS and that of the state. */
		before = world->keys[action.key];
		step(world, &action);
		if (is_cut && n % 7 == 3) {
			if (changes_dns(action.step))
				world->keys[action.key] = before;
			return;
		}
	}
	world->last_run = world->now;
	if (world->has_host && !world->host_is_away)
		push(world);
	if (!world->dns_is_down && !world->outside_is_silent &&
	    !world->outside_is_split)
		world->last_good_run = world->now;
	forget_gone(world);
}

long
world_active_of(const struct world *world, const struct lifecycle_line *line)
{
	size_t i;

	for (i = 0; i < world->state.nkeys; i++)
		if (lifecycle_line_has(line, &world->keys[i]) &&
		    !is_damaged(world, i) &&
		    ks_key_is_active(&world->keys[i], world_clock(world)))
			return (long)i;
	return -1;
}

long
world_standby_of(const struct world *world, const struct lifecycle_line *line)
{
	const struct ks_key *key;
	size_t i;

	for (i = 0; i < world->state.nkeys; i++) {
		key = &world->keys[i];
		if (lifecycle_line_has(line, key) &&
		    !key->compromised && key->verified != KS_NEVER &&
		    key->verified <= world_clock(world) &&
		    key->active_from == KS_NEVER &&
		    key->retire_at == KS_NEVER && key->revoked == KS_NEVER &&
		    key->removed == KS_NEVER)
			return (long)i;
	}
	return -1;
}

long
world_active(const struct world *world, enum dkimsig_algorithm algorithm)
{
	const struct lifecycle_line line = { NULL, algorithm };

	return world_active_of(world, &line);
}

long
world_standby(const struct world *world, enum dkimsig_algorithm algorithm)
{
	const struct lifecycle_line line = { NULL, algorithm };

	return world_standby_of(world, &line);
}
