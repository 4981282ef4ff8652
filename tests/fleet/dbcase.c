/* SPDX-License-Identifier: ISC */

/*
 * The connection to the database, for tests: runs the commands on its standard
 * input, and prints a line for each.
 *
 *	connect			connect, waiting for the attempts that are due
 *	try			one attempt
 *	run TEXT		the statement of a table below
 *	notified MS		wait for a hint
 *	limit MS		wait that long for answers
 *	server			which server, and what identifies its data
 *
 * usage: dbcase CONNINFO
 */

#include <err.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "database/connection.h"

#define LIMIT_MS	120000

static const struct {
	const char	*name, *statement;
	size_t		 nvalues;
} statements[] = {
	{ "echo", "SELECT $1::bigint, $2::text, $3::bytea, NULL::bytea, true, "
	    "(-5)::integer, $4::text", 4 },
	{ "hello", "SELECT my_name FROM hello('test', $1)", 1 },
	{ "lease", "SELECT is_mine, new_token FROM take_lease($1)", 1 },
	{ "renew", "SELECT * FROM renew_lease($1, 60)", 1 },
	{ "bad", "SELECT 1 / ($1::bigint - $1::bigint)", 1 },
	{ "sleep", "SELECT pg_sleep($1::double precision)", 1 }
};

static const char *const results[] = { "done", "away", "refused", "failed" };

static void
print_result(enum fleet_db_result r, const struct fleet_db_error *error)
{
	if (r == FLEET_DB_DONE)
		puts(results[r]);
	else
		printf("%s %s %s\n", results[r],
		    error->state[0] == '\0' ? "-" : error->state, error->text);
}

static void
print_rows(const struct fleet_rows *rows, size_t statement)
{
	const unsigned char *octets;
	size_t i, len;

	if (strcmp(statements[statement].name, "echo") != 0) {
		printf("done %lld\n", (long long)fleet_rows_number(rows, 0,
		    0));
		return;
	}
	octets = fleet_rows_octets(rows, 0, 2, &len);
	printf("done %lld %s ", (long long)fleet_rows_number(rows, 0, 0),
	    fleet_rows_text(rows, 0, 1));
	for (i = 0; i < len; i++)
		printf("%02x", octets[i]);
	printf(" %s %lld %lld %s\n", fleet_rows_octets(rows, 0, 3, &len) ==
	    NULL ? "null" : "octets", (long long)fleet_rows_number(rows, 0, 4),
	    (long long)fleet_rows_number(rows, 0, 5),
	    fleet_rows_text(rows, 0, 6)[0] == '\0' ? "empty" : "text");
}

static void
run(struct fleet_db *db, const char *name)
{
	static const unsigned char octets[] = { 0, 1, 0xfe, 0xff };
	const struct fleet_value values[] = {
		fleet_text("3"), fleet_text("it's"),
		fleet_octets(octets, sizeof(octets)), fleet_text(NULL)
	};
	struct fleet_db_error error;
	struct fleet_rows *rows;
	enum fleet_db_result r;
	size_t i;

	for (i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
		if (strcmp(statements[i].name, name) == 0)
			break;
	if (i == sizeof(statements) / sizeof(statements[0]))
		errx(2, "no statement %s", name);
	r = fleet_db_run(db, statements[i].statement, values,
	    statements[i].nvalues, &rows, &error);
	if (r == FLEET_DB_DONE)
		print_rows(rows, i);
	else
		print_result(r, &error);
	fleet_rows_free(rows);
}

static void
connect_until(struct fleet_db *db)
{
	const int64_t end_ms = monotonic_ms() + LIMIT_MS;
	struct fleet_db_error error;
	enum fleet_db_result r;

	while ((r = fleet_db_connect(db, &error)) == FLEET_DB_AWAY &&
	    monotonic_ms() < end_ms)
		(void)poll(NULL, 0, fleet_db_pause_ms(db) + 1);
	print_result(r, &error);
}

static void
wait_notified(struct fleet_db *db, int64_t ms)
{
	const int64_t end_ms = monotonic_ms() + ms;
	struct pollfd fd = { .fd = fleet_db_socket(db), .events = POLLIN };

	while (!fleet_db_was_notified(db)) {
		if (monotonic_ms() >= end_ms) {
			puts("none");
			return;
		}
		(void)poll(&fd, 1, (int)(end_ms - monotonic_ms()));
	}
	puts("notified");
}

int
main(int argc, char *argv[])
{
	struct fleet_db_error error;
	struct ks_error ks_error;
	struct fleet_db *db;
	char line[256];

	if (argc != 2)
		errx(2, "usage: dbcase CONNINFO");
	if (fleet_db_new(&db, argv[1], &ks_error) != 0)
		errx(1, "%s", ks_error.text);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strcmp(line, "connect") == 0)
			connect_until(db);
		else if (strcmp(line, "try") == 0)
			print_result(fleet_db_connect(db, &error), &error);
		else if (strcmp(line, "begin") == 0)
			print_result(fleet_db_begin(db, &error), &error);
		else if (strcmp(line, "end") == 0)
			print_result(fleet_db_end(db, &error), &error);
		else if (strncmp(line, "run ", 4) == 0)
			run(db, line + 4);
		else if (strncmp(line, "limit ", 6) == 0) {
			fleet_db_limit(db, atoi(line + 6));
			puts("done");
		} else if (strncmp(line, "notified ", 9) == 0)
			wait_notified(db, atol(line + 9));
		else
			printf("%s, %s, %u\n", fleet_db_server(db),
			    fleet_db_system(db), fleet_db_connection(db));
		(void)fflush(stdout);
	}
	fleet_db_free(db);
	return 0;
}
