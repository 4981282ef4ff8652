/* SPDX-License-Identifier: ISC */

/*
 * Rows that are written back, those of all domains and of the archived ones:
 * see restore_private.h.
 *
 * They are sent as JSON, many at once.  A row that the database has, or has a
 * later one of, is no fault; one whose number another key has is noted, and
 * the others go on.
 */

#include "recovery/restore_private.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memstream.h"
#include "kept/archived.h"
#include "signed/base64.h"

#define BATCH_OCTETS	524288	/* of JSON */

static const char restore_rows[] = "SELECT countersign.restore_key(ROW("
    "r.domain, r.selector, 0, r.number, decode(r.octets, 'base64'), "
    "decode(r.signature, 'base64'), decode(r.blob, 'base64'), "
    "false)::countersign.change), r.domain, r.selector, r.number "
    "FROM json_to_recordset($1::json) AS r(domain text, selector text, "
    "number bigint, octets text, signature text, blob text)";

static int
begin_json(struct restoring *restoring)
{
	restoring->text = NULL;
	restoring->nrows = 0;
	restoring->json = memstream_open(&restoring->text, &restoring->len);
	return restoring->json == NULL ? restoring_short(restoring) : 0;
}

/* Count the rows that were written, and note those that could not be. */
static void
count_rows(struct restoring *restoring, const struct fleet_rows *rows)
{
	const char *domain, *selector;
	int64_t done;
	size_t i;

	for (i = 0; i < fleet_rows_count(rows); i++) {
		done = fleet_rows_number(rows, i, 0);
		restoring->restored->nrows += done == 1;
		if (done >= 0)
			continue;
		domain = fleet_rows_text(rows, i, 1);
		selector = fleet_rows_text(rows, i, 2);
		(void)snprintf(restoring->error->text,
		    sizeof(restoring->error->text), "%.253s: the database has "
		    "another key with change number %lld, that of %.63s here: "
		    "delete that row if '%s fleet list' shows that it is "
		    "ignored, or else move the folder of the domain away on "
		    "this host", domain == NULL ? "?" : domain,
		    (long long)fleet_rows_number(rows, i, 3),
		    selector == NULL ? "?" : selector,
		    ks_command(restoring->mirror->taker.ks));
		(void)fleet_faults_note(&restoring->faults, KS_E_EXISTS,
		    restoring->error);
	}
}

/* Send what was gathered. */
static int
send(struct restoring *restoring)
{
	struct fleet_rows *rows;
	struct fleet_value value;
	bool is_good;
	int r = 0;

	if (restoring->json == NULL)
		return 0;
	(void)fputc(']', restoring->json);
	is_good = memstream_close(restoring->json, &restoring->text);
	restoring->json = NULL;
	value = fleet_text(restoring->text);
	if (!is_good)
		r = restoring_short(restoring);
	else if (restoring->nrows > 0 && (r = restoring_run(restoring,
	    restore_rows, &value, 1, &rows)) == 0) {
		count_rows(restoring, rows);
		fleet_rows_free(rows);
	}
	free(restoring->text);
	return r;
}

static bool
print_row(struct restoring *restoring, const char *domain,
    const struct fleet_kept_row *row)
{
	FILE *fp = restoring->json;

	if (fprintf(fp, "%s{\"domain\":\"%s\",\"selector\":\"%s\","
	    "\"number\":%lld,\"octets\":\"", restoring->nrows++ == 0 ? "[" :
	    ",", domain, row->selector, (long long)row->change) < 0 ||
	    !fleet_base64_print(fp, row->octets, row->octetslen) ||
	    fputs("\",\"signature\":\"", fp) == EOF ||
	    !fleet_base64_print(fp, row->signature, sizeof(row->signature)))
		return false;
	if (row->blob != NULL && (fputs("\",\"blob\":\"", fp) == EOF ||
	    !fleet_base64_print(fp, row->blob, row->bloblen)))
		return false;
	return fputs("\"}", fp) != EOF;
}

static int
by_number(const void *a, const void *b)
{
	const struct fleet_kept_row *x = a, *y = b;

	return (x->change > y->change) - (x->change < y->change);
}

/* Called for the rows of each domain, and of each that was archived. */
static int
restore_kept(void *context, const char *domain, struct fleet_kept *kept)
{
	struct restoring *restoring = context;
	size_t i;
	int r;

	if (restoring->json == NULL && (r = begin_json(restoring)) != 0)
		return r;
	if (kept->nrows > 0)
		qsort(kept->rows, kept->nrows, sizeof(*kept->rows),
		    by_number);
	for (i = 0; i < kept->nrows; i++)
		if (!print_row(restoring, domain, &kept->rows[i]))
			return restoring_short(restoring);
	if (fflush(restoring->json) != 0)
		return restoring_short(restoring);
	return restoring->len < BATCH_OCTETS ? 0 : send(restoring);
}

/* Called for the rows of each domain that was archived. */
static int
restore_archived(void *context, const char *domain, struct fleet_kept *kept)
{
	struct restoring *restoring = context;
	int r;

	r = restore_kept(restoring, domain, kept);
	restoring->has_failed = r != 0;
	return r;
}

static int
restore_all_archived(struct restoring *restoring)
{
	int r;

	r = fleet_each_archived(restoring->mirror->taker.ks, restore_archived,
	    restoring, restoring->error);
	/* Otherwise it is a file that failed. */
	if (r == 0 || restoring->has_failed)
		return r;
	return fleet_faults_note(&restoring->faults, KS_E_DAMAGED,
	    restoring->error);
}

int
restoring_rows(struct restoring *restoring)
{
	int r;

	r = fleet_mirror_each_kept(restoring->mirror, restore_kept, restoring,
	    &restoring->faults, restoring->error);
	if (r == 0)
		r = restore_all_archived(restoring);
	if (r == 0)
		return send(restoring);
	/* Free it; the first failure counts. */
	restoring->nrows = 0;
	restoring->error = NULL;
	(void)send(restoring);
	return r;
}
