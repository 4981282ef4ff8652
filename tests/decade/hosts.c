/* SPDX-License-Identifier: ISC */

/*
 * Other hosts of a simulated decade, that sign with copies of the keys.
 *
 * After each of its runs the first host pushes its state and keys to those that
 * it reaches, and notes what they have, as keys/sync does.  One that is away,
 * for hours or weeks, signs on with what it has.  What the first host notes is
 * what the product's code finds by ks_hosts_find() and ks_host_key().
 *
 * All that happens to them comes from random numbers of their own, so the
 * worlds without them are as they were.
 */

#include "decade.h"

#include <stdlib.h>
#include <string.h>

static const char *const peer_names[PEERS] = { "mx2.example", "mx3.example" };

int64_t
peers_random(int64_t limit)
{
	const uint64_t random = decade->random;
	int64_t n;

	decade->random = decade->peer_random;
	n = decade_random(limit);
	decade->peer_random = decade->random;
	decade->random = random;
	return n;
}

void
peers_init(void)
{
	size_t i;

	decade->peer_random = decade->seed * 6364136223846793005u +
	    1442695040888963407u;
	if (peers_random(1000) >= 300)
		return;
	decade->npeers = 1 + (size_t)peers_random(PEERS);
	if ((decade->peers = calloc(PEERS, sizeof(*decade->peers))) == NULL)
		abort();
	for (i = 0; i < decade->npeers; i++) {
		(void)strlcpy(decade->peers[i].record.host, peer_names[i],
		    sizeof(decade->peers[i].record.host));
		decade->peers[i].record.reached =
		    decade->peers[i].record.failing = KS_NEVER;
	}
	decade->config.sync_hosts.texts = peer_names;
	decade->config.sync_hosts.n = decade->npeers;
	/* A clone would push as well; the rotator file is not simulated. */
	decade->fates &= ~(unsigned int)FATE_CLONES;
}

void
peers_finish(void)
{
	size_t i;

	for (i = 0; i < decade->npeers; i++)
		ks_state_finish(&decade->peers[i].state);
	free(decade->peers);
}

/* -- What the product finds ---------------------------------------------- */

struct ks_host_record *
ks_hosts_find(const struct ks_hosts *hosts, const char *host)
{
	size_t i;

	(void)hosts;
	for (i = 0; i < decade->npeers; i++)
		if (strcmp(decade->peers[i].record.host, host) == 0)
			return decade->peers[i].was_pushed ?
			    &decade->peers[i].record : NULL;
	return NULL;
}

static struct peer *
peer_of(const struct ks_host_record *record)
{
	size_t i;

	for (i = 0; i < decade->npeers; i++)
		if (&decade->peers[i].record == record)
			return &decade->peers[i];
	return NULL;
}

const struct ks_host_key *
ks_host_key(const struct ks_host_record *record, const char *domain,
    const struct ks_key *key)
{
	const struct peer *peer = peer_of(record);

	(void)domain;
	return peer == NULL || !peer->copies[key_id(key)].is_known ? NULL :
	    &peer->copies[key_id(key)].known;
}

/* -- Pushes -------------------------------------------------------------- */

/* The last moment at which it could sign, by the clock of the first host. */
static int64_t
last_moment(const struct ks_host_key *known)
{
	const int64_t end = known->until + KS_HANDOVER;
	const int64_t taken = known->since + KS_RECHECK + 1;

	return end > taken ? end : taken;
}

static void
push_key(struct keystore *host, struct peer *peer, const struct ks_key *key)
{
	struct copy *copy = &peer->copies[key_id(key)];
	const struct file *file = file_find(host, key->selector);
	const int64_t clock = host_clock(host);
	struct ks_host_key *known = &copy->known;

	if (!copy->is_known) {
		memset(known, 0, sizeof(*known));
		known->taken = known->until = known->since = known->used =
		    KS_NEVER;
	}
	copy->is_known = true;
	if (file_is_good(file) && file->id == key_id(key)) {
		if (!copy->has_key)
			copy->last_use = KS_NEVER;
		copy->has_key = true;
	}
	known->generated = key->generated;
	if (copy->has_key && known->taken == KS_NEVER)
		known->taken = clock;
	if (known->until != key->retire_at) {
		known->until = key->retire_at;
		known->since = known->until == KS_NEVER ? KS_NEVER : clock;
		known->used = KS_NEVER;
		known->is_final = false;
	} else if (known->until != KS_NEVER && !known->is_final &&
	    clock > last_moment(known)) {
		known->is_final = true;
		known->used = !copy->has_key ? KS_NEVER :
		    copy->last_use > clock ? clock : copy->last_use;
	}
}

static void
push(struct keystore *host, struct peer *peer)
{
	size_t i;

	ks_state_finish(&peer->state);
	state_copy(&peer->state, &host->state);
	for (i = 0; i < host->state.nkeys; i++)
		if (host->state.keys[i].removed == KS_NEVER)
			push_key(host, peer, &host->state.keys[i]);
}

void
peers_push(struct keystore *host)
{
	struct peer *peer;
	size_t i;

	if (host != &decade->hosts[0] || !host->has_state)
		return;
	for (i = 0; i < decade->npeers; i++) {
		peer = &decade->peers[i];
		peer->was_pushed = true;
		if (host->net_down_until > decade->now ||
		    peer->away_until > decade->now) {
			if (peer->record.failing == KS_NEVER)
				peer->record.failing = host_clock(host);
			(void)strlcpy(peer->record.fault, "no route",
			    sizeof(peer->record.fault));
			continue;
		}
		peer->record.failing = KS_NEVER;
		peer->record.reached = host_clock(host);
		push(host, peer);
	}
}

/* The first host has lost what it knew of them. */
void
peers_forget(void)
{
	size_t i, j;

	for (i = 0; i < decade->npeers; i++) {
		decade->peers[i].was_pushed = false;
		for (j = 0; j < NAMES; j++)
			decade->peers[i].copies[j].is_known = false;
	}
}

/* -- What they do -------------------------------------------------------- */

static bool
may_sign(const struct peer *peer, const struct ks_key *key, bool begun)
{
	return peer->copies[key_id(key)].has_key && (begun ?
	    ks_key_may_sign(key, decade->now) :
	    ks_key_is_active(key, decade->now));
}

static void
sign_all(struct peer *peer)
{
	const bool begun = peers_random(1000) < 200;
	struct copy *copy;
	size_t i;

	for (i = 0; i < peer->state.nkeys; i++) {
		if (!may_sign(peer, &peer->state.keys[i], begun))
			continue;
		copy = &peer->copies[key_id(&peer->state.keys[i])];
		judge_peer_mail(&peer->state.keys[i]);
		copy->last_use = decade->now;
	}
}

/* Every hour: they sign mail, and go away for hours, days or weeks. */
void
peers_live(void)
{
	static const int64_t longest[] = { 12 * HOUR, 5 * DAY, 60 * DAY };
	struct peer *peer;
	size_t i;

	for (i = 0; i < decade->npeers; i++) {
		peer = &decade->peers[i];
		if (decade->fates != 0 && peer->away_until <= decade->now &&
		    peers_random(1000) < 1) {
			peer->away_until = decade->now + HOUR + peers_random(
			    longest[peers_random(3)]);
			decade_say("%s is away for %lld h", peer->record.host,
			    (long long)((peer->away_until - decade->now) /
			    HOUR));
		}
		if (peers_random(1000) < (int64_t)decade->mail)
			sign_all(peer);
	}
}

/* Somebody brings them back. */
void
peers_repair(void)
{
	size_t i;

	for (i = 0; i < decade->npeers; i++)
		decade->peers[i].away_until = decade->now;
}

bool
peers_are_away(void)
{
	size_t i;

	for (i = 0; i < decade->npeers; i++)
		if (decade->peers[i].away_until > decade->now)
			return true;
	return false;
}

/* Whether the first host does not know that all of them have the key. */
bool
peers_lack(int id)
{
	const struct copy *copy;
	size_t i;

	for (i = 0; i < decade->npeers; i++) {
		copy = &decade->peers[i].copies[id];
		if (!copy->is_known || copy->known.taken == KS_NEVER ||
		    !copy->has_key)
			return true;
	}
	return false;
}

/* Whether one of them may sign with the key now. */
bool
peers_may_sign(int id)
{
	const struct peer *peer;
	size_t i, j;

	for (i = 0; i < decade->npeers; i++) {
		peer = &decade->peers[i];
		for (j = 0; j < peer->state.nkeys; j++)
			if (key_id(&peer->state.keys[j]) == id &&
			    may_sign(peer, &peer->state.keys[j], false))
				return true;
	}
	return false;
}
