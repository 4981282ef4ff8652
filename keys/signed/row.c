/* SPDX-License-Identifier: ISC */

/*
 * Rows: see row.h.
 *
 * Each value has one form, so two texts never mean the same row.  The line of
 * the key goes through the reader of state files, which accepts only the line
 * that their printer makes, and keeps the names of later versions.  Pure
 * functions.
 */

#include "signed/row.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/replica.h"
#include "store/state.h"

#define FIRST_KEY	"countersign-fleet key 1"
#define FIRST_GONE	"countersign-fleet gone 1"
#define STREAM		" stream="

/* The line of a key as a state file; NULL: out of memory. */
static char *
make_state(const struct fleet_row *row, size_t *len)
{
	const char *first = STATE_FIRST_LINE;
	char *text;
	int n;

	/* Format 3 is only for keys of streams. */
	if (memmem(row->line, row->linelen, STREAM, strlen(STREAM)) != NULL)
		first = STATE_FIRST_LINE3;
	n = asprintf(&text, "%s\n%.*s\n", first, (int)row->linelen, row->line);
	if (n == -1)
		return NULL;
	*len = (size_t)n;
	return text;
}

int
fleet_row_key(const struct fleet_row *row, struct ks_state *state,
    struct ks_error *error)
{
	size_t len;
	char *text;
	int r;

	memset(state, 0, sizeof(*state));
	if (row->kind != FLEET_ROW_KEY || row->linelen > FLEET_MAX_ROW)
		return fleet_fail(error, KS_E_DAMAGED,
		    "not the row of a key");
	if ((text = make_state(row, &len)) == NULL)
		return fleet_fail(error, KS_E_NOMEM, "out of memory");
	r = ks_replica_parse(row->domain, text, len, state, error);
	free(text);
	if (r == KS_E_FORMAT)
		r = KS_E_DAMAGED;
	if (r == 0 && state->nkeys != 1) {
		ks_state_finish(state);
		return fleet_fail(error, KS_E_DAMAGED,
		    "not the line of one key");
	}
	return r;
}

/* Check the line of the key, and take the selector from it. */
static int
take_key(struct fleet_row *row, struct ks_error *error)
{
	struct ks_state state;
	int r;

	if ((r = fleet_row_key(row, &state, error)) != 0)
		return r;
	(void)strlcpy(row->selector, state.keys[0].selector,
	    sizeof(row->selector));
	ks_state_finish(&state);
	return 0;
}

static void
read_domain(struct fleet_lines *lines, struct fleet_row *row)
{
	const char *value;
	size_t len;

	fleet_lines_value(lines, "domain", &value, &len);
	if (dkimsig_domain_normalize(value, len, row->domain,
	    sizeof(row->domain)) != 0 || strlen(row->domain) != len ||
	    memcmp(value, row->domain, len) != 0)
		fleet_lines_fail(lines, "has no domain in lower case");
}

static void
read_row(struct fleet_lines *lines, const char *fleet, struct fleet_row *row)
{
	char id[FLEET_HEX_SIZE];
	int64_t epoch;

	fleet_lines_expect(lines, row->kind == FLEET_ROW_KEY ? FIRST_KEY :
	    FIRST_GONE);
	fleet_lines_hex(lines, "fleet", false, id);
	if (strcmp(id, fleet) != 0)
		fleet_lines_fail(lines, "names another fleet");
	row->change = fleet_lines_number(lines, "change", 1);
	row->before = fleet_lines_number(lines, "before",
	    row->kind == FLEET_ROW_KEY ? 0 : 1);
	if (row->before >= row->change)
		fleet_lines_fail(lines, "has a number that is not before that "
		    "of the change");
	read_domain(lines, row);
	if (row->kind == FLEET_ROW_KEY) {
		fleet_lines_value(lines, "state", &row->line, &row->linelen);
		fleet_lines_hex(lines, "blob", true, row->blob);
		epoch = fleet_lines_number(lines, "epoch", 0);
		if (epoch > UINT_MAX || (epoch == 0) !=
		    (strcmp(row->blob, "-") == 0))
			fleet_lines_fail(lines, "does not fit the blob");
		row->epoch = (unsigned int)epoch;
	}
	fleet_lines_host(lines, "by", row->by);
}

int
fleet_row_parse(const void *octets, size_t len, const char *fleet,
    struct fleet_row *row, struct ks_error *error)
{
	struct fleet_lines lines;

	memset(row, 0, sizeof(*row));
	(void)memcpy(row->blob, "-", 2);
	(void)memcpy(row->selector, "-", 2);
	if (len > FLEET_MAX_ROW)
		return fleet_fail(error, KS_E_DAMAGED, "the row is too large");
	if (len > strlen(FIRST_GONE) &&
	    memcmp(octets, FIRST_GONE, strlen(FIRST_GONE)) == 0)
		row->kind = FLEET_ROW_GONE;
	fleet_lines_init(&lines, octets, len);
	read_row(&lines, fleet, row);
	if (!fleet_lines_end(&lines, error))
		return KS_E_DAMAGED;
	return row->kind == FLEET_ROW_KEY ? take_key(row, error) : 0;
}

static int
print(const struct fleet_row *row, const char *fleet, char **octets)
{
	if (row->kind == FLEET_ROW_GONE)
		return asprintf(octets, FIRST_GONE "\nfleet %s\nchange %lld\n"
		    "before %lld\ndomain %s\nby %s\n", fleet,
		    (long long)row->change, (long long)row->before,
		    row->domain, row->by);
	return asprintf(octets, FIRST_KEY "\nfleet %s\nchange %lld\n"
	    "before %lld\ndomain %s\nstate %.*s\nblob %s\nepoch %u\nby %s\n",
	    fleet, (long long)row->change, (long long)row->before, row->domain,
	    (int)row->linelen, row->line, row->blob, row->epoch, row->by);
}

int
fleet_row_print(const struct fleet_row *row, const char *fleet, char **octets,
    size_t *len, struct ks_error *error)
{
	struct fleet_row again;
	int n, r;

	*octets = NULL;
	if (row->kind == FLEET_ROW_KEY && row->linelen > FLEET_MAX_ROW)
		return fleet_fail(error, KS_E_ARG,
		    "the line of the key is too long");
	if ((n = print(row, fleet, octets)) == -1) {
		*octets = NULL;
		return fleet_fail(error, KS_E_NOMEM, "out of memory");
	}
	*len = (size_t)n;
	r = fleet_row_parse(*octets, *len, fleet, &again, error);
	if (r == 0 && again.kind == row->kind)
		return 0;
	free(*octets);
	*octets = NULL;
	return r == KS_E_NOMEM ? r : KS_E_ARG;
}
