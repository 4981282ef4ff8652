/* SPDX-License-Identifier: ISC */

/*
 * Taking a domain: see take.h.
 *
 * Steps, with the domain locked:
 *
 *	1 judge each row, and get the blobs of those that are news
 *	2 write the kept rows, then the domain's highest number
 *	3 make the state that they say, and the key files that it lacks
 *	4 load each key that came, which is the test signature
 *
 * Steps 3 and 4 are in take_state.c.  They are repeated whenever the state on
 * disk is not what the kept rows say, or the domain had exceptions: so a killed
 * process leaves nothing undone, and a key that could not be used is tried
 * again.  A domain that is gone is archived with its kept rows; its highest
 * number remains.
 */

#include "mirror/take.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mirror/take_private.h"
#include "store/master.h"
#include "store/state.h"
#include "store/wait.h"

static int
no_memory(struct fleet_take_work *work)
{
	return fleet_fail(work->error, KS_E_NOMEM, "out of memory");
}

void
fleet_take_refuse(struct fleet_take_work *work, const char *selector,
    int64_t change, const char *why)
{
	work->taken->nrefused++;
	if (work->taker->exceptions != NULL &&
	    fleet_exceptions_add(work->taker->exceptions, work->domain,
	    selector, change, why) != 0)
		work->is_short = true;
	work->taker->alarm(work->taker->context, work->domain, selector,
	    change, why);
}

/* -- Rows ----------------------------------------------------------------- */

/* Whether the blob that a row names is the one that is kept. */
static bool
has_blob(const struct fleet_take_work *work, const struct fleet_row *row)
{
	const struct fleet_kept_row *kept;
	char digest[FLEET_HEX_SIZE];

	kept = fleet_kept_find(&work->kept, row->selector);
	return kept != NULL && kept->blob != NULL &&
	    fleet_digest(kept->blob, kept->bloblen, digest) == 0 &&
	    strcmp(digest, row->blob) == 0;
}

/* Keep a row that is news, with its blob. */
static int
keep(struct fleet_take_work *work, const struct fleet_found *found,
    struct fleet_row *row, struct ks_error *why)
{
	struct fleet_found whole = *found;
	struct fleet_kept_row new = { .change = found->change };
	unsigned char *blob = NULL;
	bool keeps;
	int r = 0;

	keeps = strcmp(row->blob, "-") != 0 && has_blob(work, row);
	if (strcmp(row->blob, "-") != 0 && !keeps) {
		r = work->taker->fetch(work->taker->context, found, &blob,
		    &whole.bloblen, work->error);
		if (r == KS_E_NOKEY)
			return 0;	/* the next poll sees what came */
		whole.blob = blob;
		whole.has_blob = true;
		if (r == 0 && fleet_judge(work->taker->members,
		    &work->kept, &whole, row, why) != FLEET_NEWS) {
			fleet_take_refuse(work, found->selector, found->change,
			    why->text);
			free(blob);
			return 0;
		}
	}
	(void)strlcpy(new.selector, found->selector, sizeof(new.selector));
	new.octetslen = found->len;
	new.bloblen = whole.bloblen;
	new.blob = blob;
	memcpy(new.signature, found->signature, sizeof(new.signature));
	if (r == 0 && ((new.octets = malloc(found->len)) == NULL ||
	    (memcpy(new.octets, found->octets, found->len),
	    fleet_kept_put(&work->kept, &new, keeps)) != 0))
		r = no_memory(work);
	free(new.octets);
	free(blob);
	if (r == 0)
		work->has_news = true;
	return r;
}

static int
judge_row(struct fleet_take_work *work, const struct fleet_found *found)
{
	enum fleet_verdict verdict;
	struct fleet_row row;
	struct ks_error why;

	/* An end that was archived here; keys that came later count. */
	if (strcmp(found->selector, FLEET_GONE) == 0 &&
	    fleet_kept_find(&work->kept, FLEET_GONE) == NULL &&
	    found->change <= work->seen)
		return 0;
	verdict = fleet_judge(work->taker->members, &work->kept, found,
	    &row, &why);
	if (verdict == FLEET_NEWS)
		return keep(work, found, &row, &why);
	if (verdict != FLEET_SAME)
		fleet_take_refuse(work, found->selector, found->change,
		    why.text);
	return 0;
}

/* What is kept and not found: somebody removed it. */
static void
find_dropped(struct fleet_take_work *work, const struct fleet_found *found,
    size_t nfound)
{
	const struct fleet_kept_row *row;
	size_t i, j;

	for (i = 0; i < work->kept.nrows; i++) {
		row = &work->kept.rows[i];
		for (j = 0; j < nfound; j++)
			if (strcmp(found[j].selector, row->selector) == 0)
				break;
		if (j == nfound)
			fleet_take_refuse(work, row->selector, row->change,
			    "the row is not in the database any more; the "
			    "key stays");
	}
}

/* Step 2. */
static int
write_kept(struct fleet_take_work *work)
{
	const int64_t highest = fleet_kept_highest(&work->kept);
	int r;

	if (highest < work->seen) {
		work->is_old = true;
		fleet_take_refuse(work, FLEET_GONE, highest, "this host had "
		    "later rows of the domain, and lost them; the database "
		    "has only older ones");
		return 0;
	}
	if (work->has_news) {
		if ((r = fleet_kept_write(work->lock, &work->kept,
		    work->error)) != 0)
			return r;
		work->taken->has_changed = true;
	}
	/* Whoever was killed may have kept the rows, and not the number. */
	return highest == work->seen ? 0 : fleet_seen_raise(work->taker->seen,
	    work->domain, highest, work->error);
}

/* -- Domains -------------------------------------------------------------- */

/* Whether it is the row of that key; one that cannot be read is not. */
static bool
is_row_of(const struct fleet_take_work *work, const struct fleet_found *found,
    const struct ks_key *key)
{
	struct ks_state one;
	struct fleet_row row;
	struct ks_error why;
	bool is;

	if (strcmp(found->selector, key->selector) != 0 ||
	    fleet_row_parse(found->octets, found->len,
	    work->taker->members->fleet, &row, &why) != 0 ||
	    row.kind != FLEET_ROW_KEY || fleet_row_key(&row, &one, &why) != 0)
		return false;
	is = key->public == NULL || one.keys[0].public == NULL ||
	    strcmp(key->public, one.keys[0].public) == 0;
	ks_state_finish(&one);
	return is;
}

/*
 * A key that this host had before the fleet had the domain, and that the fleet
 * does not have, though it may have another one of that name: to take the
 * domain would destroy it.
 */
static int
find_own_key(struct fleet_take_work *work, const struct fleet_found *found,
    size_t nfound)
{
	const struct ks_key *key;
	struct ks_state state;
	size_t i, j;
	int r;

	if (work->kept.nrows > 0 || work->seen > 0)
		return 0;
	r = ks_state_read(work->taker->ks, work->domain, &state, work->error);
	if (r == KS_E_NODOMAIN || r == KS_E_DAMAGED)
		return 0;
	for (i = 0; i < state.nkeys && !work->is_old; i++) {
		key = &state.keys[i];
		for (j = 0; j < nfound; j++)
			if (is_row_of(work, &found[j], key))
				break;
		work->is_old = j == nfound && key->removed == KS_NEVER;
	}
	ks_state_finish(&state);
	if (work->is_old)
		fleet_take_refuse(work, FLEET_GONE, found[0].change, "this "
		    "host has keys of its own in the domain, from before the "
		    "fleet: if the fleet's keys are to sign here, move its "
		    "folder out of the key directory");
	return r;
}

/*
 * The end of a domain that is not here: it was archived, or ended before this
 * host joined.  Only its number is noted.
 */
static int
note_end(struct fleet_take_work *work, const struct fleet_found *found)
{
	struct fleet_row row;
	struct ks_error why;
	int r = 0;

	if (found->change <= work->seen) {
		work->taken->highest = work->seen;
		return 0;
	}
	if (fleet_judge(work->taker->members, &work->kept, found, &row,
	    &why) != FLEET_NEWS)
		fleet_take_refuse(work, found->selector, found->change,
		    why.text);
	else if ((r = fleet_seen_raise(work->taker->seen, work->domain,
	    found->change, work->error)) == 0)
		work->taken->highest = found->change;
	return r;
}

/* Whether a domain that is not here has a row that is believed, or had one. */
static bool
is_believed(const struct fleet_take_work *work,
    const struct fleet_found *found, size_t nfound)
{
	struct fleet_row row;
	struct ks_error why;
	size_t i;

	for (i = 0; i < nfound; i++)
		if (fleet_judge(work->taker->members, &work->kept, &found[i],
		    &row, &why) == FLEET_NEWS)
			return true;
	return work->seen > 0;
}

/* A domain that no host has signed gets no folder: there may be a million. */
static int
refuse_all(struct fleet_take_work *work, const struct fleet_found *found,
    size_t nfound)
{
	size_t i;
	int r = 0;

	for (i = 0; i < nfound && r == 0; i++)
		r = judge_row(work, &found[i]);
	return r == 0 && work->is_short ? no_memory(work) : r;
}

static int
take(struct fleet_take_work *work, const struct fleet_found *found,
    size_t nfound)
{
	const struct fleet_taker *taker = work->taker;
	size_t i;
	int r;

	r = ks_lock_wait(taker->ks, work->domain, false, taker->wait_s,
	    &work->lock, work->error);
	if (r == KS_E_NODOMAIN) {
		if (nfound == 1 && strcmp(found[0].selector, FLEET_GONE) == 0)
			return note_end(work, &found[0]);
		if (!is_believed(work, found, nfound))
			return refuse_all(work, found, nfound);
		r = ks_lock_wait(taker->ks, work->domain, true, taker->wait_s,
		    &work->lock, work->error);
	}
	if (r == 0)
		r = fleet_kept_read(taker->ks, work->domain, &work->kept,
		    work->error);
	if (r == 0 && nfound > 0)
		r = find_own_key(work, found, nfound);
	for (i = 0; i < nfound && r == 0 && !work->is_old; i++)
		r = judge_row(work, &found[i]);
	if (r == 0) {
		fleet_kept_end(&work->kept);
		find_dropped(work, found, nfound);
	}
	if (r == 0 && (r = write_kept(work)) == 0 && !work->is_old)
		r = fleet_take_apply(work);
	if (r == 0 && work->is_short)
		r = no_memory(work);
	if (r == 0 && !work->is_old)
		work->taken->highest = work->kept.nrows == 0 ? work->seen :
		    fleet_kept_highest(&work->kept);
	ks_unlock(work->lock);
	fleet_kept_finish(&work->kept);
	return r;
}

int
fleet_take(const struct fleet_taker *taker, const char *domain,
    const struct fleet_found *found, size_t nfound,
    struct fleet_taken *taken, struct ks_error *error)
{
	struct fleet_take_work work = {
		.taker = taker, .domain = domain, .taken = taken,
		.error = error
	};
	int r;

	memset(taken, 0, sizeof(*taken));
	ks_set_mirror(taker->ks);
	work.is_retried = taker->exceptions != NULL &&
	    fleet_exceptions_forget(taker->exceptions, domain);
	if ((r = fleet_seen_get(taker->seen, domain, &work.seen, error)) == 0)
		r = take(&work, found, nfound);
	if (r != 0 && taker->exceptions != NULL &&
	    fleet_exceptions_add(taker->exceptions, domain, FLEET_GONE,
	    work.seen, error->text) != 0)
		r = KS_E_NOMEM;
	return r;
}

int
fleet_take_kept(const struct fleet_taker *taker, const char *domain,
    struct ks_error *error)
{
	struct fleet_taken taken;
	struct fleet_take_work work = {
		.taker = taker, .domain = domain, .taken = &taken,
		.error = error
	};
	int r;

	memset(&taken, 0, sizeof(taken));
	ks_set_mirror(taker->ks);
	r = ks_lock_wait(taker->ks, domain, false, taker->wait_s, &work.lock,
	    error);
	if (r == 0)
		r = fleet_kept_read(taker->ks, domain, &work.kept, error);
	if (r == 0)
		r = fleet_take_apply(&work);
	ks_unlock(work.lock);
	fleet_kept_finish(&work.kept);
	return r;
}
