/* SPDX-License-Identifier: ISC */

/*
 * What happens in a simulated decade without anybody's wish.
 */

#include "decade.h"

#include <stdlib.h>
#include <string.h>

static int64_t
duration(void)
{
	const int64_t kind = decade_random(10);

	return HOUR + decade_random(kind < 4 ? 12 * HOUR : kind < 8 ?
	    5 * DAY : 60 * DAY);
}

static void
stop_server(enum manner manner)
{
	const size_t j = manner == IS_STUCK || decade_chance(800) ?
	    1 + (size_t)decade_random(SERVERS - 1) : 0;

	if (decade->servers[j].manner != ANSWERS)
		return;
	decade_say("ns%zu: %s", j, manner == IS_STUCK ? "stuck" : "silent");
	outside_stop(j, manner, decade->now + duration());
}

/* A name with the record of a key in use; NAMES: none. */
static size_t
name_in_use(void)
{
	const struct ks_state *state = &decade->hosts[0].state;
	const struct ks_key *key;

	if (state->nkeys == 0)
		return NAMES;
	key = &state->keys[decade_random((int64_t)state->nkeys)];
	return key->removed != KS_NEVER ? NAMES :
	    decade->truths[key_id(key)].name;
}

static void
lie(void)
{
	struct server *server = &decade->servers[decade_random(SERVERS)];
	static const int lies[] = { SHOWS_NOTHING, SHOWS_EMPTY, STRANGER };

	server->lies_at = decade_chance(300) ? NAMES : name_in_use();
	server->lie = server->lies_at == NAMES ? SHOWS_NOTHING :
	    lies[decade_random(3)];
	server->lies_since = decade->now;
	server->lies_until = decade->now + duration();
	decade_say("ns%d lies: %d at %zu", (int)(server - decade->servers),
	    server->lie, server->lies_at);
	outside_observe();
}

static void
harm(void)
{
	const size_t name = name_in_use();

	if (name == NAMES || decade->servers[0].manner == IS_SILENT)
		return;
	decade_say("stranger changes %s", decade->names[name].text);
	outside_change(name, decade_chance(500) ? SHOWS_NOTHING : STRANGER,
	    true);
	decade->causes[CAUSE_HARM] = decade->now;
}

static void
damage(struct keystore *host)
{
	struct file *file;

	if (host->nfiles == 0)
		return;
	file = &host->files[decade_random((int64_t)host->nfiles)];
	decade_say("file %s is harmed", file->selector);
	if (decade_chance(300))
		file->is_lost = true;
	else
		file->damaged_until = decade->now + duration();
	decade->causes[CAUSE_FILE] = decade->now;
}

/* Whether the backup does not know when the key was used last. */
static bool
has_forgotten(const struct file *file, const struct truth *truth)
{
	return file == NULL || file->last_use == KS_NEVER ||
	    file->last_use + HOUR < truth->last_signature;
}

static void
restore(struct keystore *host)
{
	const struct backup *backup = decade->backup;
	const struct ks_key *key;
	struct truth *truth;
	size_t i;

	if (!backup->exists)
		return;
	decade_say("the store is restored from a backup");
	ks_state_finish(&host->state);
	state_copy(&host->state, &backup->state);
	host->has_state = true;
	memcpy(host->files, backup->files, sizeof(host->files));
	host->nfiles = backup->nfiles;
	peers_forget();
	host->restored = decade->now;
	decade->causes[CAUSE_STATE] = decade->now;
	for (i = 0; i < host->state.nkeys; i++) {
		key = &host->state.keys[i];
		truth = &decade->truths[key_id(key)];
		if (truth->withdrawn != KS_NEVER ||
		    truth->retired != KS_NEVER ||
		    has_forgotten(file_any(host, key->selector), truth))
			truth->was_revived = true;
	}
}

static void
lose_state(struct keystore *host)
{
	decade_say("the state is lost");
	ks_state_finish(&host->state);
	host->has_state = false;
	peers_forget();
	decade->causes[CAUSE_STATE] = decade->now;
}

static void
set_clock(struct keystore *host)
{
	if (host->ahead != 0)
		return;
	host->ahead = decade_chance(300) ? decade_random(YEAR) :
	    decade_random(24 * HOUR) - 12 * HOUR;
	if (host->ahead > 0)
		host->last_forward = decade->now;
	host->wrong_until = decade->now + duration();
	decade->causes[CAUSE_CLOCK] = decade->now;
	decade_say("the clock is %lld s ahead", (long long)host->ahead);
}

static void
compromise(struct keystore *host)
{
	struct ks_key *key;
	size_t i;

	for (i = 0; i < host->state.nkeys; i++) {
		key = &host->state.keys[i];
		if (!ks_key_is_active(key, host_clock(host)) ||
		    decade_chance(300))
			continue;
		decade_say("%s is compromised", key->selector);
		key->compromised = true;
		decade->truths[key_id(key)].is_compromised = true;
		decade->causes[CAUSE_COMPROMISE] = decade->now;
	}
}

static void
clone_host(void)
{
	struct keystore *clone = &decade->hosts[1];
	size_t i;

	if (clone->exists || !decade->hosts[0].has_state)
		return;
	decade_say("the machine is cloned");
	ks_state_finish(&clone->state);
	*clone = decade->hosts[0];
	clone->ntold = 0;
	state_copy(&clone->state, &decade->hosts[0].state);
	for (i = 0; i < clone->state.nkeys; i++)
		decade->truths[key_id(&clone->state.keys[i])].was_shared = true;
	decade->causes[CAUSE_CLONE] = decade->now;
}

static void
change_policy(void)
{
	struct rotation *rotation = &decade->rotation;

	switch (decade_random(3)) {
	case 0:
		rotation->every = (60 + decade_random(120)) * DAY;
		break;
	case 1:
		rotation->wants_ed25519 = !rotation->wants_ed25519;
		break;
	default:
		rotation->retain = decade_random(20) * DAY;
	}
	decade->causes[CAUSE_POLICY] = decade->now;
	decade_say("the policy changes");
}

static void
strike(unsigned int fate)
{
	struct keystore *host = &decade->hosts[0];

	switch (fate) {
	case FATE_SILENT:
		stop_server(IS_SILENT);
		break;
	case FATE_STUCK:
		stop_server(IS_STUCK);
		break;
	case FATE_LIES:
		lie();
		break;
	case FATE_HARM:
		harm();
		break;
	case FATE_OUTSIDE:
		if (decade_chance(500))
			decade->split_until = decade->now + duration();
		else
			decade->mute_until = decade->now + duration();
		break;
	case FATE_NET:
		host->net_down_until = decade->now + duration();
		break;
	case FATE_UPDATE:
		decade->update_off_until = decade->now + duration();
		break;
	case FATE_FILES:
		damage(host);
		break;
	case FATE_RESTORE:
		restore(host);
		break;
	case FATE_LOSS:
		lose_state(host);
		break;
	case FATE_CLOCKS:
		set_clock(host);
		break;
	case FATE_COMPROMISE:
		compromise(host);
		break;
	case FATE_CLONES:
		clone_host();
		break;
	case FATE_DOWN:
		if (decade_chance(500))
			host->down_until = decade->now + duration();
		else
			host->timer_off_until = decade->now + duration();
		break;
	case FATE_POLICY:
		change_policy();
		break;
	}
}

/* The owner of the domain loses a CNAME, or makes it lead elsewhere. */
static void
break_alias(void)
{
	static const enum dns_alias_fault faults[] = { DNS_ALIAS_ABSENT,
	    DNS_ALIAS_TARGET, DNS_ALIAS_DOUBLED };
	static const int64_t longest[] = { 12 * HOUR, 5 * DAY, 60 * DAY };
	size_t name;

	if (decade->fates == 0 || decade->rotation.cname_zone == NULL ||
	    decade->nnames == 0 || peers_random(3000) != 0)
		return;
	name = (size_t)peers_random((int64_t)decade->nnames);
	outside_break_alias(name, faults[peers_random(3)], decade->now + HOUR +
	    peers_random(longest[peers_random(3)]));
	decade_say("the CNAME to %s is broken until %lld h from now",
	    decade->names[name].text, (long long)
	    ((decade->names[name].alias_until - decade->now) / HOUR));
}

/* What has lasted its time ends by itself, except in the worst of worlds. */
static void
recover(void)
{
	struct keystore *host = &decade->hosts[0];
	struct backup *backup = decade->backup;
	size_t j;

	for (j = 0; j < SERVERS; j++)
		if (decade->servers[j].manner != ANSWERS &&
		    decade->servers[j].until <= decade->now)
			outside_start(j);
	if (host->ahead != 0 && host->wrong_until <= decade->now) {
		if (host->ahead < 0)
			host->last_forward = decade->now;
		host->ahead = 0;
	}
	if (host->has_state && decade_chance(2)) {
		ks_state_finish(&backup->state);
		state_copy(&backup->state, &host->state);
		memcpy(backup->files, host->files, sizeof(host->files));
		backup->nfiles = host->nfiles;
		backup->exists = true;
	}
}

void
fate_strike(void)
{
	unsigned int fate;

	recover();
	break_alias();
	if (decade->now < decade->next_action)
		return;
	decade->next_action = decade->now + HOUR + decade_random(50 * DAY);
	fate = 1u << decade_random(15);
	if ((decade->fates & fate) != 0)
		strike(fate);
}
