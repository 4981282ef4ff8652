/* SPDX-License-Identifier: ISC */

/*
 * Room keys/database: the connection to a fleet's PostgreSQL, and its schema.
 * No other room uses libpq.
 *
 * Nothing waits longer than it must: connecting and each statement have a
 * deadline of their own, because a server that is stopped still acknowledges
 * packets.  After a failure the connection is closed, and the next attempt
 * waits 1, 2, 4 to 60 seconds.  One connection, one thread at a time.
 */

#ifndef DATABASE_CONNECTION_H
#define DATABASE_CONNECTION_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/keystore.h"

#define FLEET_DB_CONNECT_MS	15000	/* for all hosts of the string */
#define FLEET_DB_ANSWER_MS	30000	/* for one statement */
#define FLEET_DB_MAX_PAUSE_S	60	/* between two attempts */

enum fleet_db_result {
	FLEET_DB_DONE,
	/* No connection, or it was lost: whether it took effect is unknown. */
	FLEET_DB_AWAY,
	/* A function of the schema refused: its SQLSTATE begins with CS. */
	FLEET_DB_REFUSED,
	FLEET_DB_FAILED		/* any other error of the server */
};

struct fleet_db_error {
	char	state[6];	/* SQLSTATE, or "" */
	char	text[1024];	/* names the server */
};

struct fleet_db;

/*
 * Check a connection string of libpq, and prepare to connect.  A password or
 * mail must not cross a network to a server that anybody can pretend to be: if
 * a host is not a socket of this machine, sslmode must be verify-full.  Returns
 * 0, KS_E_NOMEM or KS_E_ARG.
 */
int	fleet_db_new(struct fleet_db **db, const char *conninfo,
	    struct ks_error *error);
void	fleet_db_free(struct fleet_db *db);

/* Wait that long for an answer, in place of FLEET_DB_ANSWER_MS. */
void	fleet_db_limit(struct fleet_db *db, int answer_ms);

/*
 * Connect, unless connected, or unless the next attempt is not due yet
 * (FLEET_DB_AWAY, with the error of the last one).
 */
enum fleet_db_result fleet_db_connect(struct fleet_db *db,
	    struct fleet_db_error *error);
void	fleet_db_disconnect(struct fleet_db *db);

/* A person waits: let the next attempt to connect be made at once. */
void	fleet_db_hurry(struct fleet_db *db);

/*
 * Disconnect if the server has refused a statement: it keeps plans for each
 * connection, and one that was made while a rule was there stays when that is
 * gone.
 */
void	fleet_db_renew(struct fleet_db *db);
bool	fleet_db_is_connected(const struct fleet_db *db);

/* How many times it has connected: a number for each connection. */
unsigned int fleet_db_connection(const struct fleet_db *db);

/* Milliseconds until the next attempt is due. */
int	fleet_db_pause_ms(const struct fleet_db *db);

/* The server, for people: "db1 port 5432"; and what identifies its data. */
const char *fleet_db_server(const struct fleet_db *db);
const char *fleet_db_system(const struct fleet_db *db);

/*
 * To wait for hints: the descriptor, or -1, and whether one arrived since the
 * last call.  A lost connection is a hint, too.
 */
int	fleet_db_socket(const struct fleet_db *db);
bool	fleet_db_was_notified(struct fleet_db *db);

/* Files that the connection string names by full paths, and its ports. */
#define FLEET_DB_MAX_FILES	6
#define FLEET_DB_MAX_PORTS	16
size_t	fleet_db_files(const struct fleet_db *db,
	    char files[FLEET_DB_MAX_FILES][PATH_MAX]);
size_t	fleet_db_ports(const struct fleet_db *db,
	    uint16_t ports[FLEET_DB_MAX_PORTS]);

/* -- Statements ----------------------------------------------------------- */

/* A value: octets, or text if is_text; data NULL: null. */
struct fleet_value {
	const void	*data;
	size_t		 len;
	bool		 is_text;
};
struct fleet_value fleet_text(const char *text);	/* or NULL */
struct fleet_value fleet_octets(const void *data, size_t len);

/* A number as text, in a buffer of the caller. */
#define FLEET_NUMBER_SIZE	24
struct fleet_value fleet_number(int64_t number,
	    char text[FLEET_NUMBER_SIZE]);

#define FLEET_MAX_VALUES	12

/*
 * Run a statement with values for $1, $2 ...  *rows, if rows is not NULL, is
 * freed by fleet_rows_free(); it is NULL after a failure.
 */
struct fleet_rows;
enum fleet_db_result fleet_db_run(struct fleet_db *db, const char *statement,
	    const struct fleet_value *values, size_t nvalues,
	    struct fleet_rows **rows, struct fleet_db_error *error);

/*
 * Begin a transaction that only reads, and sees one state of the database; and
 * end it.
 */
enum fleet_db_result fleet_db_begin(struct fleet_db *db,
	    struct fleet_db_error *error);
enum fleet_db_result fleet_db_end(struct fleet_db *db,
	    struct fleet_db_error *error);

/*
 * Results.  A null is -1, "" and NULL.  A number is of type smallint, integer,
 * bigint or boolean, cut so that 2^32 can be added or subtracted; text is as
 * long as the rows, but NULL if it has a NUL.
 */
size_t	fleet_rows_count(const struct fleet_rows *rows);
int64_t	fleet_rows_number(const struct fleet_rows *rows, size_t row,
	    size_t column);
const char *fleet_rows_text(const struct fleet_rows *rows, size_t row,
	    size_t column);
const unsigned char *fleet_rows_octets(const struct fleet_rows *rows,
	    size_t row, size_t column, size_t *len);
void	fleet_rows_free(struct fleet_rows *rows);

#endif /* DATABASE_CONNECTION_H */
