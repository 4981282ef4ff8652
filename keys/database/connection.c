/* SPDX-License-Identifier: ISC */

/*
 * The connection to the database: see connection.h.
 *
 * libpq's calls that wait are not used: statements are sent, and poll(2) waits
 * for the answer until its deadline.  Results are in binary, because octets as
 * text are twice as long.
 *
 * No statement is prepared: its plan would belong to the tables of that time,
 * and fail for as long as the connection lasts once they were made again.
 */

#include "database/connection.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "database/private.h"

struct fleet_db {
	PQconninfoOption	*options;	/* of the string */
	PGconn			*conn;
	unsigned int		 connection;
	unsigned int		 pause_s;	/* the next one */
	int64_t			 next_ms;	/* the next attempt */
	int			 answer_ms;
	bool			 was_lost;
	bool			 was_notified;
	bool			 has_failed;	/* a statement, in this one */
	char			 server[256];
	char			 system[FLEET_DB_SYSTEM_SIZE];
	char			 last[1024];	/* the last error */
};

static const char setup[] = "SET statement_timeout = '20s'; "
    "SET lock_timeout = '10s'; "
    "SET idle_in_transaction_session_timeout = '30s'; "
    "SET search_path = pg_catalog, countersign, pg_temp; "
    "LISTEN countersign_change; LISTEN countersign_lease";

/* -- The connection ------------------------------------------------------- */

int
fleet_db_new(struct fleet_db **db, const char *conninfo,
    struct ks_error *error)
{
	char *why = NULL;
	int r;

	if ((*db = calloc(1, sizeof(**db))) == NULL ||
	    ((*db)->options = PQconninfoParse(conninfo, &why)) == NULL) {
		(void)snprintf(error->text, sizeof(error->text),
		    "database: %.*s", why == NULL ? 13 :
		    (int)strcspn(why, "\n"), why == NULL ? "out of memory" :
		    why);
		r = why == NULL ? KS_E_NOMEM : KS_E_ARG;
		PQfreemem(why);
	} else
		r = fleet_conninfo_check((*db)->options, error);
	if (r != 0) {
		fleet_db_free(*db);
		*db = NULL;
		return r;
	}
	(*db)->pause_s = 1;
	(*db)->answer_ms = FLEET_DB_ANSWER_MS;
	(*db)->next_ms = monotonic_ms();
	(void)strlcpy((*db)->last, "not connected yet", sizeof((*db)->last));
	return 0;
}

void
fleet_db_free(struct fleet_db *db)
{
	if (db == NULL)
		return;
	fleet_db_disconnect(db);
	PQconninfoFree(db->options);
	freezero(db, sizeof(*db));
}

void
fleet_db_limit(struct fleet_db *db, int answer_ms)
{
	db->answer_ms = answer_ms;
}

void
fleet_db_disconnect(struct fleet_db *db)
{
	if (db->conn != NULL)
		db->was_lost = true;
	PQfinish(db->conn);
	db->conn = NULL;
	db->has_failed = false;
}

void
fleet_db_hurry(struct fleet_db *db)
{
	db->next_ms = monotonic_ms();
}

void
fleet_db_renew(struct fleet_db *db)
{
	if (db->has_failed)
		fleet_db_disconnect(db);
}

bool
fleet_db_is_connected(const struct fleet_db *db)
{
	return db->conn != NULL;
}

unsigned int
fleet_db_connection(const struct fleet_db *db)
{
	return db->connection;
}

int
fleet_db_pause_ms(const struct fleet_db *db)
{
	const int64_t now = monotonic_ms();

	return db->conn != NULL || db->next_ms <= now ? 0 :
	    (int)(db->next_ms - now);
}

size_t
fleet_db_files(const struct fleet_db *db,
    char files[FLEET_DB_MAX_FILES][PATH_MAX])
{
	return fleet_conninfo_files(db->options, files);
}

size_t
fleet_db_ports(const struct fleet_db *db,
    uint16_t ports[FLEET_DB_MAX_PORTS])
{
	return fleet_conninfo_ports(db->options, ports);
}

const char *
fleet_db_server(const struct fleet_db *db)
{
	return db->server;
}

const char *
fleet_db_system(const struct fleet_db *db)
{
	return db->system;
}

/* Note a text of libpq, which may have several lines, or is NULL. */
static void
note(struct fleet_db *db, struct fleet_db_error *error, const char *text)
{
	size_t i, n = 0;

	if (text == NULL)
		text = "the server gives no reason";
	for (i = 0; text[i] != '\0' && n + 1 < sizeof(db->last); i++)
		if (text[i] >= ' ' && text[i] <= '~')
			db->last[n++] = text[i];
		else if (n > 0 && db->last[n - 1] != ' ')
			db->last[n++] = ' ';
	while (n > 0 && db->last[n - 1] == ' ')
		n--;
	db->last[n] = '\0';
	(void)snprintf(error->text, sizeof(error->text), "database%s%s: %.700s",
	    db->server[0] == '\0' ? "" : " ", db->server, db->last);
}

/* The connection is lost; the next attempt has to wait. */
static enum fleet_db_result
lose(struct fleet_db *db, struct fleet_db_error *error, const char *text)
{
	note(db, error, text);
	fleet_db_disconnect(db);
	db->next_ms = monotonic_ms() + (int64_t)db->pause_s * 750 +
	    arc4random_uniform(db->pause_s * 500);
	db->pause_s = db->pause_s * 2 > FLEET_DB_MAX_PAUSE_S ?
	    FLEET_DB_MAX_PAUSE_S : db->pause_s * 2;
	return FLEET_DB_AWAY;
}

/* Wait for the socket until the deadline; false: it has passed. */
static bool
wait_socket(const struct fleet_db *db, short events, int64_t end_ms)
{
	struct pollfd fd = { .fd = PQsocket(db->conn), .events = events };
	int64_t left;
	int n;

	do {
		left = end_ms - monotonic_ms();
		n = left <= 0 ? 0 : poll(&fd, 1, (int)left);
	} while (n == -1 && errno == EINTR);
	return n > 0;
}

/* What a server says besides its answers; libpq would write it to stderr. */
static void
ignore_notice(void *arg, const char *message)
{
	(void)arg;
	(void)message;
}

static enum fleet_db_result
start(struct fleet_db *db, struct fleet_db_error *error)
{
	const int64_t end_ms = monotonic_ms() + FLEET_DB_CONNECT_MS;
	const char *names[FLEET_CONNINFO_MAX], *values[FLEET_CONNINFO_MAX];
	PostgresPollingStatusType status = PGRES_POLLING_WRITING;
	char why[FLEET_CONNINFO_WHY_SIZE];

	db->server[0] = '\0';
	if (!fleet_conninfo_can_read(db->options, why))
		return lose(db, error, why);
	fleet_conninfo_values(db->options, names, values);
	db->conn = PQconnectStartParams(names, values, 0);
	if (db->conn == NULL || PQstatus(db->conn) == CONNECTION_BAD)
		return lose(db, error, db->conn == NULL ? "out of memory" :
		    PQerrorMessage(db->conn));
	while (status != PGRES_POLLING_OK) {
		if (!wait_socket(db, status == PGRES_POLLING_READING ? POLLIN :
		    POLLOUT, end_ms))
			return lose(db, error, "no connection in time");
		status = PQconnectPoll(db->conn);
		if (status == PGRES_POLLING_FAILED)
			return lose(db, error, PQerrorMessage(db->conn));
	}
	(void)snprintf(db->server, sizeof(db->server), "%s port %s",
	    PQhost(db->conn), PQport(db->conn));
	(void)PQsetNoticeProcessor(db->conn, ignore_notice, NULL);
	if (PQsetnonblocking(db->conn, 1) != 0)
		return lose(db, error, PQerrorMessage(db->conn));
	return FLEET_DB_DONE;
}

/* -- Statements ----------------------------------------------------------- */

/* No statement here copies; such a result would come again and again. */
static bool
is_copy(const PGresult *result)
{
	const ExecStatusType status = PQresultStatus(result);

	return status == PGRES_COPY_IN || status == PGRES_COPY_OUT ||
	    status == PGRES_COPY_BOTH;
}

/* Send what libpq still holds, and read until there is a result. */
static enum fleet_db_result
await(struct fleet_db *db, int64_t end_ms, PGresult **result,
    struct fleet_db_error *error)
{
	PGresult *next;
	int unsent;

	*result = NULL;
	for (;;) {
		if ((unsent = PQflush(db->conn)) == -1)
			break;
		if (unsent == 0 && PQisBusy(db->conn) == 0) {
			if ((next = PQgetResult(db->conn)) == NULL)
				return FLEET_DB_DONE;
			if (is_copy(next)) {
				PQclear(next);
				break;
			}
			/* The last of several, or the first that failed. */
			if (*result != NULL &&
			    PQresultStatus(*result) == PGRES_FATAL_ERROR)
				PQclear(next);
			else {
				PQclear(*result);
				*result = next;
			}
			continue;
		}
		if (!wait_socket(db, unsent == 0 ? POLLIN : POLLIN | POLLOUT,
		    end_ms)) {
			PQclear(*result);
			*result = NULL;
			return lose(db, error, "no answer in time");
		}
		if (PQconsumeInput(db->conn) == 0)
			break;
	}
	PQclear(*result);
	*result = NULL;
	return lose(db, error, PQerrorMessage(db->conn)[0] == '\0' ?
	    "an answer that nobody asked for" : PQerrorMessage(db->conn));
}

/* What a result means. */
static enum fleet_db_result
judge(struct fleet_db *db, const PGresult *result,
    struct fleet_db_error *error)
{
	const ExecStatusType status = PQresultStatus(result);
	const char *state;

	if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
		return FLEET_DB_DONE;
	state = result == NULL ? NULL :
	    PQresultErrorField(result, PG_DIAG_SQLSTATE);
	(void)strlcpy(error->state, state == NULL ? "" : state,
	    sizeof(error->state));
	/* Without a state libpq itself failed: the connection is broken. */
	if (PQstatus(db->conn) == CONNECTION_BAD || state == NULL)
		return lose(db, error, result == NULL ?
		    PQerrorMessage(db->conn) : PQresultErrorMessage(result));
	note(db, error, PQresultErrorField(result,
	    PG_DIAG_MESSAGE_PRIMARY));
	(void)strlcat(error->text, fleet_db_advice(state, db->last),
	    sizeof(error->text));
	db->has_failed = true;
	return strncmp(state, "CS", 2) == 0 ? FLEET_DB_REFUSED :
	    FLEET_DB_FAILED;
}

/* Finish a statement that was sent; keep its result, if that is wanted. */
static enum fleet_db_result
finish(struct fleet_db *db, int was_sent, PGresult **result,
    struct fleet_db_error *error)
{
	enum fleet_db_result r;
	PGresult *got;

	if (was_sent == 0)
		return lose(db, error, PQerrorMessage(db->conn));
	r = await(db, monotonic_ms() + db->answer_ms, &got, error);
	if (r == FLEET_DB_DONE)
		r = judge(db, got, error);
	if (r == FLEET_DB_DONE && result != NULL)
		*result = got;
	else
		PQclear(got);
	return r;
}

/* A statement, or several, without values. */
static enum fleet_db_result
run_simple(struct fleet_db *db, const char *text, PGresult **result,
    struct fleet_db_error *error)
{
	memset(error, 0, sizeof(*error));
	if (db->conn == NULL) {
		note(db, error, "not connected");
		return FLEET_DB_AWAY;
	}
	return finish(db, PQsendQuery(db->conn, text), result, error);
}

enum fleet_db_result
fleet_db_run(struct fleet_db *db, const char *statement,
    const struct fleet_value *values, size_t nvalues,
    struct fleet_rows **rows, struct fleet_db_error *error)
{
	const char *data[FLEET_MAX_VALUES];
	int lengths[FLEET_MAX_VALUES], formats[FLEET_MAX_VALUES];
	PGresult *result = NULL;
	enum fleet_db_result r;
	size_t i;

	if (rows != NULL)
		*rows = NULL;
	memset(error, 0, sizeof(*error));
	if (db->conn == NULL || nvalues > FLEET_MAX_VALUES) {
		note(db, error, db->conn == NULL ? "not connected" :
		    "too many values");
		return db->conn == NULL ? FLEET_DB_AWAY : FLEET_DB_FAILED;
	}
	for (i = 0; i < nvalues; i++) {
		data[i] = values[i].data;
		lengths[i] = (int)values[i].len;
		formats[i] = values[i].is_text ? 0 : 1;
	}
	r = finish(db, PQsendQueryParams(db->conn, statement, (int)nvalues,
	    NULL, data, lengths, formats, 1), &result, error);
	if (r != FLEET_DB_DONE || rows == NULL) {
		PQclear(result);
		return r;
	}
	if ((*rows = calloc(1, sizeof(**rows))) == NULL) {
		PQclear(result);
		note(db, error, "out of memory");
		return FLEET_DB_FAILED;
	}
	(*rows)->result = result;
	return FLEET_DB_DONE;
}

enum fleet_db_result
fleet_db_begin(struct fleet_db *db, struct fleet_db_error *error)
{
	return run_simple(db, "BEGIN TRANSACTION ISOLATION LEVEL "
	    "REPEATABLE READ, READ ONLY", NULL, error);
}

enum fleet_db_result
fleet_db_end(struct fleet_db *db, struct fleet_db_error *error)
{
	return run_simple(db, "ROLLBACK", NULL, error);
}

enum fleet_db_result
fleet_db_connect(struct fleet_db *db, struct fleet_db_error *error)
{
	enum fleet_db_result r;
	PGresult *result;
	bool is_known;

	memset(error, 0, sizeof(*error));
	if (db->conn != NULL)
		return FLEET_DB_DONE;
	if (fleet_db_pause_ms(db) > 0) {
		(void)snprintf(error->text, sizeof(error->text),
		    "database: %.1000s", db->last);
		return FLEET_DB_AWAY;
	}
	if ((r = start(db, error)) != FLEET_DB_DONE ||
	    (r = run_simple(db, setup, NULL, error)) != FLEET_DB_DONE ||
	    (r = run_simple(db, "SELECT system_identifier::text FROM "
	    "pg_control_system()", &result, error)) != FLEET_DB_DONE) {
		if (r != FLEET_DB_AWAY)
			r = lose(db, error, db->last);
		return r;
	}
	is_known = fleet_db_take_system(result, db->system);
	PQclear(result);
	if (!is_known)
		return lose(db, error, "it does not say which system it is");
	db->connection++;
	db->pause_s = 1;
	db->was_lost = false;
	return FLEET_DB_DONE;
}

/* -- Hints ---------------------------------------------------------------- */

int
fleet_db_socket(const struct fleet_db *db)
{
	return db->conn == NULL ? -1 : PQsocket(db->conn);
}

bool
fleet_db_was_notified(struct fleet_db *db)
{
	struct fleet_db_error error;
	PGnotify *notify;
	bool was = db->was_lost;

	db->was_lost = false;
	if (db->conn == NULL)
		return was;
	if (PQconsumeInput(db->conn) == 0) {
		(void)lose(db, &error, PQerrorMessage(db->conn));
		db->was_lost = false;
		return true;
	}
	while ((notify = PQnotifies(db->conn)) != NULL) {
		was = true;
		PQfreemem(notify);
	}
	return was;
}
