/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: the history of a domain's state.  The first octets choose a
 * policy; each octet that follows is some hours, and what happens then: DNS or
 * resolvers outside fail, a server dies or comes back, the timer stops, runs
 * are cut off, another host is away, a CNAME is lost, the policy changes, a
 * key is compromised.  Then all that is due is done, and mail is signed.
 *
 * lifecycleworld.h says what must never happen.  Besides, each state is one
 * that can be written, and is read again as it was; and no key comes back.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lifecycleworld.h"
#include "store/state.h"

#define HOUR		INT64_C(3600)
#define DAY		(24 * HOUR)
#define MAX_STEPS	400

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* How far a key has come; it never goes back. */
static unsigned int
stage_of(const struct ks_key *key)
{
	return key->removed != KS_NEVER ? 3 : key->revoked != KS_NEVER ? 2 :
	    key->retire_at != KS_NEVER;
}

/* What the state has had, by selector. */
static struct {
	char		 selector[KS_SELECTOR_SIZE];
	unsigned int	 stage;
} seen[WORLD_KEYS];
static size_t nseen;

static void
check_key(const struct ks_key *key)
{
	size_t i;

	for (i = 0; i < nseen; i++)
		if (strcmp(seen[i].selector, key->selector) == 0)
			break;
	if (i == WORLD_KEYS || (i < nseen && stage_of(key) < seen[i].stage))
		abort();
	if (i == nseen) {
		nseen++;
		memcpy(seen[i].selector, key->selector,
		    sizeof(seen[i].selector));
	}
	seen[i].stage = stage_of(key);
}

static void
check_state(const struct world *world)
{
	struct ks_state state;
	char *text, *again;
	size_t len, againlen, line, i;
	const char *why;

	for (i = 0; i < world->state.nkeys; i++)
		check_key(&world->keys[i]);
	if (world->state.nkeys == 0)
		return;
	if (state_print(&world->state, &text, &len) != 0 ||
	    state_parse(text, len, &state, &line, &why) != 0 ||
	    state_print(&state, &again, &againlen) != 0 || len != againlen ||
	    memcmp(text, again, len) != 0)
		abort();
	ks_state_finish(&state);
	free(text);
	free(again);
}

static void
choose_policy(struct world *world, unsigned int first, unsigned int second)
{
	static const int64_t times[] = { HOUR, 6 * HOUR, DAY, 8 * DAY };

	world->policy = (struct lifecycle_policy){
		.wants_ed25519 = (first & 1) != 0,
		.asks_outside = (first & 2) != 0,
		.every = times[1 + first / 4 % 3] * 2,
		.publish_lead = (first & 16) != 0 ? DAY : 0,
		.retain = times[first / 32 % 4],
		.revoke_for = times[second % 4],
		.ttl = times[second / 4 % 3],
		.signature_lifetime = times[1 + second / 16 % 3],
		.queue_lifetime = (first & 128) != 0 ? 5 * DAY : 0,
	};
	if ((second & 64) != 0)
		world->policy.streams[world->policy.nstreams++] = "desk";
	world->has_slots = world->has_aliases = (second & 128) != 0;
	world->has_host = !world->has_slots && (first & 64) != 0;
	world->propagation = HOUR;
	world->outside_lag = 4 * HOUR;
	world->negative = 600;
	(void)strlcpy(world->state.domain, "example.com",
	    sizeof(world->state.domain));
}

static void
turn_server(struct world *world, size_t j, bool is_dead)
{
	if (world->health[j].is_stuck)
		world_start_server(world, j);
	else
		world_stop_server(world, j, is_dead);
}

static void
compromise(struct world *world)
{
	const long active = world_active(world, DKIMSIG_RSA_SHA256);

	if (active != -1)
		world->keys[active].compromised = true;
}

/* What happens; returns for how long no run is made. */
static int64_t
happen(struct world *world, unsigned int what)
{
	switch (what % 16) {
	case 0:
		world->dns_is_down = !world->dns_is_down;
		break;
	case 1:
		world->outside_is_silent = !world->outside_is_silent;
		break;
	case 2:
		world->outside_is_split = !world->outside_is_split;
		break;
	case 3:
		turn_server(world, 1, true);
		break;
	case 4:
		turn_server(world, 2, false);
		break;
	case 5:
		world->host_is_away = world->has_host && !world->host_is_away;
		break;
	case 6:
		if (world->has_aliases && world->state.nkeys > 0)
			world_break_alias(world, (size_t)world_random(world,
			    (int64_t)world->state.nkeys), world->now + DAY);
		break;
	case 7:
		world->crash_percent = world->crash_percent == 0 ? 50 : 0;
		break;
	case 8:
		world->policy.wants_ed25519 = !world->policy.wants_ed25519;
		break;
	case 9:
		compromise(world);
		break;
	case 10:
		return 10 * DAY;
	case 11:
		world->policy.is_leaving = !world->policy.is_leaving;
		break;
	default:
		break;
	}
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct world world;
	size_t i;

	if (len < 3 || len > MAX_STEPS)
		return 0;
	world_init(&world, "fuzz", data[2]);
	choose_policy(&world, data[0], data[1]);
	nseen = 0;
	for (i = 3; i < len && world.state.nkeys < WORLD_KEYS / 2; i++) {
		world.now += HOUR * (1 + data[i] / 16);
		world_sign(&world, (data[i] & 1) != 0);
		world.now += happen(&world, data[i]);
		world_run(&world);
		check_state(&world);
	}
	world_finish(&world);
	return 0;
}
