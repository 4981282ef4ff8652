/* SPDX-License-Identifier: ISC */

/*
 * Work on the keys of one domain: opening it, looking up its records, and
 * generating keys.
 *
 * DNS is queried when a step needs it, and the result is kept for the run, also
 * when the state changes.  A dry run takes no lock and writes nothing.
 */

#include "rotate/work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "life/key_phase.h"
#include "life/newkey.h"
#include "life/private.h"
#include "store/last_use.h"
#include "store/wait.h"

/* Make files for last uses that an earlier version did not make. */
static int
complete_uses(struct domain_work *work, struct ks_error *error)
{
	const struct ks_state *state = &work->view.state;
	const int64_t now = domain_work_now(work);
	int r;

	if (ks_used_is_complete(work->view.run->ks, state, now))
		return 0;
	r = ks_used_complete(work->lock, state, now, error);
	return r == 0 ? domain_view_refresh(&work->view, error) : r;
}

int
domain_work_open(struct domain_work *work, struct rotation_run *run,
    const char *domain, bool create, struct domain_report *report,
    struct ks_error *error)
{
	int r;

	memset(work, 0, sizeof(*work));
	work->report = report;
	if (!run->dry_run) {
		if (run->lease != NULL && (r = run->lease->enter(
		    run->lease->context, error)) != 0)
			return r;
		r = ks_lock_wait(run->ks, domain, create, run->wait_s,
		    &work->lock, error);
		if (r != 0)
			return r;
	}
	r = domain_view_open(&work->view, run, domain, error);
	if (r == 0 && work->lock != NULL)
		return complete_uses(work, error);
	if (r != KS_E_NODOMAIN || !create)
		return r;
	(void)strlcpy(work->view.state.domain, domain,
	    sizeof(work->view.state.domain));
	return 0;
}

int64_t
domain_work_now(const struct domain_work *work)
{
	return work->view.run->clock() + work->ahead;
}

void
domain_work_close(struct domain_work *work)
{
	domain_view_close(&work->view);
	ks_unlock(work->lock);
	memset(work, 0, sizeof(*work));
}

struct key_change
domain_work_change(struct domain_work *work)
{
	struct key_change change = {
		.ks = work->view.run->ks, .lock = work->lock,
		.state = &work->view.state, .now = domain_work_now(work)
	};

	return change;
}

void
domain_work_look(struct domain_work *work, size_t i)
{
	const struct ks_key *key = &work->view.state.keys[i];
	struct lifecycle_fact *fact = &work->view.facts[i];
	struct view_note *note = &work->view.notes[i];
	struct dns_sight sight;
	struct ks_error error;
	struct record record;

	fact->view = LIFECYCLE_UNKNOWN;
	fact->alias = LIFECYCLE_UNASKED;
	if (domain_view_sight(&work->view, key, &record, &sight, &error) != 0) {
		fact->was_tried = true;
		domain_report_trouble(work->report, REPORT_FAIL, key->selector,
		    TROUBLE_LOOKUP, "%s", error.text);
		return;
	}
	domain_view_take_fact(&work->view, fact, &sight);
	domain_view_note_servers(&work->view, &sight);
	domain_view_note_alias(&work->view, key, &sight);
	/*
	 * If a person chose the selector, it may have been used before, so
	 * caches may hold an older record.
	 */
	if (!key->fresh || work->view.run->dry_run)
		fact->is_unused = false;
	note->is_dead = sight.dead_delegation[0] != '\0';
	free(note->evidence);
	note->evidence = strdup(sight.summary);
	free(note->record);
	note->record = strdup(sight.record_summary);
	free(note->published);
	note->published = sight.published == NULL ? NULL :
	    strdup(sight.published);
	dns_sight_finish(&sight);
}

/*
 * Enter in the state whether resolvers outside show the record, for those who
 * list the keys; nothing depends on it.  If none answered it stays as it was.
 */
static int
note_outside(struct domain_work *work, size_t i, struct ks_error *error)
{
	struct ks_key *key = &work->view.state.keys[i];
	const enum lifecycle_outside outside = work->view.facts[i].outside;
	const int64_t before = key->seen_outside;
	struct key_change change = domain_work_change(work);
	int r;

	if (work->view.run->dry_run ||
	    (outside != LIFECYCLE_OUTSIDE_RIGHT &&
	    outside != LIFECYCLE_OUTSIDE_CONTRADICTS) ||
	    (outside == LIFECYCLE_OUTSIDE_RIGHT) == (before != KS_NEVER))
		return 0;
	key->seen_outside = outside == LIFECYCLE_OUTSIDE_RIGHT ? change.now :
	    KS_NEVER;
	r = key_change_log(&change, key, "outside", error, "%s: %s",
	    outside == LIFECYCLE_OUTSIDE_RIGHT ? "seen" : "no longer seen",
	    domain_view_outside_evidence(&work->view, i));
	if (r == 0)
		r = key_change_write(&change, error);
	if (r != 0)
		key->seen_outside = before;
	return r;
}

void
domain_work_look_outside(struct domain_work *work, size_t i)
{
	const struct ks_key *key = &work->view.state.keys[i];
	struct lifecycle_fact *fact = &work->view.facts[i];
	struct view_note *note = &work->view.notes[i];
	struct dns_outside outside;
	struct ks_error error;
	struct record record;

	if (!lifecycle_must_ask_outside(fact, &work->view.policy))
		return;
	fact->outside = LIFECYCLE_OUTSIDE_UNKNOWN;
	if (record_load(work->view.run->ks, work->view.state.domain, key,
	    false, &record, &error) != 0 ||
	    domain_view_outside(&work->view, &record, &outside,
	    &error) != 0) {
		fact->was_tried = true;
		domain_report_trouble(work->report, REPORT_FAIL, key->selector,
		    TROUBLE_LOOKUP, "%s", error.text);
		return;
	}
	fact->outside = outside.view;
	free(note->outside);
	note->outside = strdup(outside.summary);
	dns_outside_finish(&outside);
	if (note_outside(work, i, &error) != 0)
		domain_report_trouble(work->report, REPORT_FAIL, key->selector,
		    TROUBLE_ROTATION, "%s", error.text);
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

/*
 * Whether a new key gets t=s (not for subdomains): as the key of its stream
 * that signs; if none does, as any that signs, or as the newest one.
 */
static bool
was_strict(const struct ks_state *state, const char *stream, int64_t now)
{
	const struct ks_key *key, *found = NULL;
	bool has_active;
	size_t i;

	for (i = 0; i < state->nkeys; i++) {
		key = &state->keys[i];
		if (ks_key_is_active(key, now) && (found == NULL ||
		    (ks_key_is_of(key, stream) &&
		    !ks_key_is_of(found, stream))))
			found = key;
	}
	has_active = found != NULL;
	/* Keys of a fleet are sorted by selector. */
	for (i = 0; i < state->nkeys && !has_active; i++) {
		key = &state->keys[i];
		if (found == NULL || key->generated >= found->generated)
			found = key;
	}
	return found != NULL && found->strict;
}

/* Generate no further key of the line in this run, and report why. */
static void
give_up_making(struct domain_work *work, const struct lifecycle_line *line,
    enum report_kind kind, const char *why)
{
	lifecycle_mark_unmakable(&work->view.policy, line);
	if (kind == REPORT_DUE || kind == REPORT_WAIT)
		domain_report_add(work->report, kind, "-", LIFECYCLE_GENERATE,
		    KS_NEVER, "%s", why);
	else
		domain_report_trouble(work->report, kind, "-",
		    TROUBLE_GENERATION, "%s", why);
}

/* Whether some key of the line is compromised. */
static bool
was_compromised(const struct ks_state *state,
    const struct lifecycle_line *line)
{
	size_t i;

	for (i = 0; i < state->nkeys; i++)
		if (lifecycle_line_has(line, &state->keys[i]) &&
		    state->keys[i].compromised)
			return true;
	return false;
}

/*
 * After a compromise, a key in reserve is needed soon, but all slots may be in
 * use.  Remove a record that has been revoked for longer than any cache keeps
 * one, although it should be shown for longer, and end its key.
 */
static int
end_slot_early(struct domain_work *work, const struct lifecycle_line *line,
    struct ks_error *error)
{
	struct lifecycle_action action = {
		.step = LIFECYCLE_REMOVE, .algorithm = line->algorithm,
		.stream = line->stream,
		.why = "its selector is needed after a compromise"
	};
	const struct ks_state *state = &work->view.state;
	const int64_t now = domain_work_now(work);
	const struct ks_key *key, *oldest = NULL;
	size_t i;
	int r;

	for (i = 0; i < state->nkeys; i++) {
		key = &state->keys[i];
		if (lifecycle_line_has(line, key) && key->record[0] != '\0' &&
		    key_phase(key, now) == KEY_REVOKED &&
		    now - key->revoked >= work->view.policy.ttl &&
		    !work->view.facts[i].was_tried &&
		    (oldest == NULL || key->revoked < oldest->revoked))
			oldest = key;
	}
	if (oldest == NULL || work->view.policy.by_hand)
		return 0;
	action.key = (size_t)(oldest - state->keys);
	if ((r = domain_work_step(work, &action, error)) != 0 ||
	    oldest->removed == KS_NEVER)
		return r;
	action.step = LIFECYCLE_DESTROY;
	action.is_urgent = true;
	return domain_work_step(work, &action, error);
}

/* Whether all slots are in use only until old keys have been removed, which
 * rotation does without anybody's help. */
static bool
frees_slots(const struct domain_work *work)
{
	return work->view.rotation->cname_zone != NULL &&
	    !work->view.policy.by_hand;
}

/* Store a new key, in a slot that is freed for it if need be. */
static int
store_key(struct domain_work *work, struct newkey_wish *wish,
    struct newkey *newkey, struct ks_error *error)
{
	const struct lifecycle_line line = {
		wish->stream, newkey->kind->algorithm
	};
	int r;

	if (was_compromised(&work->view.state, &line))
		wish->revoked_for = work->view.policy.ttl;
	r = newkey_store(work->view.run->ks, work->lock, &work->view.state,
	    wish, newkey, 1, error);
	if (r != KS_E_EXISTS || wish->cname_zone == NULL ||
	    wish->revoked_for == KS_NEVER)
		return r;
	/* The state may have lost old keys. */
	if ((r = domain_view_refresh(&work->view, error)) != 0 ||
	    (r = end_slot_early(work, &line, error)) != 0)
		return r;
	wish->now = domain_work_now(work);
	return newkey_store(work->view.run->ks, work->lock, &work->view.state,
	    wish, newkey, 1, error);
}

/*
 * Whether a new key can wait for a later run, as another one signs, and will
 * for days; and the run has generated so many that it should.
 */
static bool
is_put_off(struct domain_work *work, const struct lifecycle_line *line)
{
	const struct ks_state *state = &work->view.state;
	struct rotation_run *run = work->view.run;
	const int64_t now = domain_work_now(work);
	bool is_full;

	if (run->max_new == 0 || was_compromised(state, line) ||
	    lifecycle_count(state, line, now).nactive == 0 ||
	    trouble_is_near_end(state, &work->view.policy, now))
		return false;
	(void)pthread_mutex_lock(&run->mutex);
	is_full = run->nnew >= run->max_new;
	if (!is_full)
		run->nnew++;
	(void)pthread_mutex_unlock(&run->mutex);
	return is_full;
}

int
domain_work_generate(struct domain_work *work,
    const struct lifecycle_line *line, struct ks_error *error)
{
	const int64_t now = domain_work_now(work);
	struct newkey_wish wish = {
		.cname_zone = work->view.rotation->cname_zone,
		.slot_rest = work->view.policy.retain > work->view.policy.ttl ?
		    work->view.policy.retain : work->view.policy.ttl,
		.stream = line->stream, .revoked_for = KS_NEVER, .now = now,
		.strict = work->strict ||
		    was_strict(&work->view.state, line->stream, now)
	};
	struct newkey newkey = {
		.kind = wanted_kind(work->view.rotation, line->algorithm)
	};
	char kind[48];
	int r;

	(void)snprintf(kind, sizeof(kind), "%s%s%s", newkey.kind->name,
	    line->stream == NULL ? "" : " for stream ",
	    line->stream == NULL ? "" : line->stream);
	if (work->view.run->dry_run) {
		give_up_making(work, line, REPORT_DUE, kind);
		return 0;
	}
	if (is_put_off(work, line)) {
		give_up_making(work, line, REPORT_WAIT, "this run has "
		    "generated many keys: the next one goes on");
		return 0;
	}
	if ((newkey.pkey = keygen_make(newkey.kind)) == NULL) {
		give_up_making(work, line, REPORT_FAIL,
		    "the crypto library cannot generate a key");
		return 0;
	}
	r = store_key(work, &wish, &newkey, error);
	if (r != 0) {
		give_up_making(work, line, r != KS_E_EXISTS ?
		    REPORT_FAIL : frees_slots(work) ? REPORT_WAIT :
		    REPORT_TODO, error->text);
		/* The state may have lost old keys, to make room. */
		r = domain_view_refresh(&work->view, error);
	} else {
		domain_report_add(work->report, REPORT_STEP,
		    newkey.key.selector, LIFECYCLE_GENERATE, KS_NEVER,
		    "a key of kind %s", kind);
		r = domain_view_refresh(&work->view, error);
	}
	EVP_PKEY_free(newkey.pkey);
	return r;
}
