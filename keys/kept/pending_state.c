/* SPDX-License-Identifier: ISC */

/*
 * What becomes of a state whose keys are pending: see pending.h.
 *
 * States are changed by one rule, from what is pending and from the rows alone,
 * so that all hosts that know of a mark come to the same state, and the holder
 * of the lease finds it in its own.  What is pending counts in the order of its
 * seconds: each key ends, or goes on, by what was pending then.  Cannot fail.
 */

#include "kept/pending.h"

#include <string.h>

#include "store/state.h"

static bool
is_alike(const struct ks_key *a, const struct ks_key *b)
{
	return a->algorithm == b->algorithm && ks_key_is_of(a, b->stream);
}

/* Whether a key can sign at once: verified, and never used or ended. */
static bool
is_unused(const struct ks_key *key)
{
	return key->verified != KS_NEVER && key->active_from == KS_NEVER &&
	    key->retire_at == KS_NEVER && key->revoked == KS_NEVER &&
	    key->removed == KS_NEVER;
}

/* Whether a key was good in that second, as it is pending only since later. */
static bool
was_good(const struct fleet_pending *pending, const char *domain,
    const struct ks_key *key, int64_t at)
{
	size_t i;

	return !key->compromised || (fleet_pending_find(pending, domain,
	    key->selector, &i) && pending->list[i].at > at);
}

/* The key in reserve in that second that would take over, or NULL. */
static struct ks_key *
reserve_at(const struct fleet_pending *pending, struct ks_state *state,
    const struct ks_key *key, int64_t at)
{
	struct ks_key *one, *best = NULL;
	size_t i;

	for (i = 0; i < state->nkeys; i++) {
		one = &state->keys[i];
		if (is_alike(one, key) && is_unused(one) &&
		    was_good(pending, state->domain, one, at) &&
		    (best == NULL || one->generated < best->generated))
			best = one;
	}
	return best;
}

/* Whether another key signs from that second on, or will. */
static bool
has_successor(const struct ks_state *state, const struct ks_key *key)
{
	const struct ks_key *one;
	size_t i;

	for (i = 0; i < state->nkeys; i++) {
		one = &state->keys[i];
		if (one != key && is_alike(one, key) &&
		    one->active_from != KS_NEVER && (one->retire_at ==
		    KS_NEVER || one->retire_at > key->retire_at))
			return true;
	}
	return false;
}

/* The key of an entry, if it is one that can be ended; or NULL. */
static struct ks_key *
find_key(struct ks_state *state, const struct fleet_pending_key *one)
{
	const struct ks_key *found = ks_state_find(state, one->selector);

	return found == NULL || found->removed != KS_NEVER ? NULL :
	    &state->keys[found - state->keys];
}

/* When it ends: a second that was never signed in is not an end. */
static int64_t
end_of(const struct fleet_pending_key *one, const struct ks_key *key)
{
	return one->at > key->active_from ? one->at : key->active_from;
}

/* Whether the key signs beyond that end, and may end there. */
static bool
ends(const struct fleet_pending *pending, struct ks_state *state,
    const struct ks_key *key, const struct fleet_pending_key *one)
{
	return key->active_from != KS_NEVER && (key->retire_at == KS_NEVER ||
	    key->retire_at > end_of(one, key)) && (one->is_here ||
	    reserve_at(pending, state, key, end_of(one, key)) != NULL);
}

bool
fleet_pending_changes(const struct fleet_pending_key *one,
    struct ks_state *state)
{
	static const struct fleet_pending none;
	const struct ks_key *key = find_key(state, one);

	return key != NULL && (!key->compromised ||
	    ends(&none, state, key, one));
}

/* Let the reserve sign from the second on in which a compromised key ends. */
static void
take_over(const struct fleet_pending *pending, struct ks_state *state,
    const struct ks_key *key)
{
	struct ks_key *reserve;

	if (has_successor(state, key) || (reserve = reserve_at(pending, state,
	    key, key->retire_at)) == NULL)
		return;
	reserve->active_from = key->retire_at;
	(void)strlcpy(reserve->took_over_from, key->selector,
	    sizeof(reserve->took_over_from));
}

/* What happens to a key in one second. */
struct event {
	int64_t	 at;
	size_t	 i;	/* of an entry, or after these, of a key that ends */
};

static bool
is_before(const struct event *a, const struct event *b)
{
	return a->at < b->at || (a->at == b->at && a->i < b->i);
}

/* The first event after that one; false: there is none. */
static bool
find_next(const struct fleet_pending *pending, const struct ks_state *state,
    size_t first, size_t end, struct event *event)
{
	struct event one, next = { 0, 0 };
	const struct ks_key *key;
	bool is_found = false;
	size_t i;

	for (i = first; i < end + state->nkeys; i++) {
		key = i < end ? NULL : &state->keys[i - end];
		if (key != NULL && (!key->compromised ||
		    key->active_from == KS_NEVER ||
		    key->retire_at == KS_NEVER))
			continue;
		one.at = key == NULL ? pending->list[i].at : key->retire_at;
		one.i = i;
		if (is_before(event, &one) && (!is_found ||
		    is_before(&one, &next))) {
			next = one;
			is_found = true;
		}
	}
	*event = next;
	return is_found;
}

void
fleet_pending_apply(const struct fleet_pending *pending,
    struct ks_state *state)
{
	struct event event = { INT64_MIN, 0 };
	struct ks_key *key;
	size_t i, first, end;

	(void)fleet_pending_find(pending, state->domain, "", &first);
	for (end = first; end < pending->n && strcmp(
	    pending->list[end].domain, state->domain) == 0; end++)
		if ((key = find_key(state, &pending->list[end])) != NULL)
			key->compromised = true;
	/* In their order, so that what follows undoes no end. */
	while (find_next(pending, state, first, end, &event)) {
		i = event.i;
		if (i >= end)
			take_over(pending, state, &state->keys[i - end]);
		else if ((key = find_key(state, &pending->list[i])) != NULL &&
		    ends(pending, state, key, &pending->list[i]))
			key->retire_at = end_of(&pending->list[i], key);
	}
}
