/* SPDX-License-Identifier: ISC */

/*
 * What waits for a person after the check of a domain, and what does not: see
 * check_need.h.
 *
 * A key that only waits for caches, secondaries or the next run of rotation
 * does so for a limited time.  After that it needs a person, as in the reports
 * of rotation (rotate/outlook.c).  Pure; nothing can fail.
 */

#include "command/check_need.h"

#include <stdlib.h>

#include "config/config.h"
#include "life/key_phase.h"
#include "life/private.h"

static void
waits(struct key_check *one, int64_t until)
{
	one->need = CHECK_WAITS;
	one->until = until;
}

/* It waits if the time is still to come. */
static void
waits_until(struct key_check *one, int64_t until, int64_t now)
{
	if (until > now)
		waits(one, until);
}

/* All servers show the record, but the resolvers outside do not. */
static void
need_outside(const struct domain_check *check, struct key_check *one)
{
	const struct domain_view *view = &check->view;
	int64_t since;

	since = lifecycle_waits_outside(&view->state, view->facts,
	    &view->policy, (size_t)(one->key - view->state.keys), check->now);
	if (since != KS_NEVER && one->outside != LIFECYCLE_OUTSIDE_UNSEEABLE)
		waits_until(one, since +
		    (one->outside == LIFECYCLE_OUTSIDE_CONTRADICTS ?
		    LIFECYCLE_DISAGREEING : LIFECYCLE_SILENCE), check->now);
}

/* A key that is not right: whether it becomes right by itself. */
static void
need_more(const struct domain_check *check, struct key_check *one)
{
	const struct domain_view *view = &check->view;
	const struct ks_key *key = one->key;
	const enum key_phase phase = key_phase(key, check->now);

	if (phase >= KEY_REVOKED)
		waits_until(one, key->revoked + LIFECYCLE_SPREADING,
		    check->now);
	else if (key->compromised) {
		if (one->verdict == CHECK_NOT_YET && !view->policy.by_hand)
			waits(one, KS_NEVER);
	} else if (one->verdict == CHECK_NOT_YET &&
	    one->sight.view == LIFECYCLE_RIGHT)
		need_outside(check, one);
	else if (phase < KEY_SCHEDULED && key->published != KS_NEVER)
		waits_until(one, key->published + LIFECYCLE_SPREADING,
		    check->now);
	else if (phase < KEY_SCHEDULED && !view->policy.by_hand &&
	    view->rotation->automatic && key->generated != KS_NEVER &&
	    one->sight.view == LIFECYCLE_ABSENT)
		waits_until(one, key->generated + LIFECYCLE_SPREADING,
		    check->now);
}

static void
need_of_key(const struct domain_check *check, struct key_check *one)
{
	const struct domain_view *view = &check->view;
	int64_t when;

	one->need = CHECK_NEEDS_NOBODY;
	one->until = KS_NEVER;
	if (one->verdict != CHECK_RIGHT) {
		one->need = CHECK_NEEDS_PERSON;
		/* What somebody must fix does not become right by itself. */
		if (!one->has_file_fault && !lifecycle_lacks_alias(
		    &view->facts[one->key - view->state.keys]))
			need_more(check, one);
	} else if (lifecycle_waits_for(one->key,
	    &view->facts[one->key - view->state.keys], &view->policy,
	    check->now, &when) == LIFECYCLE_VERIFY)
		waits_until(one, when, check->now);
}

/* Mail is not signed, and nothing that is on its way changes that. */
static bool
never_signs(const struct domain_check *check)
{
	return check->start == LIFECYCLE_SIGNS_NOT &&
	    !check->view.policy.is_leaving;
}

/* The owner of the domain has to enter a CNAME. */
static bool
lacks_alias(const struct domain_check *check)
{
	size_t i;

	for (i = 0; i < check->view.naliases; i++)
		if (dns_alias_is_wrong(check->view.aliases[i].fault))
			return true;
	return false;
}

/* What needs doing first; those alike stay in the order of the state. */
static int
compare(const void *a, const void *b)
{
	const struct key_check *one = a, *other = b;

	if (one->need != other->need)
		return one->need > other->need ? -1 : 1;
	if (one->verdict != other->verdict)
		return one->verdict > other->verdict ? -1 : 1;
	return one->key < other->key ? -1 : one->key > other->key;
}

void
check_need(struct domain_check *check)
{
	size_t i;

	check->need = CHECK_NEEDS_NOBODY;
	for (i = 0; i < check->nkeys; i++) {
		need_of_key(check, &check->keys[i]);
		if (check->keys[i].need > check->need)
			check->need = check->keys[i].need;
	}
	if (check->fault != NULL || check->view.strays.n > 0 ||
	    check->dead_servers != NULL || never_signs(check) ||
	    lacks_alias(check))
		check->need = CHECK_NEEDS_PERSON;
	if (check->nkeys > 1)
		qsort(check->keys, check->nkeys, sizeof(*check->keys),
		    compare);
}
