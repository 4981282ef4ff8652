/* SPDX-License-Identifier: ISC */

/*
 * Writing keys: the statements; see keys.h.
 *
 * The rows of one change go as arrays, one for each column, in which octets are
 * hexadecimal digits: none needs to be quoted in another way than the others.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/memstream.h"
#include "writing/private.h"

static const char end_of[] = "SELECT change FROM countersign.key "
    "WHERE domain = $1 AND selector = '-'";
static const char change_keys[] = "SELECT countersign.change_keys($1, "
    "ARRAY(SELECT ROW($2, s, b, n, decode(o, 'hex'), decode(g, 'hex'), "
    "decode(nullif(l, '-'), 'hex'), k)::countersign.change "
    "FROM unnest($3::text[], $4::bigint[], $5::bigint[], $6::text[], "
    "$7::text[], $8::text[], $9::boolean[]) AS c (s, b, n, o, g, l, k) "
    "ORDER BY n))";
static const char check[] = "SELECT (SELECT coalesce(max(change), 0) "
    "FROM countersign.key WHERE domain = $1), (SELECT count(*) "
    "FROM countersign.intent WHERE domain = $1 AND token < $2 "
    "AND ended IS NULL)";

enum column {
	SELECTOR, REPLACES, NUMBER, OCTETS, SIGNATURE, BLOB, KEEPS, NCOLUMNS
};

static int
fail_db(enum fleet_db_result r, const struct fleet_db_error *why,
    struct ks_error *error)
{
	return fleet_fail(error, r == FLEET_DB_AWAY ? KS_E_SYSTEM :
	    KS_E_EXISTS, why->text);
}

/* A number that a statement gives; -1: none. */
static int
ask_number(struct fleet_write *write, const char *statement,
    const struct fleet_value *values, size_t nvalues, int64_t *number)
{
	struct fleet_db_error why;
	struct fleet_rows *rows;
	enum fleet_db_result r;

	r = fleet_db_run(write->db, statement, values, nvalues, &rows, &why);
	if (r != FLEET_DB_DONE)
		return fail_db(r, &why, write->error);
	*number = fleet_rows_count(rows) == 0 ? -1 :
	    fleet_rows_number(rows, 0, 0);
	fleet_rows_free(rows);
	return 0;
}

int
fleet_write_end_of(struct fleet_write *write, int64_t *change)
{
	const struct fleet_value value = fleet_text(write->domain);
	int r;

	r = ask_number(write, end_of, &value, 1, change);
	if (r == 0 && *change < 0)
		*change = 0;
	return r;
}

static void
print_hex(FILE *fp, const void *octets, size_t len)
{
	const unsigned char *p = octets;
	char digits[HEX_SIZE(1)];
	size_t i;

	for (i = 0; i < len; i++) {
		hex_print(p + i, 1, digits);
		(void)fputs(digits, fp);
	}
}

static void
print_value(FILE *fp, const struct fleet_draft *draft, enum column column)
{
	switch (column) {
	case SELECTOR:
		(void)fprintf(fp, "\"%s\"", draft->row.selector);
		break;
	case REPLACES:
		(void)fprintf(fp, "%lld", (long long)draft->replaces);
		break;
	case NUMBER:
		(void)fprintf(fp, "%lld", (long long)draft->row.change);
		break;
	case OCTETS:
		print_hex(fp, draft->octets, draft->len);
		break;
	case SIGNATURE:
		print_hex(fp, draft->signature, sizeof(draft->signature));
		break;
	case BLOB:
		if (draft->blob == NULL)
			(void)fputc('-', fp);
		else
			print_hex(fp, draft->blob, draft->bloblen);
		break;
	case KEEPS:
		(void)fputc(draft->keeps_blob ? 't' : 'f', fp);
		break;
	case NCOLUMNS:
		break;
	}
}

/* A column of all drafts, as an array; NULL: out of memory. */
static char *
print_column(const struct fleet_write *write, enum column column)
{
	char *text = NULL;
	size_t i, len = 0;
	FILE *fp;

	if ((fp = memstream_open(&text, &len)) == NULL)
		return NULL;
	for (i = 0; i < write->n; i++) {
		(void)fputc(i == 0 ? '{' : ',', fp);
		print_value(fp, &write->drafts[i], column);
	}
	(void)fputc('}', fp);
	return memstream_close(fp, &text) ? text : NULL;
}

static int
send(struct fleet_write *write, char *const columns[NCOLUMNS], bool *again)
{
	struct fleet_value values[2 + NCOLUMNS];
	char token[FLEET_NUMBER_SIZE];
	struct fleet_db_error why;
	enum fleet_db_result r;
	size_t i;

	values[0] = fleet_number(write->lease->token, token);
	values[1] = fleet_text(write->domain);
	for (i = 0; i < NCOLUMNS; i++) {
		if (columns[i] == NULL)
			return fleet_fail(write->error, KS_E_NOMEM,
			    "out of memory");
		values[2 + i] = fleet_text(columns[i]);
	}
	r = fleet_db_run(write->db, change_keys, values, 2 + NCOLUMNS, NULL,
	    &why);
	if (r == FLEET_DB_DONE)
		return 0;
	*again = r == FLEET_DB_REFUSED && strcmp(why.state, "CS003") == 0;
	return fail_db(r, &why, write->error);
}

int
fleet_write_send(struct fleet_write *write, bool *again)
{
	char *columns[NCOLUMNS];
	size_t i;
	int r;

	*again = false;
	for (i = 0; i < NCOLUMNS; i++)
		columns[i] = print_column(write, (enum column)i);
	r = send(write, columns, again);
	for (i = 0; i < NCOLUMNS; i++)
		free(columns[i]);
	return r;
}

/* Two numbers that a statement gives about a domain. */
static int
ask_domain(const struct fleet_writer *writer, const char *domain,
    int64_t *change, int64_t *nopen, struct ks_error *error)
{
	char token[FLEET_NUMBER_SIZE];
	const struct fleet_value values[] = {
		fleet_text(domain), fleet_number(writer->lease->token, token)
	};
	struct fleet_db_error why;
	struct fleet_rows *rows;
	enum fleet_db_result result;

	result = fleet_db_run(writer->db, check, values, 2, &rows, &why);
	if (result != FLEET_DB_DONE)
		return fail_db(result, &why, error);
	*change = fleet_rows_number(rows, 0, 0);
	*nopen = fleet_rows_number(rows, 0, 1);
	fleet_rows_free(rows);
	return 0;
}

static int
check_change(const struct fleet_writer *writer, const char *domain,
    int64_t change, struct ks_error *error)
{
	int64_t seen;
	int r;

	if ((r = fleet_seen_get(writer->mirror->taker.seen, domain, &seen,
	    error)) != 0 || change == seen)
		return r;
	(void)snprintf(error->text, sizeof(error->text), change < seen ?
	    "rows of the domain that this host has are not in the database: "
	    "'%s fleet restore' writes them back" : "the database has rows of "
	    "the domain that this host has not taken: see '%s fleet list'",
	    ks_command(writer->mirror->taker.ks));
	return KS_E_EXISTS;
}

int
fleet_write_check_rows(const struct fleet_writer *writer, const char *domain,
    struct ks_error *error)
{
	int64_t change, nopen;
	int r;

	r = ask_domain(writer, domain, &change, &nopen, error);
	return r != 0 ? r : check_change(writer, domain, change, error);
}

int
fleet_write_check(const struct fleet_writer *writer, const char *domain,
    struct ks_error *error)
{
	int64_t change, nopen;
	int r;

	if ((r = ask_domain(writer, domain, &change, &nopen, error)) != 0 ||
	    (r = check_change(writer, domain, change, error)) != 0)
		return r;
	return nopen == 0 ? 0 : fleet_fail(error, KS_E_EXISTS, "a change of "
	    "DNS that an earlier run began is not settled: not every name "
	    "server answers, or some show another record");
}
