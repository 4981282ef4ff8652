/* SPDX-License-Identifier: ISC */

/*
 * The keys of epochs in the mirror (mirror.h): those of this host that are in
 * the database and not known here are verified, opened, and kept in the file
 * .fleet/epochs, before rows are taken that need them.
 *
 * Whoever has the role of a host can put any row there.  One that is not
 * believed is an alarm, and is looked at again at each poll; it does not hinder
 * the others, nor count as the key of an epoch.  A key of the fleet whose epoch
 * is not known is an exception of this host until it is.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memstream.h"
#include "mirror/mirror.h"
#include "store/fleet_file.h"

#define FILE_NAME	"epochs"
#define PAGE		20	/* rows */

static const char wraps_of[] = "SELECT epoch, octets, signature, blob "
    "FROM countersign.wrap WHERE host = $1 AND epoch > $2 "
    "AND epoch <> ALL ($3::integer[]) ORDER BY epoch LIMIT 20";

/* No more than there are hosts, whatever the table has. */
static const char wraps_there[] = "SELECT host, octets, signature "
    "FROM countersign.wrap WHERE epoch = $1 AND host = ANY ($2::text[]) "
    "LIMIT 200";
_Static_assert(FLEET_MAX_HOSTS == 200, "the limit of wraps_there");

bool
fleet_mirror_worked(enum fleet_db_result result,
    const struct fleet_db_error *why, int *r, struct ks_error *error)
{
	*r = 0;
	if (result != FLEET_DB_DONE)
		*r = fleet_fail(error, result == FLEET_DB_AWAY ? KS_E_SYSTEM :
		    KS_E_ARG, why->text);
	return *r == 0;
}

static int
load_epochs(struct fleet_mirror *mirror, struct ks_error *error)
{
	struct ks_error why;
	size_t len;
	char *text;
	int r;

	/* A host that was expelled opens nothing, and goes on signing. */
	if (mirror->keys == NULL ||
	    !fleet_members_admits(mirror->list, mirror->host))
		return 0;
	r = ks_fleet_read(mirror->taker.ks, FILE_NAME, &text, &len, error);
	if (r != 0)
		return r == KS_E_NOKEY ? 0 : r;
	r = fleet_epochs_load(&mirror->epochs, text, len, mirror->list,
	    mirror->host, mirror->keys, &why);
	ks_fleet_free(text, len);
	if (r == KS_E_DAMAGED && error != NULL)
		(void)snprintf(error->text, sizeof(error->text), "%.700s: "
		    "move .fleet/" FILE_NAME " away, and they come from the "
		    "database again", why.text);
	else if (r != 0 && error != NULL)
		*error = why;
	return r;
}

int
fleet_mirror_load(struct fleet_mirror *mirror, struct ks_error *error)
{
	struct keystore *ks = mirror->taker.ks;
	int r;

	if ((r = load_epochs(mirror, error)) != 0 ||
	    (r = fleet_pending_read(ks, &mirror->pending, error)) != 0 ||
	    (r = fleet_exceptions_read(ks, &mirror->exceptions, error)) != 0)
		return r;
	return fleet_confirmed_read(ks, &mirror->confirmed, error);
}

void
fleet_mirror_finish(struct fleet_mirror *mirror)
{
	fleet_epochs_finish(&mirror->epochs);
	fleet_exceptions_finish(&mirror->exceptions);
	fleet_pending_finish(&mirror->pending);
	fleet_confirmed_finish(&mirror->confirmed);
	fleet_reported_clear(&mirror->reported);
}

/* The epochs that are known, as an array of PostgreSQL; the caller frees it. */
static char *
list_known(const struct fleet_epochs *epochs)
{
	char *text = NULL;
	size_t i, len = 0;
	FILE *fp;

	if ((fp = memstream_open(&text, &len)) == NULL)
		return NULL;
	(void)fputc('{', fp);
	for (i = 0; i < epochs->n; i++)
		(void)fprintf(fp, i == 0 ? "%u" : ",%u",
		    epochs->list[i].number);
	(void)fputc('}', fp);
	return memstream_close(fp, &text) ? text : NULL;
}

/* Keep one that was taken. */
static int
keep(struct fleet_mirror *mirror, const struct fleet_wrap *wrap,
    const unsigned char signature[FLEET_SIGNATURE], struct ks_error *error)
{
	struct keystore *ks = mirror->taker.ks;
	char *text = NULL;
	size_t len = 0;
	int r;

	r = ks_fleet_read(ks, FILE_NAME, &text, &len, error);
	if (r == KS_E_NOKEY)
		r = 0;
	if (r == 0 && (r = fleet_epochs_add(&text, &len, wrap,
	    signature)) != 0)
		r = fleet_fail(error, r, "out of memory");
	if (r == 0)
		r = ks_fleet_write(ks, FILE_NAME, false, text, len, error);
	free(text);
	return r;
}

/* The octets of a row; borrowed, and not changed. */
static bool
find_wrap(const struct fleet_rows *rows, size_t i, struct fleet_wrap *wrap,
    const unsigned char **signature)
{
	const unsigned char *octets, *blob;
	size_t len;

	octets = fleet_rows_octets(rows, i, 1, &wrap->len);
	*signature = fleet_rows_octets(rows, i, 2, &len);
	blob = fleet_rows_octets(rows, i, 3, &wrap->bloblen);
	if (octets == NULL || *signature == NULL || blob == NULL ||
	    len != FLEET_SIGNATURE || wrap->len > FLEET_MAX_WRAP ||
	    wrap->bloblen > FLEET_MAX_WRAP)
		return false;
	wrap->octets = malloc(wrap->len + 1);
	wrap->blob = malloc(wrap->bloblen + 1);
	if (wrap->octets == NULL || wrap->blob == NULL)
		return false;
	memcpy(wrap->octets, octets, wrap->len);
	memcpy(wrap->blob, blob, wrap->bloblen);
	return true;
}

/* A row that is not believed, and how to be rid of it. */
static void
tell_ignored(const struct fleet_mirror *mirror, int64_t epoch,
    const char *host, const char *why)
{
	char text[512];

	(void)snprintf(text, sizeof(text), "%.200s; DELETE FROM "
	    "countersign.wrap WHERE epoch = %lld AND host = '%.64s'", why,
	    (long long)epoch, host);
	mirror->taker.alarm(mirror->taker.context, FLEET_OF_EPOCH,
	    FLEET_GONE, epoch, text);
}

static int
take_wrap(struct fleet_mirror *mirror, const struct fleet_rows *rows,
    size_t i, struct ks_error *error)
{
	const unsigned char *signature;
	struct fleet_wrap wrap;
	struct ks_error why = { "a row without its values" };
	int r = KS_E_DAMAGED;

	memset(&wrap, 0, sizeof(wrap));
	if (find_wrap(rows, i, &wrap, &signature) &&
	    (r = fleet_wrap_take(&mirror->epochs, mirror->list, mirror->host,
	    mirror->keys->cert, mirror->keys->wrap, &wrap, signature,
	    &why)) == 0)
		r = keep(mirror, &wrap, signature, error);
	else if (r == KS_E_DAMAGED || r == KS_E_EXISTS) {
		tell_ignored(mirror, fleet_rows_number(rows, i, 0),
		    mirror->host, why.text);
		r = 0;
	} else
		(void)fleet_fail(error, r, why.text);
	fleet_wrap_finish(&wrap);
	return r;
}

/* A page of those after an epoch; *n is how many came. */
static int
read_page(struct fleet_mirror *mirror, int64_t *after, size_t *n,
    struct ks_error *error)
{
	char number[FLEET_NUMBER_SIZE], *known;
	struct fleet_db_error why;
	struct fleet_value values[3];
	struct fleet_rows *rows;
	enum fleet_db_result result;
	size_t i;
	int r;

	*n = 0;
	if ((known = list_known(&mirror->epochs)) == NULL)
		return fleet_fail(error, KS_E_NOMEM, "out of memory");
	values[0] = fleet_text(mirror->host);
	values[1] = fleet_number(*after, number);
	values[2] = fleet_text(known);
	result = fleet_db_run(mirror->db, wraps_of, values, 3, &rows, &why);
	free(known);
	if (!fleet_mirror_worked(result, &why, &r, error))
		return r;
	*n = fleet_rows_count(rows);
	for (i = 0; i < *n && r == 0; i++) {
		/* Not in order, they could come again and again. */
		if (fleet_rows_number(rows, i, 0) <= *after) {
			*n = 0;
			break;
		}
		*after = fleet_rows_number(rows, i, 0);
		r = take_wrap(mirror, rows, i, error);
	}
	fleet_rows_free(rows);
	return r;
}

int
fleet_mirror_wraps(struct fleet_mirror *mirror, struct ks_error *error)
{
	int64_t after = 0;
	size_t n;
	int r;

	/* The newest list says how many there are. */
	if (mirror->keys == NULL || mirror->epochs.n >= mirror->list->epoch ||
	    !fleet_members_admits(mirror->list, mirror->host))
		return 0;
	do
		r = read_page(mirror, &after, &n, error);
	while (r == 0 && n == PAGE && after < mirror->list->epoch);
	return r;
}

bool
fleet_mirror_has_epoch(const struct fleet_mirror *mirror)
{
	return mirror->keys == NULL || fleet_epochs_find(&mirror->epochs,
	    mirror->list->epoch) != NULL;
}

/* Whether one of these rows counts; the others are told. */
static bool
has_one(const struct fleet_mirror *mirror, unsigned int epoch,
    const struct fleet_rows *rows)
{
	const unsigned char *octets, *signature;
	const struct fleet_host *host;
	bool is_there = false;
	size_t i, len, signaturelen;
	const char *name;

	for (i = 0; i < fleet_rows_count(rows); i++) {
		name = fleet_rows_text(rows, i, 0);
		octets = fleet_rows_octets(rows, i, 1, &len);
		signature = fleet_rows_octets(rows, i, 2, &signaturelen);
		if (name == NULL || (host = fleet_members_find(mirror->list,
		    name)) == NULL)
			continue;
		if (octets != NULL && signature != NULL &&
		    signaturelen == FLEET_SIGNATURE &&
		    fleet_wrap_counts(mirror->list, epoch, host->name, octets,
		    len, signature))
			is_there = true;
		else
			tell_ignored(mirror, epoch, host->name, "not what a "
			    "host that is admitted has signed");
	}
	return is_there;
}

int
fleet_mirror_finds_epoch(struct fleet_mirror *mirror, unsigned int epoch,
    bool *is_there, struct ks_error *error)
{
	char number[FLEET_NUMBER_SIZE], *names;
	struct fleet_db_error why;
	struct fleet_value values[2];
	enum fleet_db_result result;
	struct fleet_rows *rows;
	int r;

	if ((names = fleet_admitted_names(mirror->list, NULL)) == NULL)
		return fleet_fail(error, KS_E_NOMEM, "out of memory");
	values[0] = fleet_number(epoch, number);
	values[1] = fleet_text(names);
	result = fleet_db_run(mirror->db, wraps_there, values, 2, &rows, &why);
	free(names);
	if (!fleet_mirror_worked(result, &why, &r, error))
		return r;
	*is_there = has_one(mirror, epoch, rows);
	fleet_rows_free(rows);
	return 0;
}

int
fleet_mirror_lacks_epoch(struct fleet_mirror *mirror, bool *is_lacking,
    struct ks_error *error)
{
	unsigned int epoch;
	int r = 0;

	*is_lacking = !fleet_mirror_has_epoch(mirror);
	for (epoch = 1; epoch <= mirror->list->epoch && r == 0 &&
	    !*is_lacking; epoch++)
		if (fleet_epochs_find(&mirror->epochs, epoch) == NULL)
			r = fleet_mirror_finds_epoch(mirror, epoch, is_lacking,
			    error);
	return r;
}
