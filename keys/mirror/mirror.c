/* SPDX-License-Identifier: ISC */

/*
 * The mirror: see mirror.h.
 *
 * A page is a list of numbers and domains.  Its domains are read with all their
 * rows, since a step may change two keys of a domain at once; a domain with a
 * later number comes again in a later page, where nothing is left to do.
 */

#include "mirror/mirror.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memstream.h"
#include "epochs/blob.h"
#include "mirror/batch.h"

#define HOLLOW	"a row without its values"
#define TOO_MANY "more rows than a domain can have"

static const char page_of[] = "SELECT change, domain FROM countersign.key "
    "WHERE change > $1 ORDER BY change LIMIT $2";

/* One row more than a state can have: whoever writes a million gets no more. */
#define MAX_ROWS	"1001"
_Static_assert(KS_MAX_KEYS == 1000, "MAX_ROWS is one more");

static const char rows_of[] = "SELECT k.domain, k.selector, k.change, "
    "k.octets, k.signature FROM (SELECT DISTINCT unnest($1::text[]) AS name) "
    "AS d, LATERAL (SELECT * FROM countersign.key WHERE domain = d.name "
    "ORDER BY selector LIMIT " MAX_ROWS ") AS k "
    "ORDER BY k.domain, k.selector";
static const char rows_of_one[] = "SELECT domain, selector, change, octets, "
    "signature FROM countersign.key WHERE domain = $1 ORDER BY selector "
    "LIMIT " MAX_ROWS;
static const char blob_of[] = "SELECT blob FROM countersign.key "
    "WHERE domain = $1 AND selector = $2 AND change = $3";

/* A failure of the database, in words of the key store. */
static int
fail_db(enum fleet_db_result r, const struct fleet_db_error *why,
    struct ks_error *error)
{
	(void)strlcpy(error->text, why->text, sizeof(error->text));
	return r == FLEET_DB_AWAY ? KS_E_SYSTEM : KS_E_ARG;
}

static int
fetch_blob(void *context, const struct fleet_found *found,
    unsigned char **blob, size_t *len, struct ks_error *error)
{
	struct fleet_mirror *mirror = context;
	char number[FLEET_NUMBER_SIZE];
	const struct fleet_value values[] = {
		fleet_text(found->domain), fleet_text(found->selector),
		fleet_number(found->change, number)
	};
	struct fleet_db_error why;
	const unsigned char *octets;
	enum fleet_db_result result;
	struct fleet_rows *rows;
	int r = 0;

	*blob = NULL;
	*len = 0;
	result = fleet_db_run(mirror->db, blob_of, values, 3, &rows, &why);
	if (result != FLEET_DB_DONE)
		return fail_db(result, &why, error);
	octets = fleet_rows_octets(rows, 0, 0, len);
	if (fleet_rows_count(rows) == 0)
		r = KS_E_NOKEY;
	else if (octets != NULL && (*blob = malloc(*len + 1)) == NULL)
		r = fleet_fail(error, KS_E_NOMEM, "out of memory");
	else if (octets != NULL)
		memcpy(*blob, octets, *len);
	fleet_rows_free(rows);
	return r;
}

/* With the keys of epochs that this host has. */
static int
open_blob(void *context, const struct fleet_row *row, const void *blob,
    size_t len, EVP_PKEY **pkey, struct ks_error *error)
{
	const struct fleet_mirror *mirror = context;

	return fleet_blob_open(&mirror->epochs, mirror->list->fleet, row, blob,
	    len, pkey, error);
}

/* -- Pages ---------------------------------------------------------------- */

/* Domains as an array of PostgreSQL; each once, as rows come by number. */
static char *
list_domains(const struct fleet_rows *page)
{
	const char *domain, *p;
	char *text = NULL;
	size_t i, len = 0;
	const char *before = "{\"";
	FILE *fp;

	if ((fp = memstream_open(&text, &len)) == NULL)
		return NULL;
	for (i = 0; i < fleet_rows_count(page); i++) {
		if ((domain = fleet_rows_text(page, i, 1)) == NULL)
			continue;
		(void)fputs(before, fp);
		before = ",\"";
		for (p = domain; *p != '\0'; p++) {
			if (*p == '"' || *p == '\\')
				(void)fputc('\\', fp);
			(void)fputc(*p, fp);
		}
		(void)fputc('"', fp);
	}
	(void)fputs(before[0] == '{' ? "{}" : "}", fp);
	return memstream_close(fp, &text) ? text : NULL;
}

/* Read a page, and all rows of its domains as they are at the same time. */
static int
read_page(struct fleet_mirror *mirror, int64_t from, struct fleet_rows **page,
    struct fleet_rows **rows, struct ks_error *error)
{
	char after[FLEET_NUMBER_SIZE], limit[FLEET_NUMBER_SIZE];
	struct fleet_value values[] = {
		fleet_number(from, after),
		fleet_number((int64_t)mirror->page, limit)
	};
	struct fleet_db_error why, other;
	enum fleet_db_result result;
	char *domains = NULL;

	*page = *rows = NULL;
	result = fleet_db_begin(mirror->db, &why);
	if (result == FLEET_DB_DONE)
		result = fleet_db_run(mirror->db, page_of, values, 2, page,
		    &why);
	if (result == FLEET_DB_DONE &&
	    (domains = list_domains(*page)) != NULL) {
		values[0] = fleet_text(domains);
		result = fleet_db_run(mirror->db, rows_of, values, 1, rows,
		    &why);
	}
	(void)fleet_db_end(mirror->db, &other);
	if (result == FLEET_DB_DONE && domains == NULL)
		return fleet_fail(error, KS_E_NOMEM, "out of memory");
	free(domains);
	return result == FLEET_DB_DONE ? 0 : fail_db(result, &why, error);
}

static struct fleet_found
found_at(const struct fleet_rows *rows, size_t i)
{
	struct fleet_found found = {
		.domain = fleet_rows_text(rows, i, 0),
		.selector = fleet_rows_text(rows, i, 1),
		.change = fleet_rows_number(rows, i, 2)
	};

	found.octets = fleet_rows_octets(rows, i, 3, &found.len);
	found.signature = fleet_rows_octets(rows, i, 4, &found.signaturelen);
	return found;
}

/* Whether a value is missing that no row may be without. */
static bool
is_hollow(const struct fleet_found *found)
{
	return found->selector == NULL || found->octets == NULL ||
	    found->signature == NULL ||
	    strlen(found->selector) >= KS_SELECTOR_SIZE;
}

/* Take the domain whose rows begin at *next into that store. */
static int
take_domain(struct fleet_mirror *mirror, struct keystore *ks,
    const struct fleet_rows *rows, size_t *next, struct fleet_found *list,
    struct fleet_taken *taken, struct ks_error *error)
{
	const char *domain = fleet_rows_text(rows, *next, 0), *other;
	const size_t nrows = fleet_rows_count(rows);
	struct fleet_taker taker = mirror->taker;
	size_t n = 0, nhollow = 0;
	bool hollow;
	int r;

	memset(taken, 0, sizeof(*taken));
	do {
		list[n] = found_at(rows, *next);
		hollow = is_hollow(&list[n]);
		if (!hollow && n < KS_MAX_KEYS)
			n++;
		else {
			nhollow++;
			mirror->taker.alarm(mirror->taker.context, domain ==
			    NULL ? "?" : domain, "?", list[n].change,
			    hollow ? HOLLOW : TOO_MANY);
		}
		if (++*next == nrows)
			break;
		other = fleet_rows_text(rows, *next, 0);
	} while (domain != NULL && other != NULL &&
	    strcmp(domain, other) == 0);
	if (domain == NULL)
		return 0;
	taker.ks = ks;
	r = n == 0 ? 0 : fleet_take(&taker, domain, list, n, taken, error);
	if (r == 0 && nhollow > 0 && fleet_exceptions_add(&mirror->exceptions,
	    domain, FLEET_GONE, 0, HOLLOW) != 0)
		r = fleet_fail(error, KS_E_NOMEM, "out of memory");
	return r;
}

/* The highest number of the page that a domain's rows account for. */
static int64_t
cursor_of(const struct fleet_rows *page, const char *domain,
    const struct fleet_taken *taken)
{
	const char *other;
	int64_t change, highest = 0;
	size_t i;

	for (i = 0; i < fleet_rows_count(page); i++) {
		change = fleet_rows_number(page, i, 0);
		other = fleet_rows_text(page, i, 1);
		if (other != NULL && strcmp(other, domain) == 0 &&
		    change <= taken->highest && change > highest)
			highest = change;
	}
	return highest;
}

/*
 * Count what became of a domain; *taken is zeroed if it failed.  Returns 0 if
 * the others can go on.
 */
static int
count_domain(struct fleet_mirror *mirror, const char *domain, int r,
    struct fleet_taken *taken, struct fleet_polled *polled,
    const struct ks_error *error)
{
	polled->nchanged += taken->has_changed ? 1 : 0;
	polled->nrefused += taken->nrefused;
	if (r == 0 || !fleet_mirror_is_of_domain(r))
		return r;
	memset(taken, 0, sizeof(*taken));
	polled->nrefused++;
	mirror->has_locked |= r == KS_E_LOCKED;
	if (r != KS_E_LOCKED)
		mirror->taker.alarm(mirror->taker.context, domain == NULL ?
		    "?" : domain, FLEET_GONE, 0, error->text);
	return 0;
}

/* Take the next domain, and count it. */
static int
take_next(struct fleet_mirror *mirror, struct keystore *ks,
    const struct fleet_rows *rows, size_t *next, struct fleet_found *list,
    struct fleet_taken *taken, struct fleet_polled *polled,
    struct ks_error *error)
{
	const char *domain = fleet_rows_text(rows, *next, 0);
	int r;

	r = take_domain(mirror, ks, rows, next, list, taken, error);
	return count_domain(mirror, domain, r, taken, polled, error);
}

static int
take_page(struct fleet_mirror *mirror, const struct fleet_rows *page,
    const struct fleet_rows *rows, struct fleet_polled *polled,
    int64_t *cursor, struct ks_error *error)
{
	struct fleet_found *list;
	struct fleet_taken taken;
	struct fleet_batch batch;
	struct ks_error other;
	struct keystore *ks;
	const char *domain;
	int64_t reached, highest = *cursor;
	size_t next = 0;
	int end, r = 0;

	list = calloc(KS_MAX_KEYS + 1, sizeof(*list));
	if (list == NULL)
		return fleet_fail(error, KS_E_NOMEM, "out of memory");
	fleet_batch_begin(&batch, &mirror->taker, fleet_rows_count(page));
	while (next < fleet_rows_count(rows) && r == 0) {
		domain = fleet_rows_text(rows, next, 0);
		if ((r = fleet_batch_store(&batch, domain, &ks, error)) == 0)
			r = take_next(mirror, ks, rows, &next, list, &taken,
			    polled, error);
		polled->ndomains++;
		reached = r != 0 || domain == NULL ? 0 :
		    cursor_of(page, domain, &taken);
		if (reached > highest)
			highest = reached;
	}
	if ((end = fleet_batch_end(&batch, r == 0 ? error : &other)) == 0)
		*cursor = highest;
	free(list);
	return r != 0 ? r : end;
}

int
fleet_mirror_take(struct fleet_mirror *mirror, const char *domain,
    struct fleet_polled *polled, struct ks_error *error)
{
	const struct fleet_value value = fleet_text(domain);
	struct fleet_taken taken;
	struct fleet_db_error why;
	struct fleet_found *list;
	struct fleet_rows *rows;
	enum fleet_db_result result;
	size_t next = 0;
	int r = 0;

	result = fleet_db_run(mirror->db, rows_of_one, &value, 1, &rows, &why);
	if (result != FLEET_DB_DONE)
		return fail_db(result, &why, error);
	list = calloc(KS_MAX_KEYS + 1, sizeof(*list));
	if (list == NULL)
		r = fleet_fail(error, KS_E_NOMEM, "out of memory");
	else if (fleet_rows_count(rows) > 0)
		r = take_next(mirror, mirror->taker.ks, rows, &next, list,
		    &taken, polled, error);
	else {
		r = fleet_take(&mirror->taker, domain, list, 0, &taken,
		    error);
		r = count_domain(mirror, domain, r, &taken, polled, error);
	}
	free(list);
	fleet_rows_free(rows);
	/* A row that is kept here may be one that the database has lost. */
	return r != 0 ? r : fleet_mirror_raise(mirror, taken.highest, error);
}

/* Note how far it came; all before is on disk. */
static int
note_cursor(struct fleet_mirror *mirror, int64_t cursor,
    struct ks_error *error)
{
	struct fleet_marks *marks = &mirror->marks;
	int r;

	/* First, so that no exception is behind the cursor and forgotten. */
	if ((r = fleet_exceptions_write(mirror->taker.ks, &mirror->exceptions,
	    error)) != 0)
		return r;
	if (cursor <= marks->cursor && mirror->lease_token <= marks->token &&
	    strcmp(marks->system, fleet_db_system(mirror->db)) == 0)
		return 0;
	if (cursor > marks->cursor)
		marks->cursor = cursor;
	if (cursor > marks->change)
		marks->change = cursor;
	if (mirror->lease_token > marks->token)
		marks->token = mirror->lease_token;
	(void)strlcpy(marks->system, fleet_db_system(mirror->db),
	    sizeof(marks->system));
	return fleet_marks_write(mirror->taker.ks, marks, error);
}

void
fleet_mirror_prepare(struct fleet_mirror *mirror)
{
	mirror->taker.fetch = fetch_blob;
	mirror->taker.context = mirror;
	mirror->taker.members = mirror->list;
	mirror->taker.exceptions = &mirror->exceptions;
	if (mirror->taker.open_blob == NULL)
		mirror->taker.open_blob = open_blob;
	mirror->taker.pending = &mirror->pending;
}

int
fleet_mirror_poll(struct fleet_mirror *mirror, const char *version,
    int64_t clock_ms, struct fleet_polled *polled, struct ks_error *error)
{
	int64_t from = mirror->marks.cursor, cursor = from;
	struct fleet_rows *page, *rows;
	unsigned int nbad = 0;
	size_t n;
	int r;

	memset(polled, 0, sizeof(*polled));
	fleet_mirror_prepare(mirror);
	mirror->exceptions.round++;
	mirror->has_retried = false;
	if ((r = fleet_mirror_hello(mirror, version, clock_ms, error)) != 0 ||
	    (r = fleet_mirror_members(mirror, error)) != 0 ||
	    fleet_mirror_is_waiting(mirror))
		return r;
	do {
		/* Who admits this host puts them after the list. */
		if ((r = fleet_mirror_wraps(mirror, error)) != 0)
			break;
		r = read_page(mirror, from, &page, &rows, error);
		n = fleet_rows_count(page);
		if (r == 0 && n > 0) {
			from = fleet_rows_number(page, n - 1, 0);
			r = take_page(mirror, page, rows, polled, &cursor,
			    error);
		}
		fleet_rows_free(rows);
		fleet_rows_free(page);
		nbad = cursor > mirror->marks.cursor ? 0 : nbad + 1;
		if (r == 0)
			r = note_cursor(mirror, cursor, error);
		if (mirror->between != NULL)
			mirror->between(mirror->taker.context);
	} while (r == 0 && n == mirror->page && nbad < FLEET_MAX_BAD_PAGES &&
	    fleet_mirror_has_epoch(mirror));
	return r;
}
