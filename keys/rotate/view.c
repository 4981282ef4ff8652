/* SPDX-License-Identifier: ISC */

/*
 * What is known about the keys of one domain: see view.h.
 *
 * The view has its own copy of the state.  What was found out about a key, from
 * DNS or by loading its file, is kept as long as the view exists, also when
 * other keys are added or removed.
 */

#include "rotate/view.h"

#include <stdlib.h>
#include <string.h>

#include "life/private.h"
#include "life/rotation_policy.h"
#include "rotate/hosts.h"
#include "store/last_use.h"

static int
no_memory(struct ks_error *error)
{
	(void)strlcpy(error->text, "out of memory", sizeof(error->text));
	return KS_E_NOMEM;
}

int
domain_view_read(struct domain_view *view, struct rotation_run *run,
    const char *domain, struct ks_error *error)
{
	memset(view, 0, sizeof(*view));
	view->run = run;
	view->rotation = config_rotation(run->config, domain);
	rotation_policy(run->config, domain, run->queue_lifetime,
	    &view->policy);
	return ks_state_read(run->ks, domain, &view->state, error);
}

int
domain_view_open(struct domain_view *view, struct rotation_run *run,
    const char *domain, struct ks_error *error)
{
	int r;

	r = domain_view_read(view, run, domain, error);
	if (r == 0)
		r = ks_strays_find(run->ks, domain, &view->state,
		    &view->strays, error);
	return r == 0 ? domain_view_refresh(view, error) : r;
}

static void
free_notes(struct view_note *notes, size_t nnotes)
{
	size_t i;

	for (i = 0; i < nnotes; i++) {
		free(notes[i].evidence);
		free(notes[i].record);
		free(notes[i].outside);
		free(notes[i].published);
		free(notes[i].fault);
	}
	free(notes);
}

void
domain_view_close(struct domain_view *view)
{
	free_notes(view->notes, view->nnotes);
	free(view->silents);
	free(view->dead_delegation);
	domain_view_free_aliases(view);
	free(view->facts);
	ks_state_finish(&view->state);
	ks_strays_finish(&view->strays);
	view_holdings_finish(&view->holdings);
	memset(view, 0, sizeof(*view));
}

/* Move what is known about a key, if anything, from the old arrays. */
static void
inherit(struct domain_view *view, const struct ks_key *key,
    struct lifecycle_fact *fact, struct view_note *note)
{
	struct view_note *old;
	size_t i;

	for (i = 0; i < view->nnotes; i++) {
		old = &view->notes[i];
		if (old->generated != key->generated ||
		    strcmp(old->selector, key->selector) != 0)
			continue;
		*fact = view->facts[i];
		note->evidence = old->evidence;
		note->record = old->record;
		note->outside = old->outside;
		note->published = old->published;
		note->was_loaded = old->was_loaded;
		note->fault = old->fault;
		note->was_told = old->was_told;
		note->is_dead = old->is_dead;
		old->evidence = old->published = old->fault = NULL;
		old->outside = old->record = NULL;
	}
	note->generated = key->generated;
	(void)strlcpy(note->selector, key->selector, sizeof(note->selector));
}

int
domain_view_refresh(struct domain_view *view, struct ks_error *error)
{
	struct lifecycle_fact *facts;
	struct view_note *notes;
	const struct ks_key *key;
	size_t i, n;
	int r;

	n = view->state.nkeys;
	view->policy.is_leaving = ks_state_is_leaving(&view->state);
	facts = calloc(n + 1, sizeof(*facts));
	notes = calloc(n + 1, sizeof(*notes));
	if (facts == NULL || notes == NULL) {
		free(facts);
		free(notes);
		return no_memory(error);
	}
	r = 0;
	for (i = 0; i < n && r == 0; i++) {
		key = &view->state.keys[i];
		inherit(view, key, &facts[i], &notes[i]);
		facts[i].last_use = KS_NEVER;
		if (key->removed == KS_NEVER)
			r = ks_used_read(view->run->ks, view->state.domain,
			    key->selector, &facts[i].last_use, error);
	}
	free_notes(view->notes, view->nnotes);
	free(view->facts);
	view->facts = facts;
	view->notes = notes;
	view->nnotes = n;
	domain_view_hosts(view);
	return r == 0 ? domain_view_files(view, error) : r;
}

const char *
domain_view_evidence(const struct domain_view *view, size_t i)
{
	return view->notes[i].evidence == NULL ? "..." :
	    view->notes[i].evidence;
}

int
domain_view_sight(const struct domain_view *view, const struct ks_key *key,
    struct record *record, struct dns_sight *sight, struct ks_error *error)
{
	struct dns_sight_wish wish;
	int r;

	r = record_load(view->run->ks, view->state.domain, key,
	    key->revoked != KS_NEVER, record, error);
	if (r != 0)
		return r;
	memset(&wish, 0, sizeof(wish));
	wish.domain = view->state.domain;
	wish.selector = key->selector;
	wish.wanted = record->txt;
	wish.alias = key->record[0] == '\0' ? NULL : key->record;
	wish.chosen = view->rotation->servers.texts;
	wish.nchosen = view->rotation->servers.n;
	wish.ttl = (uint32_t)view->rotation->ttl;
	wish.unreachable_after = view->rotation->unreachable_after;
	return dns_sight_take(view->run->zones, &wish, sight, error);
}

const char *
domain_view_record_evidence(const struct domain_view *view, size_t i)
{
	return view->notes[i].record == NULL ? "..." : view->notes[i].record;
}

const char *
domain_view_outside_evidence(const struct domain_view *view, size_t i)
{
	return view->notes[i].outside == NULL ? "..." :
	    view->notes[i].outside;
}

int
domain_view_outside(const struct domain_view *view,
    const struct record *record, struct dns_outside *outside,
    struct ks_error *error)
{
	struct dns_outside_wish wish = {
		.name = record->lookup, .wanted = record->txt,
		.resolvers = view->rotation->check_resolvers.texts,
		.nresolvers = view->rotation->check_resolvers.n
	};

	return dns_outside_take(view->run->zones, &wish, outside, error);
}

/* Before resolvers are asked: whether they must be, or nobody can tell. */
static enum lifecycle_outside
outside_of(const struct domain_view *view, const struct dns_sight *sight)
{
	if (view->policy.asks_outside)
		return LIFECYCLE_OUTSIDE_UNASKED;
	return sight->is_inside && !view->rotation->is_closed ?
	    LIFECYCLE_OUTSIDE_UNSEEABLE : LIFECYCLE_OUTSIDE_UNWANTED;
}

void
domain_view_take_fact(const struct domain_view *view,
    struct lifecycle_fact *fact, const struct dns_sight *sight)
{
	fact->outside = outside_of(view, sight);
	fact->view = sight->view;
	fact->alias = sight->alias_view;
	fact->record = sight->record_view;
	fact->cache_wait = sight->cache_wait;
	fact->negative_wait = sight->negative_wait;
	fact->is_unused = sight->is_unused;
	fact->has_other = sight->has_other;
	fact->is_shown = sight->is_shown;
	fact->has_silent = sight->silent_since != KS_NEVER;
	fact->silent_since = sight->silent_since;
	fact->expire = sight->expire;
}

const struct ks_key *
domain_view_waiting(const struct domain_view *view,
    const struct ks_key *signs, int64_t now)
{
	const struct lifecycle_line line = lifecycle_line_of(signs);
	const struct ks_key *key;
	size_t i;

	for (i = 0; i < view->state.nkeys; i++) {
		key = &view->state.keys[i];
		if (lifecycle_line_has(&line, key) &&
		    lifecycle_is_candidate(key, now) &&
		    view->notes[i].fault == NULL &&
		    view->facts[i].view == LIFECYCLE_UNKNOWN &&
		    view->facts[i].is_shown)
			return key;
	}
	return NULL;
}
