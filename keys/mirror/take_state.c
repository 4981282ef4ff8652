/* SPDX-License-Identifier: ISC */

/*
 * The state and the key files that the rows of a domain say: steps 3 and 4 of
 * take.c.
 *
 * A removed key has a file as long as its row has a private key: any host may
 * have the lease when it is to be disclosed.  The host that destroys it writes
 * the row without, and then the others destroy their files.
 */

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "kept/state.h"
#include "mirror/take_private.h"
#include "store/replica.h"
#include "store/state.h"

static int
no_memory(struct fleet_take_work *work)
{
	return fleet_fail(work->error, KS_E_NOMEM, "out of memory");
}

/* The state that the kept rows say, with what is pending. */
static int
make_state(struct fleet_take_work *work, struct ks_state *state)
{
	const int r = fleet_kept_state(&work->kept, work->domain,
	    work->taker->members->fleet, state, work->error);

	if (r == 0 && work->taker->pending != NULL)
		fleet_pending_apply(work->taker->pending, state);
	return r;
}

/* Whether the kept row of a removed key has its private key. */
static bool
is_to_be_destroyed(const struct fleet_kept_row *kept,
    const struct ks_key *line)
{
	return line != NULL && line->removed != KS_NEVER &&
	    kept->blob != NULL;
}

/*
 * The private key of a kept row, if its file is not in the store: *is_new.
 * That of a removed key is named although it is there, so that it stays, until
 * some host has destroyed it.
 */
static int
open_missing(struct fleet_take_work *work, const struct fleet_kept_row *kept,
    const struct ks_state *state, struct ks_replica_key *key, bool *is_new)
{
	const struct fleet_taker *taker = work->taker;
	const struct ks_key *line = ks_state_find(state, kept->selector);
	struct fleet_row row;
	struct ks_error why;
	EVP_PKEY *pkey;
	int r;

	key->pkey = NULL;
	*is_new = false;
	if (kept->blob == NULL || line == NULL)
		return 0;
	(void)strlcpy(key->selector, kept->selector, sizeof(key->selector));
	if (ks_key_load(taker->ks, work->domain, line, &pkey, NULL) == 0) {
		if (is_to_be_destroyed(kept, line))
			key->pkey = pkey;
		else
			EVP_PKEY_free(pkey);
		return 0;
	}
	if ((r = fleet_row_parse(kept->octets, kept->octetslen,
	    taker->members->fleet, &row, work->error)) != 0)
		return r;
	if (taker->open_blob(taker->context, &row, kept->blob, kept->bloblen,
	    &key->pkey, &why) != 0) {
		fleet_take_refuse(work, kept->selector, kept->change, why.text);
		key->pkey = NULL;
		return 0;
	}
	*is_new = true;
	return 0;
}

/* Keys that came must load: that is what a signer will do. */
static void
test_keys(struct fleet_take_work *work, const struct ks_state *state,
    const struct ks_replica_key *keys, size_t nkeys)
{
	const struct fleet_kept_row *kept;
	struct ks_error why;
	EVP_PKEY *pkey;
	size_t i;

	for (i = 0; i < nkeys; i++) {
		if (ks_key_load(work->taker->ks, work->domain,
		    ks_state_find(state, keys[i].selector), &pkey,
		    &why) == 0) {
			EVP_PKEY_free(pkey);
			continue;
		}
		kept = fleet_kept_find(&work->kept, keys[i].selector);
		fleet_take_refuse(work, keys[i].selector, kept == NULL ? 0 :
		    kept->change, why.text);
	}
}

/*
 * The files of removed keys: *is_same becomes false if one is to go, *is_whole
 * if one is to come.
 */
static int
compare_removed(struct fleet_take_work *work, const struct ks_state *state,
    bool *is_same, bool *is_whole)
{
	const struct fleet_kept_row *kept;
	const struct ks_key *line;
	bool exists;
	size_t i;
	int r;

	for (i = 0; i < work->kept.nrows; i++) {
		kept = &work->kept.rows[i];
		line = ks_state_find(state, kept->selector);
		if (line == NULL || line->removed == KS_NEVER)
			continue;
		if ((r = ks_key_exists(work->taker->ks, work->domain,
		    kept->selector, &exists, work->error)) != 0)
			return r;
		if (!is_to_be_destroyed(kept, line))
			*is_same = *is_same && !exists;
		else
			*is_whole = *is_whole && exists;
	}
	return 0;
}

/* Whether the store has that state already, and all its files. */
static int
compare_state(struct fleet_take_work *work, struct ks_state *wanted,
    bool *is_same, bool *is_whole)
{
	char want[KS_DIGEST_SIZE], have[KS_DIGEST_SIZE];
	struct ks_state state;
	int r;

	*is_same = *is_whole = false;
	r = ks_state_read(work->taker->ks, work->domain, &state, work->error);
	if (r == KS_E_NODOMAIN || r == KS_E_DAMAGED)
		return 0;
	if (r == 0 && (r = ks_replica_digest(work->taker->ks, &state, have,
	    is_whole, work->error)) == 0 &&
	    (r = ks_replica_digest(work->taker->ks, wanted, want, is_whole,
	    work->error)) == 0)
		*is_same = strcmp(have, want) == 0 && state.nunfinished == 0;
	ks_state_finish(&state);
	if (r == 0)
		r = compare_removed(work, wanted, is_same, is_whole);
	return r;
}

/* Open what is missing, and write what differs. */
static int
write_state(struct fleet_take_work *work, struct ks_state *state, bool is_same)
{
	struct ks_replica_key *keys;
	bool is_new, needs_files = false;
	size_t i, n = 0;
	int r = 0;

	if ((keys = calloc(work->kept.nrows + 1, sizeof(*keys))) == NULL)
		return no_memory(work);
	for (i = 0; i < work->kept.nrows && r == 0; i++) {
		r = open_missing(work, &work->kept.rows[i], state, &keys[n],
		    &is_new);
		needs_files |= is_new;
		if (keys[n].pkey != NULL)
			n++;
	}
	if (r == 0 && (!is_same || needs_files)) {
		r = ks_replica_write(work->lock, state, keys, n, OF_FLEET,
		    work->taker->clock(), work->error);
		work->taken->has_changed = r == 0;
	}
	if (r == 0)
		test_keys(work, state, keys, n);
	for (i = 0; i < n; i++)
		EVP_PKEY_free(keys[i].pkey);
	free(keys);
	return r;
}

int
fleet_take_apply(struct fleet_take_work *work)
{
	struct ks_state state;
	bool is_same, is_whole;
	int r;

	r = make_state(work, &state);
	if (r == 0 && state.nkeys == 0 && work->kept.nrows > 0) {
		r = ks_replica_archive(work->lock, OF_FLEET,
		    work->taker->clock(), work->error);
		/* Only rows that were refused had made the folder. */
		if (r == KS_E_NODOMAIN)
			r = 0;
	} else if (r == 0 && state.nkeys > 0) {
		r = compare_state(work, &state, &is_same, &is_whole);
		if (r == 0 && (!is_same || !is_whole || work->is_retried))
			r = write_state(work, &state, is_same);
	}
	ks_state_finish(&state);
	return r;
}
