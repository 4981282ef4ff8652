/* SPDX-License-Identifier: ISC */

/*
 * Writing keys: see keys.h.
 *
 * What a client changed is what differs from the rows that are kept here.  So
 * the state on disk, which it read, must be what these rows say; otherwise an
 * old state would be signed as a new one.  A row that other hosts would not
 * believe is not written.
 *
 * Numbers must be the next ones of the fleet; if others have taken some
 * meanwhile, the rows are signed again with later ones.
 */

#include "writing/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "epochs/blob.h"
#include "kept/state.h"
#include "store/master.h"
#include "store/replica.h"
#include "writing/private.h"

#define MAX_TRIES	3	/* to get the next numbers */

static int
refuse(struct fleet_write *write, const char *text)
{
	return fleet_fail(write->error, KS_E_EXISTS, text);
}

static int
no_memory(struct fleet_write *write)
{
	return fleet_fail(write->error, KS_E_NOMEM, "out of memory");
}

/* -- What is here --------------------------------------------------------- */

const char *
fleet_write_line(const char *lines, size_t len, const char *selector,
    size_t *linelen)
{
	const size_t namelen = strlen(selector);
	const char *line = lines, *end;

	for (; len > 0; len -= *linelen + 1, line = end + 1) {
		if ((end = memchr(line, '\n', len)) == NULL)
			return NULL;
		*linelen = (size_t)(end - line);
		if (*linelen > namelen && line[namelen] == ' ' &&
		    memcmp(line, selector, namelen) == 0)
			return line;
	}
	return NULL;
}

/* The state that the rows say, with what is pending here. */
static int
make_state(struct fleet_write *write, struct ks_state *state)
{
	const int r = fleet_kept_state(&write->kept, write->domain,
	    write->mirror->list->fleet, state, write->error);

	if (r == 0)
		fleet_pending_apply(&write->mirror->pending, state);
	return r;
}

/* Whether the lines on disk are those; a removed key may be missing. */
static int
compare(struct fleet_write *write, const struct ks_state *state,
    const char *wanted, size_t wantedlen, const char *lines, size_t len)
{
	const char *want, *have;
	size_t i, wantlen = 0, havelen = 0;

	for (i = 0; i < state->nkeys; i++) {
		want = fleet_write_line(wanted, wantedlen,
		    state->keys[i].selector, &wantlen);
		have = fleet_write_line(lines, len, state->keys[i].selector,
		    &havelen);
		if (have == NULL ? state->keys[i].removed != KS_NEVER :
		    want != NULL && wantlen == havelen &&
		    memcmp(want, have, havelen) == 0)
			continue;
		/* So that the next poll makes it what they say. */
		if (fleet_exceptions_add(&write->mirror->exceptions,
		    write->domain, FLEET_GONE, 0, "its state is not what its "
		    "rows say") != 0)
			return no_memory(write);
		return refuse(write, "the state of the domain is not what its "
		    "rows say: the mirror is about to complete it, so try "
		    "again later");
	}
	return 0;
}

/* Compare the state on disk with the rows. */
static int
check_disk(struct fleet_write *write)
{
	struct ks_state state, disk;
	char *wanted = NULL, *text = NULL;
	size_t wantedlen = 0, len = 0;
	int r;

	memset(&disk, 0, sizeof(disk));
	if ((r = make_state(write, &state)) == 0)
		r = ks_replica_print(&state, &wanted, &wantedlen,
		    write->error);
	if (r == 0) {
		r = ks_state_read(write->mirror->taker.ks, write->domain,
		    &disk, write->error);
		if (r == 0)
			r = ks_replica_print(&disk, &text, &len,
			    write->error);
		else if (r == KS_E_NODOMAIN)
			r = 0;
	}
	if (r == 0)
		r = compare(write, &state, wanted, wantedlen,
		    text == NULL ? "" : text, len);
	ks_state_finish(&state);
	ks_state_finish(&disk);
	free(wanted);
	free(text);
	return r;
}

int
fleet_write_begin(struct fleet_write *write)
{
	struct keystore *ks = write->mirror->taker.ks;
	int r;

	if ((r = ks_lock_lent(ks, write->domain, &write->lock,
	    write->error)) != 0 ||
	    (r = fleet_kept_read(ks, write->domain, &write->kept,
	    write->error)) != 0)
		return r;
	return check_disk(write);
}

void
fleet_write_finish(struct fleet_write *write)
{
	size_t i;

	for (i = 0; i < write->n; i++) {
		free(write->drafts[i].octets);
		free(write->drafts[i].blob);
	}
	free(write->drafts);
	ks_unlock(write->lock);
	fleet_kept_finish(&write->kept);
}

/* -- Drafts --------------------------------------------------------------- */

/* The private key of a new row.  If it is lost, the row has none. */
static int
seal_key(struct fleet_write *write, struct fleet_draft *draft,
    const struct ks_key *key)
{
	struct fleet_mirror *mirror = write->mirror;
	EVP_PKEY *pkey;
	int r;

	r = ks_key_load(mirror->taker.ks, write->domain, key, &pkey,
	    write->error);
	if (r == KS_E_NOKEY || r == KS_E_DAMAGED)
		return 0;
	if (r != 0)
		return r;
	draft->row.epoch = (unsigned int)mirror->list->epoch;
	r = fleet_blob_make(&mirror->epochs, mirror->list->fleet, &draft->row,
	    pkey, &draft->blob, &draft->bloblen, write->error);
	EVP_PKEY_free(pkey);
	return r;
}

static int
add_blob(struct fleet_write *write, struct fleet_draft *draft,
    const struct fleet_kept_row *kept, const struct ks_key *key)
{
	struct fleet_row old;
	int r;

	(void)strlcpy(draft->row.blob, "-", sizeof(draft->row.blob));
	if (kept == NULL)
		return key->removed != KS_NEVER ? 0 :
		    seal_key(write, draft, key);
	if ((r = fleet_row_parse(kept->octets, kept->octetslen,
	    write->mirror->list->fleet, &old, write->error)) != 0)
		return r;
	/* Of a removed key, too: until it is destroyed, it may be disclosed. */
	draft->keeps_blob = true;
	draft->row.epoch = old.epoch;
	(void)strlcpy(draft->row.blob, old.blob, sizeof(draft->row.blob));
	return 0;
}

/* Whether a line is what a row says already. */
static int
is_kept(struct fleet_write *write, const struct fleet_kept_row *kept,
    const struct fleet_row *new, bool *is)
{
	struct fleet_row old;
	int r;

	*is = false;
	if (kept == NULL)
		return 0;
	r = fleet_row_parse(kept->octets, kept->octetslen,
	    write->mirror->list->fleet, &old, write->error);
	*is = r == 0 && old.linelen == new->linelen &&
	    memcmp(old.line, new->line, old.linelen) == 0;
	return r;
}

struct fleet_draft *
fleet_write_draft(struct fleet_write *write)
{
	struct fleet_draft *drafts;

	drafts = recallocarray(write->drafts, write->n, write->n + 1,
	    sizeof(*drafts));
	if (drafts == NULL)
		return NULL;
	write->drafts = drafts;
	return &drafts[write->n++];
}

static int
add_line(struct fleet_write *write, const char *line, size_t len)
{
	struct fleet_row row = {
		.kind = FLEET_ROW_KEY, .line = line, .linelen = len
	};
	const struct fleet_kept_row *kept;
	struct fleet_draft *draft;
	struct ks_state state;
	bool is;
	int r;

	(void)strlcpy(row.domain, write->domain, sizeof(row.domain));
	if ((r = fleet_row_key(&row, &state, write->error)) != 0)
		return r;
	(void)strlcpy(row.selector, state.keys[0].selector,
	    sizeof(row.selector));
	kept = fleet_kept_find(&write->kept, row.selector);
	r = is_kept(write, kept, &row, &is);
	if (r == 0 && !is) {
		if ((draft = fleet_write_draft(write)) == NULL)
			r = no_memory(write);
		else {
			draft->row = row;
			draft->replaces = kept == NULL ? 0 : kept->change;
			draft->row.before = draft->replaces;
			r = add_blob(write, draft, kept, &state.keys[0]);
		}
	}
	ks_state_finish(&state);
	return r;
}

static int
add_lines(struct fleet_write *write, const char *lines, size_t len)
{
	const char *end;
	size_t n;
	int r = 0;

	for (; len > 0 && r == 0; len -= n + 1, lines = end + 1) {
		if ((end = memchr(lines, '\n', len)) == NULL)
			return refuse(write, "a line without an end");
		n = (size_t)(end - lines);
		r = add_line(write, lines, n);
	}
	return r;
}

/* -- Writing -------------------------------------------------------------- */

/* Number, print, sign, and judge as others will. */
static int
sign(struct fleet_write *write, struct fleet_draft *draft, int64_t number)
{
	const struct fleet_mirror *mirror = write->mirror;
	struct fleet_found found = { .domain = write->domain };
	struct fleet_row row;
	struct ks_error why;
	int r;

	free(draft->octets);
	draft->octets = NULL;
	draft->row.change = number;
	(void)strlcpy(draft->row.by, mirror->host, sizeof(draft->row.by));
	if ((r = fleet_row_print(&draft->row, mirror->list->fleet,
	    &draft->octets, &draft->len, write->error)) != 0)
		return r;
	if (fleet_sign(mirror->keys->sign, draft->octets, draft->len,
	    draft->signature) != 0)
		return fleet_fail(write->error, KS_E_CRYPTO, "the crypto "
		    "library cannot sign");
	found.selector = draft->row.selector;
	found.change = number;
	found.octets = (const unsigned char *)draft->octets;
	found.len = draft->len;
	found.signature = draft->signature;
	found.signaturelen = sizeof(draft->signature);
	if (fleet_judge(mirror->list, &write->kept, &found, &row, &why) ==
	    FLEET_NEWS)
		return 0;
	return refuse(write, why.text);
}

/* Keep what the database has taken. */
static int
keep(struct fleet_write *write)
{
	const struct fleet_draft *draft;
	struct fleet_kept_row row;
	size_t i;
	int r = 0;

	for (i = 0; i < write->n && r == 0; i++) {
		draft = &write->drafts[i];
		memset(&row, 0, sizeof(row));
		(void)strlcpy(row.selector, draft->row.selector,
		    sizeof(row.selector));
		row.change = draft->row.change;
		row.octets = (unsigned char *)draft->octets;
		row.octetslen = draft->len;
		row.blob = (unsigned char *)draft->blob;
		row.bloblen = draft->bloblen;
		memcpy(row.signature, draft->signature,
		    sizeof(row.signature));
		if (fleet_kept_put(&write->kept, &row,
		    draft->keeps_blob) != 0)
			r = no_memory(write);
	}
	fleet_kept_end(&write->kept);
	if (r == 0)
		r = fleet_kept_write(write->lock, &write->kept, write->error);
	return r != 0 ? r : fleet_seen_raise(write->mirror->taker.seen,
	    write->domain, fleet_kept_highest(&write->kept), write->error);
}

int
fleet_write_commit(struct fleet_write *write, int64_t *change)
{
	unsigned int tries = 0;
	bool again = false;
	size_t i;
	int r;

	do {
		if ((r = fleet_mirror_number(write->mirror, change,
		    write->error)) != 0)
			return r;
		for (i = 0; i < write->n && r == 0; i++)
			r = sign(write, &write->drafts[i], *change +
			    (int64_t)i + 1);
		if (r == 0)
			r = fleet_write_send(write, &again);
	} while (again && ++tries < MAX_TRIES);
	if (r != 0)
		return r;
	*change += (int64_t)write->n;
	/*
	 * First, so that nothing is kept whose number a database that has lost
	 * it could give out again.  Without an answer the number is not known.
	 */
	r = fleet_mirror_raise(write->mirror, *change, write->error);
	return r != 0 ? r : keep(write);
}

int
fleet_write_state(const struct fleet_writer *writer, const char *domain,
    const char *lines, size_t len, int64_t *change, struct ks_error *error)
{
	struct fleet_write write = {
		.mirror = writer->mirror, .db = writer->db,
		.lease = writer->lease, .domain = domain, .error = error
	};
	int r;

	*change = writer->mirror->marks.change;
	if ((r = fleet_write_begin(&write)) == 0 &&
	    (r = add_lines(&write, lines, len)) == 0 &&
	    (r = fleet_write_forget(&write, lines, len)) == 0 &&
	    write.n > 0 &&
	    (r = fleet_write_check_rows(writer, domain, error)) == 0)
		r = fleet_write_commit(&write, change);
	fleet_write_finish(&write);
	return r;
}

int
fleet_write_gone(const struct fleet_writer *writer, const char *domain,
    int64_t *change, struct ks_error *error)
{
	struct fleet_write write = {
		.mirror = writer->mirror, .db = writer->db,
		.lease = writer->lease, .domain = domain, .error = error
	};
	struct fleet_draft *draft = NULL;
	int r;

	*change = writer->mirror->marks.change;
	if ((r = fleet_write_begin(&write)) == 0 && write.kept.nrows > 0) {
		if ((draft = fleet_write_draft(&write)) == NULL)
			r = no_memory(&write);
		else
			r = fleet_write_end_of(&write, &draft->replaces);
	}
	if (r == 0 && draft != NULL) {
		draft->row.kind = FLEET_ROW_GONE;
		draft->row.before = fleet_kept_highest(&write.kept);
		(void)strlcpy(draft->row.domain, domain,
		    sizeof(draft->row.domain));
		(void)strlcpy(draft->row.selector, FLEET_GONE,
		    sizeof(draft->row.selector));
		r = fleet_write_check_rows(writer, domain, error);
		if (r == 0)
			r = fleet_write_commit(&write, change);
	}
	fleet_write_finish(&write);
	return r;
}
