/* SPDX-License-Identifier: ISC */

/*
 * The rows of a domain that this host took: see rows.h.
 *
 * What is read is checked for its form only: fleet/judge.c has verified it
 * before it was written, and looks at the signature again if the member list
 * changes.  Fails with KS_E_DAMAGED, naming the line.
 */

#include "kept/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memstream.h"
#include "signed/base64.h"
#include "store/fleet_file.h"

#define FIRST_LINE	"countersign-fleet-rows 1"
#define MAX_NUMBER	(INT64_C(1) << 62)
#define NFIELDS		6

static int
fail(struct ks_error *error, int code, const char *domain, const char *text)
{
	(void)snprintf(error->text, sizeof(error->text),
	    "rows of the fleet for %s: %s", domain, text);
	return code;
}

static void
finish_row(struct fleet_kept_row *row)
{
	free(row->octets);
	free(row->blob);
	memset(row, 0, sizeof(*row));
}

void
fleet_kept_finish(struct fleet_kept *kept)
{
	size_t i;

	for (i = 0; i < kept->nrows; i++)
		finish_row(&kept->rows[i]);
	free(kept->rows);
	memset(kept, 0, sizeof(*kept));
}

/* -- Text ----------------------------------------------------------------- */

static bool
parse_row(char *line, struct fleet_kept_row *row)
{
	unsigned char *signature;
	char *fields[NFIELDS], *p = line;
	const char *reason;
	size_t i, len;

	for (i = 0; i < NFIELDS; i++)
		if ((fields[i] = strsep(&p, " ")) == NULL)
			return false;
	if (p != NULL || strcmp(fields[0], "row") != 0 ||
	    strlcpy(row->selector, fields[1], sizeof(row->selector)) >=
	    sizeof(row->selector))
		return false;
	row->change = strtonum(fields[2], 1, MAX_NUMBER, &reason);
	row->octets = fleet_base64_decode(fields[3], FLEET_MAX_OCTETS,
	    &row->octetslen);
	signature = fleet_base64_decode(fields[4], FLEET_SIGNATURE_LEN,
	    &len);
	if (signature != NULL && len == sizeof(row->signature))
		memcpy(row->signature, signature, len);
	else
		reason = "signature";
	free(signature);
	if (strcmp(fields[5], "-") == 0)
		return reason == NULL && row->octets != NULL;
	row->blob = fleet_base64_decode(fields[5], FLEET_MAX_BLOB,
	    &row->bloblen);
	return reason == NULL && row->octets != NULL && row->blob != NULL;
}

int
fleet_kept_parse(char *text, size_t len, const char *domain,
    struct fleet_kept *kept, struct ks_error *error)
{
	struct fleet_kept_row row;
	char *line, *p = text;
	int r = 0;

	if (len == 0 || strlen(text) != len || text[len - 1] != '\n')
		return fail(error, KS_E_DAMAGED, domain, "file is cut off");
	text[len - 1] = '\0';
	if (strcmp(strsep(&p, "\n"), FIRST_LINE) != 0)
		return fail(error, KS_E_FORMAT, domain,
		    "file of another version");
	while (r == 0 && (line = strsep(&p, "\n")) != NULL) {
		memset(&row, 0, sizeof(row));
		if (!parse_row(line, &row) ||
		    fleet_kept_find(kept, row.selector) != NULL)
			r = fail(error, KS_E_DAMAGED, domain,
			    "a line is not a row");
		else if (fleet_kept_put(kept, &row, false) != 0)
			r = fail(error, KS_E_NOMEM, domain, "out of memory");
		finish_row(&row);
	}
	return r;
}

int
fleet_kept_read(struct keystore *ks, const char *domain,
    struct fleet_kept *kept, struct ks_error *error)
{
	size_t len;
	char *text;
	int r;

	memset(kept, 0, sizeof(*kept));
	r = ks_fleet_read_rows(ks, domain, &text, &len, error);
	if (r != 0)
		return r == KS_E_NOKEY || r == KS_E_NODOMAIN ? 0 : r;
	r = fleet_kept_parse(text, len, domain, kept, error);
	ks_fleet_free(text, len);
	return r;
}

static bool
print_row(FILE *fp, const struct fleet_kept_row *row)
{
	if (fprintf(fp, "row %s %lld", row->selector,
	    (long long)row->change) < 0 ||
	    !fleet_base64_print(fp, row->octets, row->octetslen) ||
	    !fleet_base64_print(fp, row->signature, sizeof(row->signature)))
		return false;
	return (row->blob == NULL ? fputs(" -", fp) != EOF :
	    fleet_base64_print(fp, row->blob, row->bloblen)) &&
	    fputc('\n', fp) != EOF;
}

int
fleet_kept_write(struct ks_lock *lock, const struct fleet_kept *kept,
    struct ks_error *error)
{
	char *text = NULL;
	size_t i, len = 0;
	bool is_good;
	FILE *fp;
	int r;

	if ((fp = memstream_open(&text, &len)) == NULL)
		return fail(error, KS_E_NOMEM, "a domain", "out of memory");
	is_good = fputs(FIRST_LINE "\n", fp) != EOF;
	for (i = 0; i < kept->nrows && is_good; i++)
		is_good = print_row(fp, &kept->rows[i]);
	if (!memstream_close(fp, &text) || !is_good)
		r = fail(error, KS_E_NOMEM, "a domain", "out of memory");
	else
		r = ks_fleet_write_rows(lock, text, len, error);
	free(text);
	return r;
}

/* -- The list ------------------------------------------------------------- */

/* Where the row with that selector is, or should be. */
static size_t
find_place(const struct fleet_kept *kept, const char *selector)
{
	size_t low = 0, high = kept->nrows, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (strcmp(kept->rows[middle].selector, selector) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct fleet_kept_row *
fleet_kept_find(const struct fleet_kept *kept, const char *selector)
{
	const size_t i = find_place(kept, selector);

	return i < kept->nrows &&
	    strcmp(kept->rows[i].selector, selector) == 0 ? &kept->rows[i] :
	    NULL;
}

static unsigned char *
copy_octets(const unsigned char *octets, size_t len)
{
	unsigned char *copy = malloc(len + 1);

	if (copy != NULL && len > 0)
		memcpy(copy, octets, len);
	return copy;
}

int
fleet_kept_put(struct fleet_kept *kept, const struct fleet_kept_row *row,
    bool keeps_blob)
{
	struct fleet_kept_row copy = *row, *rows, *earlier;
	const size_t i = find_place(kept, row->selector);

	earlier = fleet_kept_find(kept, row->selector);
	if (keeps_blob) {
		copy.blob = earlier == NULL ? NULL : earlier->blob;
		copy.bloblen = earlier == NULL ? 0 : earlier->bloblen;
	}
	copy.octets = copy_octets(row->octets, row->octetslen);
	if (copy.blob != NULL)
		copy.blob = copy_octets(copy.blob, copy.bloblen);
	if (earlier != NULL && copy.octets != NULL &&
	    (copy.bloblen == 0 || copy.blob != NULL)) {
		finish_row(earlier);
		*earlier = copy;
		return 0;
	}
	rows = copy.octets == NULL || (copy.bloblen > 0 && copy.blob == NULL) ?
	    NULL : recallocarray(kept->rows, kept->nrows, kept->nrows + 1,
	    sizeof(*rows));
	if (rows == NULL) {
		finish_row(&copy);
		return KS_E_NOMEM;
	}
	memmove(rows + i + 1, rows + i, (kept->nrows - i) * sizeof(*rows));
	rows[i] = copy;
	kept->rows = rows;
	kept->nrows++;
	return 0;
}

void
fleet_kept_end(struct fleet_kept *kept)
{
	const struct fleet_kept_row *gone = fleet_kept_find(kept, FLEET_GONE);
	const int64_t end = gone == NULL ? 0 : gone->change;
	size_t i, n = 0;

	for (i = 0; i < kept->nrows; i++)
		if (kept->rows[i].change >= end)
			kept->rows[n++] = kept->rows[i];
		else
			finish_row(&kept->rows[i]);
	kept->nrows = n;
}

int64_t
fleet_kept_highest(const struct fleet_kept *kept)
{
	int64_t highest = 0;
	size_t i;

	for (i = 0; i < kept->nrows; i++)
		if (kept->rows[i].change > highest)
			highest = kept->rows[i].change;
	return highest;
}
