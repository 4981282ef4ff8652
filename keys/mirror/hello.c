/* SPDX-License-Identifier: ISC */

/*
 * What a poll begins with: the database as a whole, and whether it is the one
 * that this host has seen (mirror.h).
 *
 * All that it says of itself may be wrong.  Numbers that it could have made up
 * come into the marks only as far as they can be right: a mark that is too high
 * would make this host refuse the database for ever.  For the same reason no
 * host writes a row whose number is far above all that it believes: all others
 * would believe that row, and numbers that are used up do not come back.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mirror/mirror.h"
#include "store/rotator.h"

#define SCHEMA	1	/* the lowest that has what is used here */
#define MAX_MS	(INT64_C(1) << 52)

static const char hello[] = "SELECT schema_version, fleet_id, change, "
    "members_version, lease_token, now_ms, is_primary, my_name "
    "FROM countersign.hello($1, $2)";
static const char clock_of[] = "SELECT floor(extract(epoch "
    "FROM clock_timestamp()) * 1000)::bigint";
static const char number_of[] = "SELECT change FROM countersign.fleet";

/* Compare with the marks; the fleet may not have gone back. */
static int
check_marks(const struct fleet_mirror *mirror, const struct fleet_rows *rows,
    struct ks_error *error)
{
	const struct fleet_marks *marks = &mirror->marks;
	const char *before = mirror->used.server;
	const char *fleet = fleet_rows_text(rows, 0, 1);
	const int64_t change = fleet_rows_number(rows, 0, 2);
	const int64_t members = fleet_rows_number(rows, 0, 3);
	const int64_t token = fleet_rows_number(rows, 0, 4);
	const char *what = NULL;

	if (fleet == NULL || strcmp(fleet, marks->fleet) != 0)
		what = "it is of another fleet";
	else if (fleet_rows_number(rows, 0, 0) < SCHEMA)
		what = "its schema is older than this program";
	else if (change < marks->change || members < marks->members ||
	    token < marks->token)
		what = "it is older than what this host saw: a backup was "
		    "restored, or a standby that was behind took over";
	if (what == NULL)
		return 0;
	(void)snprintf(error->text, sizeof(error->text), "database %s "
	    "(system %s; before: %s%ssystem %s): %s; change %lld, %lld seen "
	    "here; member list %lld, %lld seen; lease %lld, %lld seen",
	    fleet_db_server(mirror->db), fleet_db_system(mirror->db),
	    before, before[0] == '\0' ? "" : ", ", marks->system, what,
	    (long long)change, (long long)marks->change, (long long)members,
	    (long long)marks->members, (long long)token,
	    (long long)marks->token);
	return KS_E_EXISTS;
}

/* What another host's role writes, nobody believes of this one. */
static int
check_name(const struct fleet_mirror *mirror, const struct fleet_rows *rows,
    struct ks_error *error)
{
	const char *name = fleet_rows_text(rows, 0, 7);

	if (mirror->host == NULL || name == NULL ||
	    strcmp(name, mirror->host) == 0)
		return 0;
	(void)snprintf(error->text, sizeof(error->text), "database %s: this "
	    "host is %s in its configuration, and %.64s is the host of its "
	    "role: " FLEET_ROLE_ADVICE, fleet_db_server(mirror->db),
	    mirror->host, ks_host_name_is_valid(name) ? name : "another");
	return KS_E_EXISTS;
}

/* The answer may have come late: the clock is off if it was all the time. */
static void
compare_clocks(struct fleet_mirror *mirror, int64_t before_ms)
{
	const int64_t after_ms = mirror->taker.clock() * 1000 + 999;

	mirror->clock_off_ms = 0;
	if (mirror->now_ms < before_ms - FLEET_CLOCK_MS)
		mirror->clock_off_ms = before_ms - mirror->now_ms;
	else if (mirror->now_ms > after_ms + FLEET_CLOCK_MS)
		mirror->clock_off_ms = after_ms - mirror->now_ms;
}

/* A time of the database, between two that can be subtracted. */
static int64_t
take_time(int64_t ms)
{
	return ms < -MAX_MS ? -MAX_MS : ms > MAX_MS ? MAX_MS : ms;
}

/* Tokens begin from the database's clock, so none is ahead of all clocks. */
static int64_t
take_token(const struct fleet_mirror *mirror, int64_t token)
{
	const int64_t now_ms = mirror->taker.clock() * 1000;

	return token > now_ms ? now_ms : token;
}

int
fleet_mirror_hello(struct fleet_mirror *mirror, const char *version,
    int64_t clock_ms, struct ks_error *error)
{
	char number[FLEET_NUMBER_SIZE];
	const struct fleet_value values[] = {
		fleet_text(version), fleet_number(clock_ms, number)
	};
	struct fleet_db_error why;
	struct fleet_rows *rows;
	enum fleet_db_result result;
	int r;

	result = fleet_db_connect(mirror->db, &why);
	if (result == FLEET_DB_DONE)
		result = fleet_db_run(mirror->db, hello, values, 2, &rows,
		    &why);
	if (!fleet_mirror_worked(result, &why, &r, error))
		return r;
	/* What it has lost may be what this host confirmed. */
	if ((r = check_name(mirror, rows, error)) != 0 ||
	    (r = check_marks(mirror, rows, error)) != 0)
		mirror->sent_by = 0;
	else {
		mirror->now_ms = take_time(fleet_rows_number(rows, 0, 5));
		compare_clocks(mirror, clock_ms);
		mirror->members = fleet_rows_number(rows, 0, 3);
		mirror->lease_token = take_token(mirror,
		    fleet_rows_number(rows, 0, 4));
	}
	fleet_rows_free(rows);
	return r;
}

int
fleet_mirror_clock(struct fleet_mirror *mirror, struct ks_error *error)
{
	const int64_t before_ms = mirror->taker.clock() * 1000;
	struct fleet_db_error why;
	struct fleet_rows *rows;
	int r;

	if (!fleet_mirror_worked(fleet_db_run(mirror->db, clock_of, NULL, 0,
	    &rows, &why), &why, &r, error))
		return r;
	mirror->now_ms = take_time(fleet_rows_number(rows, 0, 0));
	fleet_rows_free(rows);
	compare_clocks(mirror, before_ms);
	if (mirror->clock_off_ms == 0)
		return 0;
	(void)snprintf(error->text, sizeof(error->text), "the clock of this "
	    "host is %lld s %s the database's: set the wrong one right first",
	    (long long)llabs(mirror->clock_off_ms) / 1000,
	    mirror->clock_off_ms < 0 ? "behind" : "ahead of");
	return KS_E_EXISTS;
}

int
fleet_mirror_number(struct fleet_mirror *mirror, int64_t *change,
    struct ks_error *error)
{
	const int64_t seen = mirror->marks.change;
	struct fleet_db_error why;
	struct fleet_rows *rows;
	int r;

	if (!fleet_mirror_worked(fleet_db_run(mirror->db, number_of, NULL, 0,
	    &rows, &why), &why, &r, error))
		return r;
	*change = fleet_rows_number(rows, 0, 0);
	fleet_rows_free(rows);
	if (*change >= seen && *change - seen <= FLEET_MAX_AHEAD)
		return 0;
	(void)snprintf(error->text, sizeof(error->text), "the database has "
	    "change %lld, and this host has seen %lld: %s",
	    (long long)*change, (long long)seen, *change < seen ?
	    "it is older, or has lost the last changes: see "
	    "fleet-database-refused in countersign-fleet(8)" :
	    "somebody has raised it, or rows are not taken yet: see 'A "
	    "database that somebody wrote into' in docs/fleet.md");
	return KS_E_EXISTS;
}

int
fleet_mirror_raise(struct fleet_mirror *mirror, int64_t change,
    struct ks_error *error)
{
	if (change <= mirror->marks.change)
		return 0;
	mirror->marks.change = change;
	return fleet_marks_write(mirror->taker.ks, &mirror->marks, error);
}
