/* SPDX-License-Identifier: ISC */

/*
 * Questions about a single key of a domain: what it waits for, how long its
 * record is needed, and what is wrong with it.
 *
 * Pure functions of the key, of what DNS shows (the fact), the policy and the
 * time given; nothing can fail.  The rules that decide between keys are in
 * lifecycle.c.
 */

#include "life/private.h"

#include "life/key_phase.h"
#include "store/last_use.h"

/* A key is overdue after it has signed a quarter longer than it should. */
#define OVERDUE_PART	4

int64_t
lifecycle_later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

bool
lifecycle_is_past(int64_t when, int64_t now)
{
	return when != KS_NEVER && when <= now;
}

bool
lifecycle_has_future(const struct ks_key *key, int64_t now)
{
	return key->generated > now || key->published > now ||
	    key->seen > now || key->verified > now || key->revoked > now ||
	    key->removed > now;
}

bool
lifecycle_has_ended(const struct ks_key *key, int64_t now)
{
	return key_phase(key, now) >= KEY_RETIRED;
}

bool
lifecycle_is_candidate(const struct ks_key *key, int64_t now)
{
	return key_stays_in_use(key, now) &&
	    key_phase(key, now) < KEY_SCHEDULED;
}

bool
lifecycle_is_wrong(enum lifecycle_view view)
{
	return view == LIFECYCLE_WRONG || view == LIFECYCLE_FOREIGN;
}

enum lifecycle_view
lifecycle_record_view(const struct lifecycle_fact *fact)
{
	return fact->alias == LIFECYCLE_UNASKED ? fact->view : fact->record;
}

bool
lifecycle_lacks_alias(const struct lifecycle_fact *fact)
{
	return fact->alias >= LIFECYCLE_ABSENT &&
	    fact->alias != LIFECYCLE_RIGHT &&
	    (fact->record < LIFECYCLE_ABSENT ||
	    fact->record == LIFECYCLE_RIGHT);
}

const struct ks_key *
lifecycle_predecessor(const struct ks_state *state,
    const struct lifecycle_line *line, int64_t now)
{
	const struct ks_key *key, *last = NULL;
	size_t i;

	for (i = 0; i < state->nkeys; i++) {
		key = &state->keys[i];
		if (lifecycle_line_has(line, key) &&
		    lifecycle_is_past(key->active_from, now) &&
		    (last == NULL || key->active_from >= last->active_from))
			last = key;
	}
	return last != NULL && last->compromised ? last : NULL;
}

bool
lifecycle_was_published(const struct ks_key *key)
{
	return key->published != KS_NEVER || key->seen != KS_NEVER ||
	    key->active_from != KS_NEVER;
}

bool
lifecycle_is_unproven(const struct ks_key *key, int64_t now)
{
	return lifecycle_is_candidate(key, now) && key->absent == KS_NEVER &&
	    key->published == KS_NEVER && key->seen == KS_NEVER &&
	    !key->contested && key->record[0] == '\0';
}

bool
lifecycle_is_unused(const struct ks_key *key,
    const struct lifecycle_fact *fact, int64_t now)
{
	return lifecycle_is_unproven(key, now) && fact->is_unused &&
	    fact->view == LIFECYCLE_ABSENT && !fact->was_tried;
}

/* Whether another host has signed with a key, or may have. */
static bool
was_used_elsewhere(const struct ks_key *key, const struct lifecycle_fact *fact)
{
	return lifecycle_is_held(key, fact) || fact->host_use > 0;
}

bool
lifecycle_ends_at_once(const struct ks_key *key,
    const struct lifecycle_fact *fact, const struct lifecycle_policy *policy)
{
	return (policy->is_leaving || key->ending) && !key->compromised &&
	    fact->last_use == KS_NEVER && !was_used_elsewhere(key, fact) &&
	    (key->active_from == KS_NEVER ||
	    (key->retire_at != KS_NEVER && key->active_from >= key->retire_at));
}

int64_t
lifecycle_verify_wait(const struct ks_key *key,
    const struct lifecycle_fact *fact, const struct lifecycle_policy *policy)
{
	int64_t wait = fact->cache_wait;

	/* Caches can hold nothing except that nothing exists. */
	if (key->absent != KS_NEVER && !fact->has_other)
		wait = lifecycle_later(key->absent_for, fact->negative_wait);
	return lifecycle_later(wait + LIFECYCLE_ROUNDING,
	    policy->publish_lead);
}

int64_t
lifecycle_verify_time(const struct ks_key *key,
    const struct lifecycle_fact *fact, const struct lifecycle_policy *policy)
{
	return key->seen + lifecycle_verify_wait(key, fact, policy);
}

bool
lifecycle_is_held(const struct ks_key *key, const struct lifecycle_fact *fact)
{
	return fact->is_held && !key->compromised &&
	    key->active_from != KS_NEVER;
}

int64_t
lifecycle_revoke_time(const struct ks_key *key,
    const struct lifecycle_fact *fact, const struct lifecycle_policy *policy)
{
	int64_t last;

	/*
	 * Signers that have the key may sign with it until they check the
	 * state again; that mail should verify.
	 */
	if (key->compromised)
		return fact->last_use == KS_NEVER && !fact->is_held &&
		    fact->host_use <= 0 ? key->retire_at :
		    key->retire_at + KS_RECHECK + 1;
	/* A key that never signed has no signatures to verify. */
	if (fact->last_use == KS_NEVER && !was_used_elsewhere(key, fact) &&
	    (key->active_from == KS_NEVER ||
	    key->active_from >= key->retire_at))
		return key->retire_at;
	/*
	 * If the last use is not known (KS_USE_UNKNOWN is later than any), or
	 * is outside the time in which the key signed because a clock was
	 * wrong, take the last moment at which the key could sign.
	 */
	last = key->retire_at + KS_HANDOVER;
	if (fact->last_use != KS_NEVER &&
	    fact->last_use >= key->active_from && fact->last_use <= last)
		last = fact->last_use + KS_USED_GRAIN;
	/* A host that was away may have signed with it for longer. */
	last = lifecycle_later(last, fact->host_use + KS_USED_GRAIN);
	return lifecycle_later(last + policy->signature_lifetime +
	    policy->queue_lifetime, key->retire_at + policy->retain);
}

int64_t
lifecycle_gone_time(const struct ks_key *key,
    const struct lifecycle_fact *fact, const struct lifecycle_policy *policy,
    int64_t now)
{
	int64_t when = now;

	if (key->removed != KS_NEVER)
		return fact->has_file || key->unconfirmed ?
		    lifecycle_later(now, lifecycle_destroy_time(key, fact,
		    policy)) : now;
	if (lifecycle_ends_at_once(key, fact, policy) ||
	    key->retire_at == KS_NEVER)
		return now;
	if (key->revoked != KS_NEVER)
		when = key->revoked;
	else if (lifecycle_was_published(key))
		when = lifecycle_later(now, lifecycle_revoke_time(key, fact,
		    policy));
	else
		return now + policy->ttl;
	return lifecycle_later(now, when + policy->revoke_for) + policy->ttl;
}

int64_t
lifecycle_destroy_time(const struct ks_key *key,
    const struct lifecycle_fact *fact, const struct lifecycle_policy *policy)
{
	int64_t shown_until = key->removed;

	if (lifecycle_ends_at_once(key, fact, policy))
		return key->removed;
	if (fact->has_silent)
		shown_until = lifecycle_later(key->removed,
		    fact->silent_since) + fact->expire;
	return shown_until + policy->ttl;
}

const char *
lifecycle_step_name(enum lifecycle_step step)
{
	static const char *const names[] = {
		[LIFECYCLE_NOTHING]	= "nothing",
		[LIFECYCLE_LOOK]	= "look",
		[LIFECYCLE_LOOK_OUTSIDE] = "look-outside",
		[LIFECYCLE_GENERATE]	= "generate",
		[LIFECYCLE_UNUSED]	= "unused",
		[LIFECYCLE_GIVE_UP]	= "give-up",
		[LIFECYCLE_PUBLISH]	= "publish",
		[LIFECYCLE_SEEN]	= "seen",
		[LIFECYCLE_UNSEEN]	= "unseen",
		[LIFECYCLE_VERIFY]	= "verify",
		[LIFECYCLE_ACTIVATE]	= "activate",
		[LIFECYCLE_RETIRE]	= "retire",
		[LIFECYCLE_REVOKE]	= "revoke",
		[LIFECYCLE_REMOVE]	= "remove",
		[LIFECYCLE_DESTROY]	= "destroy",
		[LIFECYCLE_ARCHIVE]	= "archive"
	};

	return names[step];
}

bool
lifecycle_is_visible(const struct lifecycle_fact *fact,
    const struct lifecycle_policy *policy)
{
	return fact->outside == LIFECYCLE_OUTSIDE_RIGHT ||
	    fact->outside == LIFECYCLE_OUTSIDE_UNWANTED ||
	    (fact->outside == LIFECYCLE_OUTSIDE_UNASKED &&
	    !policy->asks_outside);
}

bool
lifecycle_must_ask_outside(const struct lifecycle_fact *fact,
    const struct lifecycle_policy *policy)
{
	return policy->asks_outside && !fact->was_tried &&
	    fact->outside == LIFECYCLE_OUTSIDE_UNASKED &&
	    (fact->view == LIFECYCLE_RIGHT || fact->is_shown);
}

int64_t
lifecycle_end_time(const struct ks_key *key,
    const struct lifecycle_policy *policy)
{
	return key->retire_at != KS_NEVER ? key->retire_at :
	    key->active_from + policy->every;
}

enum lifecycle_step
lifecycle_waits_for(const struct ks_key *key,
    const struct lifecycle_fact *fact, const struct lifecycle_policy *policy,
    int64_t now, int64_t *when)
{
	const enum key_phase phase = key_phase(key, now);

	*when = KS_NEVER;
	if (phase == KEY_REMOVED) {
		if (!fact->has_file && !key->unconfirmed)
			return LIFECYCLE_NOTHING;
		*when = lifecycle_destroy_time(key, fact, policy);
		return LIFECYCLE_DESTROY;
	}
	if (phase >= KEY_RETIRED && lifecycle_ends_at_once(key, fact, policy)) {
		*when = key->retire_at == KS_NEVER ? now : key->retire_at;
		return LIFECYCLE_REMOVE;
	}
	if (phase == KEY_REVOKED) {
		*when = key->revoked + policy->revoke_for;
		return LIFECYCLE_REMOVE;
	}
	if (phase == KEY_RETIRED && !policy->by_hand &&
	    !lifecycle_was_published(key)) {
		*when = key->retire_at;
		return LIFECYCLE_REMOVE;
	}
	if (phase == KEY_RETIRED && lifecycle_is_held(key, fact))
		return LIFECYCLE_NOTHING;
	if (phase == KEY_RETIRED) {
		*when = lifecycle_revoke_time(key, fact, policy);
		return LIFECYCLE_REVOKE;
	}
	if (phase == KEY_ACTIVE) {
		*when = lifecycle_end_time(key, policy);
		return LIFECYCLE_RETIRE;
	}
	if (phase == KEY_SCHEDULED) {
		*when = key->active_from;
		return LIFECYCLE_ACTIVATE;
	}
	if (key->retire_at != KS_NEVER) {
		*when = key->retire_at;
		return LIFECYCLE_RETIRE;
	}
	if (phase < KEY_STANDBY && key->seen != KS_NEVER) {
		*when = lifecycle_verify_time(key, fact, policy);
		return LIFECYCLE_VERIFY;
	}
	return LIFECYCLE_NOTHING;
}

enum lifecycle_alarm
lifecycle_key_alarm(const struct ks_key *key,
    const struct lifecycle_fact *fact, const struct lifecycle_policy *policy,
    int64_t now)
{
	if (key->removed != KS_NEVER)
		return LIFECYCLE_FINE;
	if (key->compromised && (key->revoked == KS_NEVER ||
	    lifecycle_is_wrong(lifecycle_record_view(fact))))
		return LIFECYCLE_EXPOSED;
	if (lifecycle_has_future(key, now))
		return LIFECYCLE_FUTURE;
	if (lifecycle_has_ended(key, now) || key->active_from == KS_NEVER)
		return LIFECYCLE_FINE;
	if (fact->view >= LIFECYCLE_ABSENT && fact->view != LIFECYCLE_RIGHT)
		return lifecycle_lacks_alias(fact) ? LIFECYCLE_UNLINKED :
		    LIFECYCLE_BROKEN;
	if (fact->outside == LIFECYCLE_OUTSIDE_CONTRADICTS)
		return LIFECYCLE_INVISIBLE;
	if (!ks_key_is_active(key, now))
		return LIFECYCLE_FINE;
	if (now - key->active_from > policy->every +
	    policy->every / OVERDUE_PART)
		return LIFECYCLE_OVERDUE;
	return LIFECYCLE_FINE;
}

/* When the successor of the keys that sign is due; or KS_NEVER. */
static int64_t
due_time(const struct ks_state *state, const struct ks_key *successor,
    const struct lifecycle_policy *policy, int64_t now)
{
	const struct lifecycle_line line = lifecycle_line_of(successor);
	const struct ks_key *key, *last = NULL;
	int64_t end;
	size_t i;

	for (i = 0; i < state->nkeys; i++) {
		key = &state->keys[i];
		if (lifecycle_line_has(&line, key) &&
		    ks_key_is_active(key, now) &&
		    (last == NULL || key->active_from > last->active_from))
			last = key;
	}
	if (last == NULL || last->compromised)
		return successor->verified;
	end = lifecycle_end_time(last, policy);
	return end <= now ? lifecycle_later(end, successor->verified) :
	    KS_NEVER;
}

int64_t
lifecycle_waits_outside(const struct ks_state *state,
    const struct lifecycle_fact *facts, const struct lifecycle_policy *policy,
    size_t i, int64_t now)
{
	const struct ks_key *key = &state->keys[i];
	int64_t since;

	if (facts[i].view != LIFECYCLE_RIGHT ||
	    facts[i].outside < LIFECYCLE_OUTSIDE_UNSEEABLE ||
	    facts[i].outside == LIFECYCLE_OUTSIDE_RIGHT ||
	    !lifecycle_is_candidate(key, now))
		return KS_NEVER;
	if (lifecycle_is_past(key->verified, now))
		return due_time(state, key, policy, now);
	if (key->seen == KS_NEVER)
		return KS_NEVER;
	since = lifecycle_verify_time(key, &facts[i], policy);
	return since <= now ? since : KS_NEVER;
}

int64_t
lifecycle_waits_host(const struct ks_state *state,
    const struct lifecycle_fact *facts, const struct lifecycle_policy *policy,
    size_t i, int64_t now)
{
	const struct ks_key *key = &state->keys[i];

	if (!facts[i].is_awaited || !lifecycle_is_candidate(key, now) ||
	    !lifecycle_is_past(key->verified, now))
		return KS_NEVER;
	return due_time(state, key, policy, now);
}

struct lifecycle_count
lifecycle_count(const struct ks_state *state,
    const struct lifecycle_line *line, int64_t now)
{
	struct lifecycle_count count = { 0, 0 };
	const struct ks_key *key;
	size_t i;

	for (i = 0; i < state->nkeys; i++) {
		key = &state->keys[i];
		if (!lifecycle_line_has(line, key))
			continue;
		if (ks_key_is_active(key, now))
			count.nactive++;
		else if (lifecycle_is_candidate(key, now) &&
		    key_phase(key, now) == KEY_STANDBY)
			count.nstandby++;
	}
	return count;
}
