/* SPDX-License-Identifier: ISC */

/*
 * Work on the keys of one domain: opening it, what is known of its keys, and
 * what all steps use.
 *
 * What DNS shows is looked up when a step needs it and kept for the run, also
 * when the state changes.  The log is written before the state, so that every
 * step in the state has its evidence.  In a dry run there is no lock, and
 * nothing is written.
 */

#include "rotate/work.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "life/newkey.h"
#include "life/private.h"
#include "life/rotation_policy.h"
#include "store/last_use.h"
#include "store/wait.h"

static int
no_memory(struct ks_error *error)
{
	(void)strlcpy(error->text, "out of memory", sizeof(error->text));
	return KS_E_NOMEM;
}

int
domain_work_open(struct domain_work *work, struct rotation_run *run,
    const char *domain, bool create, struct domain_report *report,
    struct ks_error *error)
{
	int r;

	memset(work, 0, sizeof(*work));
	work->run = run;
	work->report = report;
	work->rotation = config_rotation(run->config, domain);
	rotation_policy(run->config, domain, run->queue_lifetime,
	    &work->policy);
	if (!run->dry_run) {
		r = ks_lock_wait(run->ks, domain, create, run->wait_s,
		    &work->lock, error);
		if (r != 0)
			return r;
	}
	r = ks_state_read(run->ks, domain, &work->state, error);
	if (r == KS_E_NODOMAIN && create) {
		(void)strlcpy(work->state.domain, domain,
		    sizeof(work->state.domain));
		return 0;
	}
	return r == 0 ? domain_work_refresh(work, error) : r;
}

int64_t
domain_work_now(const struct domain_work *work)
{
	return work->run->clock();
}

static void
free_notes(struct work_note *notes, size_t nnotes)
{
	size_t i;

	for (i = 0; i < nnotes; i++) {
		free(notes[i].evidence);
		free(notes[i].published);
		free(notes[i].fault);
	}
	free(notes);
}

void
domain_work_close(struct domain_work *work)
{
	free_notes(work->notes, work->nnotes);
	free(work->facts);
	ks_state_finish(&work->state);
	ks_unlock(work->lock);
	memset(work, 0, sizeof(*work));
}

/* Move what is remembered of a key, if anything is. */
static void
inherit(struct domain_work *work, const struct ks_key *key,
    struct lifecycle_fact *fact, struct work_note *note)
{
	struct work_note *old;
	size_t i;

	for (i = 0; i < work->nnotes; i++) {
		old = &work->notes[i];
		if (old->generated != key->generated ||
		    strcmp(old->selector, key->selector) != 0)
			continue;
		*fact = work->facts[i];
		note->evidence = old->evidence;
		note->published = old->published;
		note->was_loaded = old->was_loaded;
		note->fault = old->fault;
		old->evidence = old->published = old->fault = NULL;
	}
	note->generated = key->generated;
	(void)strlcpy(note->selector, key->selector, sizeof(note->selector));
}

int
domain_work_refresh(struct domain_work *work, struct ks_error *error)
{
	struct lifecycle_fact *facts;
	struct work_note *notes;
	const struct ks_key *key;
	size_t i, n;
	int r;

	n = work->state.nkeys;
	facts = calloc(n + 1, sizeof(*facts));
	notes = calloc(n + 1, sizeof(*notes));
	if (facts == NULL || notes == NULL) {
		free(facts);
		free(notes);
		return no_memory(error);
	}
	r = 0;
	for (i = 0; i < n && r == 0; i++) {
		key = &work->state.keys[i];
		inherit(work, key, &facts[i], &notes[i]);
		facts[i].last_use = KS_NEVER;
		if (key->removed == KS_NEVER)
			r = ks_used_read(work->run->ks, work->state.domain,
			    key->selector, &facts[i].last_use, error);
	}
	free_notes(work->notes, work->nnotes);
	free(work->facts);
	work->facts = facts;
	work->notes = notes;
	work->nnotes = n;
	return r == 0 ? domain_work_files(work, error) : r;
}

struct key_change
domain_work_change(struct domain_work *work)
{
	struct key_change change = {
		.ks = work->run->ks, .lock = work->lock,
		.state = &work->state, .now = domain_work_now(work)
	};

	return change;
}

const char *
domain_work_evidence(const struct domain_work *work, size_t i)
{
	return work->notes[i].evidence == NULL ? "..." :
	    work->notes[i].evidence;
}

int
domain_work_sight(struct domain_work *work, const struct ks_key *key,
    struct record *record, struct dns_sight *sight, struct ks_error *error)
{
	struct dns_sight_wish wish;
	int r;

	r = record_load(work->run->ks, work->state.domain, key,
	    key->revoked != KS_NEVER, record, error);
	if (r != 0)
		return r;
	memset(&wish, 0, sizeof(wish));
	wish.domain = work->state.domain;
	wish.selector = key->selector;
	wish.wanted = record->txt;
	wish.alias = key->record[0] == '\0' ? NULL : key->record;
	wish.chosen = work->rotation->servers.texts;
	wish.nchosen = work->rotation->servers.n;
	wish.ttl = (uint32_t)work->rotation->ttl;
	return dns_sight_take(work->run->zones, &wish, sight, error);
}

void
domain_work_take_fact(struct lifecycle_fact *fact,
    const struct dns_sight *sight)
{
	fact->view = sight->view;
	fact->cache_wait = sight->cache_wait;
	fact->negative_wait = sight->negative_wait;
	fact->is_unused = sight->is_unused;
	fact->has_other = sight->has_other;
}

void
domain_work_look(struct domain_work *work, size_t i)
{
	const struct ks_key *key = &work->state.keys[i];
	struct lifecycle_fact *fact = &work->facts[i];
	struct work_note *note = &work->notes[i];
	struct dns_sight sight;
	struct ks_error error;
	struct record record;

	fact->view = LIFECYCLE_UNKNOWN;
	if (domain_work_sight(work, key, &record, &sight, &error) != 0) {
		fact->was_tried = true;
		domain_report_add(work->report, REPORT_FAIL, key->selector,
		    "look", KS_NEVER, "%s", error.text);
		return;
	}
	domain_work_take_fact(fact, &sight);
	/* Of a selector that a person chose nobody knows what it was for. */
	if (!key->fresh || work->run->dry_run)
		fact->is_unused = false;
	free(note->evidence);
	note->evidence = strdup(sight.summary);
	free(note->published);
	note->published = sight.published == NULL ? NULL :
	    strdup(sight.published);
	dns_sight_finish(&sight);
}

static const struct keygen_kind *
wanted_kind(const struct rotation *rotation,
    enum dkimsig_algorithm algorithm)
{
	if (algorithm == DKIMSIG_ED25519_SHA256)
		return keygen_find("ed25519");
	return keygen_find(rotation->rsa_bits == 4096 ? "rsa4096" :
	    rotation->rsa_bits == 3072 ? "rsa3072" : "rsa2048");
}

/* A key is for the domain alone if the one that signs is, or the last. */
static bool
was_strict(const struct ks_state *state, int64_t now)
{
	size_t i;

	for (i = 0; i < state->nkeys; i++)
		if (ks_key_is_active(&state->keys[i], now))
			return state->keys[i].strict;
	return state->nkeys > 0 && state->keys[state->nkeys - 1].strict;
}

/* No key of the algorithm in this run; what stands is worked on. */
static void
give_up_making(struct domain_work *work, const struct keygen_kind *kind,
    enum report_kind severity, const char *why)
{
	if (kind->algorithm == DKIMSIG_ED25519_SHA256)
		work->policy.cannot_make_ed25519 = true;
	else
		work->policy.cannot_make_rsa = true;
	domain_report_add(work->report, severity, "-", "generate", KS_NEVER,
	    "%s", why);
}

int
domain_work_generate(struct domain_work *work,
    enum dkimsig_algorithm algorithm, struct ks_error *error)
{
	const int64_t now = domain_work_now(work);
	const struct newkey_wish wish = {
		.cname_zone = work->rotation->cname_zone,
		.slot_rest = work->policy.retain > work->policy.ttl ?
		    work->policy.retain : work->policy.ttl,
		.now = now,
		.strict = work->strict || was_strict(&work->state, now)
	};
	struct newkey newkey = {
		.kind = wanted_kind(work->rotation, algorithm)
	};
	int r;

	if (work->run->dry_run) {
		give_up_making(work, newkey.kind, REPORT_DUE,
		    newkey.kind->name);
		return 0;
	}
	if ((newkey.pkey = keygen_make(newkey.kind)) == NULL) {
		give_up_making(work, newkey.kind, REPORT_FAIL,
		    "the crypto library cannot generate a key");
		return 0;
	}
	r = newkey_store(work->run->ks, work->lock, &work->state, &wish,
	    &newkey, 1, error);
	if (r != 0) {
		give_up_making(work, newkey.kind, r == KS_E_EXISTS ?
		    REPORT_TODO : REPORT_FAIL, error->text);
		/* Old lines may have made room. */
		r = domain_work_refresh(work, error);
	} else {
		domain_report_add(work->report, REPORT_STEP,
		    newkey.key.selector, "generate", KS_NEVER,
		    "generated a key of kind %s", newkey.kind->name);
		r = domain_work_refresh(work, error);
	}
	EVP_PKEY_free(newkey.pkey);
	return r;
}
