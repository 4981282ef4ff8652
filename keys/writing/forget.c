/* SPDX-License-Identifier: ISC */

/*
 * Rows of keys that have come to their end (DESIGN, section 5).
 *
 * A removed key keeps its sealed private key until the holder of the lease has
 * disclosed or destroyed it, so that any holder can.  Its row goes when the key
 * was removed FORGET_S ago, its line is not in the state any more, and each
 * admitted host has confirmed the row.  It is not deleted alone, since nothing
 * would tell it from an old row that somebody puts back: the domain ends with a
 * row of its own, signed, and the rows that stay follow it with new numbers,
 * signed by this host, all in one transaction.  So whatever has a number up to
 * that of the end is old for each reader, and readers that have the rows
 * compare them with the new ones as with any others.
 *
 * That writes all rows of a domain, so it is done for MIN_FORGET at once.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/state.h"
#include "writing/private.h"

#define FORGET_S	(INT64_C(366) * 86400)	/* as NEWKEY_FORGET */
#define MIN_FORGET	16

static int
no_memory(struct fleet_write *write)
{
	return fleet_fail(write->error, KS_E_NOMEM, "out of memory");
}

/* Whether all admitted hosts have a row; this one wrote or took it. */
static bool
is_confirmed(const struct fleet_write *write,
    const struct fleet_kept_row *kept)
{
	const struct fleet_mirror *mirror = write->mirror;
	const struct fleet_host *host;
	size_t i;

	for (i = 0; i < mirror->list->nhosts; i++) {
		host = &mirror->list->hosts[i];
		if (!host->is_expelled &&
		    strcmp(host->name, mirror->host) != 0 &&
		    !fleet_confirmed_has(&mirror->confirmed, host->name,
		    write->domain, kept->selector, kept->change))
			return false;
	}
	return true;
}

/* Whether a row may go. */
static int
may_go(struct fleet_write *write, const struct fleet_kept_row *kept,
    const char *lines, size_t len, bool *may)
{
	const int64_t now = write->mirror->taker.clock();
	const struct ks_key *key;
	struct fleet_row row;
	struct ks_state state;
	size_t linelen;
	int r;

	*may = false;
	if (strcmp(kept->selector, FLEET_GONE) == 0 ||
	    fleet_write_line(lines, len, kept->selector, &linelen) != NULL)
		return 0;
	if ((r = fleet_row_parse(kept->octets, kept->octetslen,
	    write->mirror->list->fleet, &row, write->error)) != 0 ||
	    (r = fleet_row_key(&row, &state, write->error)) != 0)
		return r;
	key = &state.keys[0];
	*may = key->removed != KS_NEVER && !key->unconfirmed &&
	    now - key->removed >= FORGET_S && is_confirmed(write, kept);
	ks_state_finish(&state);
	return 0;
}

/* A draft of that key, which is written anyway. */
static struct fleet_draft *
find_draft(struct fleet_write *write, const char *selector)
{
	size_t i;

	for (i = 0; i < write->n; i++)
		if (strcmp(write->drafts[i].row.selector, selector) == 0)
			return &write->drafts[i];
	return NULL;
}

/* Its blob is written again, as the row is a new one. */
static int
copy_blob(struct fleet_write *write, struct fleet_draft *draft,
    const struct fleet_kept_row *kept)
{
	draft->keeps_blob = false;
	draft->replaces = 0;
	if (kept->blob == NULL || strcmp(draft->row.blob, "-") == 0)
		return 0;
	if ((draft->blob = malloc(kept->bloblen)) == NULL)
		return no_memory(write);
	memcpy(draft->blob, kept->blob, kept->bloblen);
	draft->bloblen = kept->bloblen;
	return 0;
}

/* A row that stays. */
static int
add_row(struct fleet_write *write, const struct fleet_kept_row *kept)
{
	struct fleet_draft *draft = find_draft(write, kept->selector);
	int r;

	if (draft == NULL) {
		if ((draft = fleet_write_draft(write)) == NULL)
			return no_memory(write);
		if ((r = fleet_row_parse(kept->octets, kept->octetslen,
		    write->mirror->list->fleet, &draft->row,
		    write->error)) != 0)
			return r;
		draft->row.before = kept->change;
	}
	return copy_blob(write, draft, kept);
}

/* The row that ends the domain, as the first draft. */
static int
add_end(struct fleet_write *write)
{
	struct fleet_draft end;
	int r;

	memset(&end, 0, sizeof(end));
	if ((r = fleet_write_end_of(write, &end.replaces)) != 0)
		return r;
	end.row.kind = FLEET_ROW_GONE;
	end.row.before = fleet_kept_highest(&write->kept);
	(void)strlcpy(end.row.domain, write->domain, sizeof(end.row.domain));
	(void)strlcpy(end.row.selector, FLEET_GONE, sizeof(end.row.selector));
	if (fleet_write_draft(write) == NULL)
		return no_memory(write);
	memmove(write->drafts + 1, write->drafts,
	    (write->n - 1) * sizeof(*write->drafts));
	write->drafts[0] = end;
	return 0;
}

int
fleet_write_forget(struct fleet_write *write, const char *lines, size_t len)
{
	const struct fleet_kept *kept = &write->kept;
	bool *may;
	size_t i, n = 0;
	int r = 0;

	if (kept->nrows < MIN_FORGET)
		return 0;
	if ((may = calloc(kept->nrows, sizeof(*may))) == NULL)
		return no_memory(write);
	for (i = 0; i < kept->nrows && r == 0; i++) {
		r = may_go(write, &kept->rows[i], lines, len, &may[i]);
		n += may[i];
	}
	if (r == 0 && n >= MIN_FORGET) {
		r = add_end(write);
		for (i = 0; i < kept->nrows && r == 0; i++)
			if (!may[i] && strcmp(kept->rows[i].selector,
			    FLEET_GONE) != 0)
				r = add_row(write, &kept->rows[i]);
	}
	free(may);
	return r;
}

/* -- Private keys --------------------------------------------------------- */

/* The row again, without its blob. */
static int
add_destroyed(struct fleet_write *write, const struct fleet_kept_row *kept)
{
	struct fleet_draft *draft;
	struct ks_state state;
	bool is_removed;
	int r;

	if ((draft = fleet_write_draft(write)) == NULL)
		return no_memory(write);
	if ((r = fleet_row_parse(kept->octets, kept->octetslen,
	    write->mirror->list->fleet, &draft->row, write->error)) != 0 ||
	    (r = fleet_row_key(&draft->row, &state, write->error)) != 0)
		return r;
	is_removed = state.keys[0].removed != KS_NEVER;
	ks_state_finish(&state);
	if (!is_removed)
		return fleet_fail(write->error, KS_E_EXISTS, "the record of "
		    "the key was not removed");
	draft->replaces = draft->row.before = kept->change;
	draft->row.epoch = 0;
	(void)strlcpy(draft->row.blob, "-", sizeof(draft->row.blob));
	return 0;
}

int
fleet_write_destroyed(const struct fleet_writer *writer, const char *domain,
    const char *selector, int64_t *change, struct ks_error *error)
{
	struct fleet_write write = {
		.mirror = writer->mirror, .db = writer->db,
		.lease = writer->lease, .domain = domain, .error = error
	};
	const struct fleet_kept_row *kept;
	int r;

	*change = writer->mirror->marks.change;
	if ((r = fleet_write_begin(&write)) == 0 &&
	    (kept = fleet_kept_find(&write.kept, selector)) != NULL &&
	    kept->blob != NULL && (r = add_destroyed(&write, kept)) == 0 &&
	    (r = fleet_write_check_rows(writer, domain, error)) == 0)
		r = fleet_write_commit(&write, change);
	fleet_write_finish(&write);
	return r;
}
