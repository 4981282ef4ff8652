/* SPDX-License-Identifier: ISC */

/*
 * Taking rows from an export: see import_rows.h.
 *
 * The mirror's own way is taken (mirror/take.h), with rows and blobs from the
 * text.  It wants all rows that there are, so those of this host stand in for
 * the ones that the export lacks, or has only an older one of.
 */

#include "recovery/import_rows.h"

#include <stdlib.h>
#include <string.h>

#include "epochs/blob.h"
#include "mirror/judge.h"
#include "store/master.h"
#include "store/wait.h"

/* What the taker borrows. */
struct importing {
	struct fleet_mirror	*mirror;
	struct fleet_kept	 kept;	/* of the export */
	struct fleet_kept	 own;
	struct fleet_found	*found;
	size_t			 nfound;
};

static int
fetch(void *context, const struct fleet_found *found, unsigned char **blob,
    size_t *len, struct ks_error *error)
{
	const struct importing *importing = context;
	const struct fleet_kept_row *row;

	*blob = NULL;
	*len = 0;
	row = fleet_kept_find(&importing->kept, found->selector);
	if (row == NULL || row->change != found->change)
		return KS_E_NOKEY;
	if (row->blob == NULL)
		return 0;
	if ((*blob = malloc(row->bloblen + 1)) == NULL)
		return fleet_fail(error, KS_E_NOMEM, "out of memory");
	memcpy(*blob, row->blob, row->bloblen);
	*len = row->bloblen;
	return 0;
}

static int
open_blob(void *context, const struct fleet_row *row, const void *blob,
    size_t len, EVP_PKEY **pkey, struct ks_error *error)
{
	const struct importing *importing = context;

	return fleet_blob_open(&importing->mirror->epochs,
	    importing->mirror->list->fleet, row, blob, len, pkey, error);
}

static void
alarm_of(void *context, const char *domain, const char *selector,
    int64_t change, const char *why)
{
	const struct importing *importing = context;
	const struct fleet_taker *taker = &importing->mirror->taker;

	taker->alarm(taker->context, domain, selector, change, why);
}

static void
add(struct importing *importing, const char *domain,
    const struct fleet_kept_row *row)
{
	importing->found[importing->nfound++] = (struct fleet_found){
		.domain = domain, .selector = row->selector,
		.change = row->change, .octets = row->octets,
		.len = row->octetslen, .signature = row->signature,
		.signaturelen = sizeof(row->signature)
	};
}

/* The newer row of each selector. */
static int
gather(struct importing *importing, const char *domain,
    struct ks_error *error)
{
	const struct fleet_kept *kept = &importing->kept;
	const struct fleet_kept *own = &importing->own;
	const struct fleet_kept_row *other;
	size_t i;

	importing->found = calloc(kept->nrows + own->nrows + 1,
	    sizeof(*importing->found));
	if (importing->found == NULL)
		return fleet_fail(error, KS_E_NOMEM, "out of memory");
	for (i = 0; i < kept->nrows; i++) {
		other = fleet_kept_find(own, kept->rows[i].selector);
		add(importing, domain, other != NULL && other->change >=
		    kept->rows[i].change ? other : &kept->rows[i]);
	}
	for (i = 0; i < own->nrows; i++)
		if (fleet_kept_find(kept, own->rows[i].selector) == NULL)
			add(importing, domain, &own->rows[i]);
	return 0;
}

/*
 * The end of a domain that is not here: it is archived, from where it can be
 * written back to a database.  Killed after it, the same is archived again.
 */
static int
archive_end(struct importing *importing, const char *domain,
    struct ks_error *error)
{
	struct fleet_mirror *mirror = importing->mirror;
	const struct fleet_found *found = &importing->found[0];
	struct ks_lock *lock = NULL;
	struct ks_state none;
	struct fleet_row row;
	struct ks_error why;
	char path[1024];
	int64_t seen;
	int r;

	if (importing->nfound != 1 || importing->kept.nrows != 1 ||
	    importing->own.nrows > 0 ||
	    strcmp(found->selector, FLEET_GONE) != 0)
		return 0;
	if ((r = fleet_seen_get(mirror->taker.seen, domain, &seen,
	    error)) != 0 || found->change <= seen || fleet_judge(mirror->list,
	    &importing->own, found, &row, &why) != FLEET_NEWS)
		return r;
	memset(&none, 0, sizeof(none));
	(void)strlcpy(none.domain, domain, sizeof(none.domain));
	ks_set_mirror(mirror->taker.ks);
	if ((r = ks_lock_wait(mirror->taker.ks, domain, true,
	    mirror->taker.wait_s, &lock, error)) == 0 &&
	    (r = ks_state_write(lock, &none, error)) == 0 &&
	    (r = fleet_kept_write(lock, &importing->kept, error)) == 0)
		r = ks_archive(lock, mirror->taker.clock(), path, sizeof(path),
		    error);
	ks_unlock(lock);
	return r;
}

int
fleet_import(struct fleet_mirror *mirror, const char *domain,
    const char *text, size_t len, int64_t *change, struct ks_error *error)
{
	struct importing importing = { .mirror = mirror };
	struct fleet_taker taker;
	struct fleet_taken taken;
	char *copy;
	int r;

	*change = 0;
	/* With a NUL after it. */
	if ((copy = strndup(text, len)) == NULL)
		return fleet_fail(error, KS_E_NOMEM, "out of memory");
	fleet_mirror_prepare(mirror);
	taker = mirror->taker;
	taker.fetch = fetch;
	taker.open_blob = open_blob;
	taker.alarm = alarm_of;
	taker.context = &importing;
	if ((r = fleet_kept_parse(copy, len, domain, &importing.kept,
	    error)) == 0 && (r = fleet_kept_read(mirror->taker.ks, domain,
	    &importing.own, error)) == 0 &&
	    (r = gather(&importing, domain, error)) == 0 &&
	    (r = archive_end(&importing, domain, error)) == 0 &&
	    (r = fleet_take(&taker, domain, importing.found,
	    importing.nfound, &taken, error)) == 0)
		*change = taken.highest;
	free(copy);
	free(importing.found);
	fleet_kept_finish(&importing.kept);
	fleet_kept_finish(&importing.own);
	return r;
}
