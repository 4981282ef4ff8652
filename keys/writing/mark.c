/* SPDX-License-Identifier: ISC */

/*
 * Marking keys as compromised: see mark.h.
 *
 * The row of a mark is the newest one that this host has, with the mark, and
 * with an end if a key in reserve can take over: then all hosts let that one
 * sign from there on, by the same rule (kept/pending.h), until the holder of
 * the lease has written who does.  Another writer may be faster: then the mark
 * is made again from what that one wrote, after the next poll.  The end is not
 * later than the database's now: if the clock of this host is ahead, the others
 * would sign on until then.
 *
 * A domain that no row is known of, or whose rows cannot be read, may have keys
 * here all the same.  The mark of one is kept until its state has it.
 */

#include "writing/mark.h"

#include <stdlib.h>
#include <string.h>

#include "kept/state.h"
#include "store/replica.h"
#include "store/state.h"

#define WAIT_S	10	/* for the lock of a domain, for a mark */
#define LOCK_NOT_FREE	"55P03"	/* SQLSTATE, after lock_timeout */

static const char mark_key[] = "SELECT countersign.compromise_key($1, $2, $3, "
    "$4, $5, $6)";

/* Whether rows say what is pending, or there is no such key. */
static bool
is_over(const struct fleet_pending_key *pending, struct ks_state *state)
{
	const struct ks_key *key = ks_state_find(state, pending->selector);

	return !fleet_pending_changes(pending, state) ||
	    (!pending->is_mark && key->revoked != KS_NEVER);
}

/* Write that the key of a row is compromised. */
static int
write_row(struct fleet_mirror *mirror, const struct fleet_row *row,
    const char *octets, size_t len, struct ks_error *error)
{
	char before[FLEET_NUMBER_SIZE], number[FLEET_NUMBER_SIZE];
	unsigned char signature[FLEET_SIGNATURE];
	const struct fleet_value values[] = {
		fleet_number(row->before, before),
		fleet_number(row->change, number), fleet_text(row->domain),
		fleet_text(row->selector), fleet_octets(octets, len),
		fleet_octets(signature, sizeof(signature))
	};
	struct fleet_db_error why;
	int r;

	if (fleet_sign(mirror->keys->sign, octets, len, signature) != 0)
		return fleet_fail(error, KS_E_CRYPTO, "the crypto library "
		    "cannot sign");
	if (!fleet_mirror_worked(fleet_db_run(mirror->db, mark_key, values,
	    6, NULL, &why), &why, &r, error))
		mirror->is_held_up = strcmp(why.state, LOCK_NOT_FREE) == 0;
	return r;
}

/* The line of the key in a state; the caller frees *text. */
static int
print_line(const struct ks_key *key, struct fleet_row *row, char **text,
    struct ks_error *error)
{
	struct ks_state one;
	size_t len;
	int r;

	memset(&one, 0, sizeof(one));
	if (ks_state_append(&one, key) != 0)
		return fleet_fail(error, KS_E_NOMEM, "out of memory");
	if ((r = ks_replica_print(&one, text, &len, error)) == 0) {
		/* After the line of the format. */
		row->line = *text + strcspn(*text, "\n") + 1;
		row->linelen = strcspn(row->line, "\n");
	}
	ks_state_finish(&one);
	return r;
}

/* The state that the rows of a domain say, without what is pending. */
static int
read_rows(struct fleet_mirror *mirror, const char *domain,
    struct fleet_kept *kept, struct ks_state *state, struct ks_error *error)
{
	int r;

	memset(state, 0, sizeof(*state));
	r = fleet_kept_read(mirror->taker.ks, domain, kept, error);
	if (r == KS_E_NODOMAIN)
		return 0;
	return r != 0 ? r : fleet_kept_state(kept, domain,
	    mirror->list->fleet, state, error);
}

/* Whether the state that this host has, has that key. */
static int
read_own(struct fleet_mirror *mirror, const char *domain,
    struct ks_state *state, struct ks_error *error)
{
	const int r = ks_state_read(mirror->taker.ks, domain, state, error);

	return r == KS_E_NODOMAIN ? 0 : r;
}

/* Write the row of a key, which now has that line. */
static int
push_line(struct fleet_mirror *mirror, const struct fleet_kept_row *old,
    const struct ks_key *key, struct ks_error *error)
{
	struct fleet_row row;
	char *text, *octets;
	size_t len;
	int r;

	if ((r = fleet_row_parse(old->octets, old->octetslen,
	    mirror->list->fleet, &row, error)) != 0 ||
	    (r = print_line(key, &row, &text, error)) != 0)
		return r;
	row.before = row.change;
	(void)strlcpy(row.by, mirror->host, sizeof(row.by));
	if ((r = fleet_mirror_number(mirror, &row.change, error)) == 0)
		row.change++;
	if (r == 0 && (r = fleet_row_print(&row, mirror->list->fleet, &octets,
	    &len, error)) == 0) {
		r = write_row(mirror, &row, octets, len, error);
		free(octets);
	}
	free(text);
	return r;
}

/*
 * Write the mark of a key whose domain has these rows, which say that state.
 * All that is pending counts: none of these is a reserve.
 */
static int
push(struct fleet_mirror *mirror, struct fleet_pending_key *pending,
    const struct fleet_kept_row *old, struct ks_state *state,
    size_t *nwritten, struct ks_error *error)
{
	const int64_t now = mirror->now_ms / 1000;
	const struct ks_key *key = ks_state_find(state, pending->selector);
	const bool was_marked = key->compromised;
	const int64_t end = key->retire_at;
	int r;

	if (pending->at > now)
		pending->at = now;
	fleet_pending_apply(&mirror->pending, state);
	if (was_marked && key->retire_at == end)
		return 0;
	if ((r = push_line(mirror, old, key, error)) == 0)
		(*nwritten)++;
	return r;
}

/* Look at one; *over says whether it can be forgotten. */
static int
push_key(struct fleet_mirror *mirror, size_t i, bool *over,
    size_t *nwritten, struct ks_error *error)
{
	struct fleet_pending_key *key = &mirror->pending.list[i];
	const struct fleet_kept_row *row = NULL;
	struct fleet_kept kept;
	struct ks_state state;
	int r;

	memset(&kept, 0, sizeof(kept));
	*over = false;
	r = read_rows(mirror, key->domain, &kept, &state, error);
	if (r == 0 && (row = fleet_kept_find(&kept, key->selector)) == NULL) {
		ks_state_finish(&state);
		r = read_own(mirror, key->domain, &state, error);
	}
	if (r == 0)
		*over = is_over(key, &state);
	if (r == 0 && !*over && key->is_mark && row != NULL)
		r = push(mirror, key, row, &state, nwritten, error);
	ks_state_finish(&state);
	fleet_kept_finish(&kept);
	return r;
}

/* A host that was expelled writes nothing: say so for each mark. */
static void
tell_unwritten(struct fleet_mirror *mirror)
{
	const struct fleet_host *host = fleet_members_find(mirror->list,
	    mirror->host);
	const struct fleet_pending *pending = &mirror->pending;
	size_t i;

	if (host == NULL || !host->is_expelled)
		return;
	for (i = 0; i < pending->n; i++)
		if (pending->list[i].is_mark)
			mirror->taker.alarm(mirror->taker.context,
			    pending->list[i].domain,
			    pending->list[i].selector, 0, "it was marked as "
			    "compromised here, and the host was expelled "
			    "before it could write that: run "
			    "'countersign-key compromise' for it on a host of "
			    "the fleet");
}

int
fleet_marks_push(struct fleet_mirror *mirror, size_t *nwritten,
    struct ks_error *error)
{
	struct fleet_pending *pending = &mirror->pending;
	const size_t n = pending->n;
	size_t i;
	bool over;
	int r = 0;

	*nwritten = 0;
	mirror->is_held_up = false;
	if (mirror->keys == NULL)
		return 0;
	if (!fleet_members_admits(mirror->list, mirror->host)) {
		tell_unwritten(mirror);
		return 0;
	}
	/* The others would have to wait for the same lock. */
	for (i = 0; i < pending->n && r == 0 && !mirror->is_held_up;) {
		r = push_key(mirror, i, &over, nwritten, error);
		if (fleet_mirror_is_of_domain(r)) {
			/* Another writer was faster, or it is of no use. */
			mirror->taker.alarm(mirror->taker.context,
			    pending->list[i].domain,
			    pending->list[i].selector, 0, error->text);
			r = 0;
		}
		if (over)
			fleet_pending_remove(pending, i);
		else
			i++;
	}
	if (pending->n != n && r == 0)
		r = fleet_pending_write(mirror->taker.ks, pending, error);
	return r;
}

void
fleet_marks_apply(struct fleet_mirror *mirror)
{
	const struct fleet_pending *pending = &mirror->pending;
	struct ks_error error;
	size_t i;
	int r;

	if (pending->n > 0)
		fleet_mirror_prepare(mirror);
	for (i = 0; i < pending->n; i++) {
		r = fleet_take_kept(&mirror->taker, pending->list[i].domain,
		    &error);
		if (r != 0 && r != KS_E_LOCKED && r != KS_E_NODOMAIN)
			mirror->taker.alarm(mirror->taker.context,
			    pending->list[i].domain,
			    pending->list[i].selector, 0, error.text);
	}
}

/*
 * The state that says whether a key can be pending: that of the rows; for a
 * mark also the one on disk, if the rows do not have the key.
 */
static int
read_any(struct fleet_mirror *mirror, const char *domain, const char *selector,
    bool is_mark, struct ks_state *state, struct ks_error *error)
{
	struct fleet_kept kept;
	int r;

	memset(&kept, 0, sizeof(kept));
	r = read_rows(mirror, domain, &kept, state, error);
	fleet_kept_finish(&kept);
	if (!is_mark || (r != 0 && !fleet_mirror_is_of_domain(r)) ||
	    (r == 0 && ks_state_find(state, selector) != NULL))
		return r;
	ks_state_finish(state);
	return read_own(mirror, domain, state, error);
}

/* Change the state of a domain as what is pending says. */
static int
take(struct fleet_mirror *mirror, const char *domain, unsigned int wait_s,
    struct ks_error *error)
{
	struct fleet_taker taker;

	fleet_mirror_prepare(mirror);
	taker = mirror->taker;
	taker.wait_s = wait_s;
	return fleet_take_kept(&taker, domain, error);
}

/* Enter a key in what is pending, in memory alone. */
static int
enter(struct fleet_mirror *mirror, const char *domain, const char *selector,
    bool is_mark, struct ks_error *error)
{
	struct fleet_pending_key one = {
		.at = mirror->taker.clock(), .is_mark = is_mark,
		.is_here = !is_mark
	};
	const struct ks_key *key;
	struct ks_state state;
	int r;

	(void)strlcpy(one.selector, selector, sizeof(one.selector));
	if ((r = read_any(mirror, domain, selector, is_mark, &state,
	    error)) == 0) {
		key = ks_state_find(&state, selector);
		if (key == NULL || key->removed != KS_NEVER)
			r = fleet_fail(error, KS_E_NOKEY, "the fleet has no "
			    "such key");
		else if (fleet_pending_changes(&one, &state))
			r = fleet_pending_add(&mirror->pending, domain,
			    selector, one.at, is_mark, error);
	}
	ks_state_finish(&state);
	return r;
}

int
fleet_mark(struct fleet_mirror *mirror, const char *domain,
    const char *selector, struct ks_error *error)
{
	int r;

	if ((r = enter(mirror, domain, selector, true, error)) != 0 ||
	    (r = fleet_sights_keep(mirror, error)) != 0)
		return r;
	return take(mirror, domain, WAIT_S, error) == 0 ? 0 : KS_E_LOCKED;
}

int
fleet_sight_revoked(struct fleet_mirror *mirror, const char *domain,
    const char *selector, struct ks_error *error)
{
	return enter(mirror, domain, selector, false, error);
}

void
fleet_sight_shown(struct fleet_mirror *mirror, const char *domain,
    const char *selector, int64_t *ended, bool *is_changed)
{
	const struct fleet_pending *pending = &mirror->pending;
	size_t i;

	if (fleet_pending_find(pending, domain, selector, &i))
		*ended = pending->list[i].at;
	*is_changed = fleet_pending_show(&mirror->pending, domain, selector);
}

int
fleet_sight_keep_ended(struct fleet_mirror *mirror, const char *domain,
    const char *selector, int64_t ended, struct ks_error *error)
{
	return fleet_pending_add(&mirror->pending, domain, selector, ended,
	    false, error);
}

int
fleet_sights_keep(struct fleet_mirror *mirror, struct ks_error *error)
{
	return fleet_pending_write(mirror->taker.ks, &mirror->pending, error);
}

int
fleet_sights_take(struct fleet_mirror *mirror, const char *domain,
    struct ks_error *error)
{
	return take(mirror, domain, 0, error);
}
