/* SPDX-License-Identifier: ISC */

/*
 * Values that go to the database, and rows that come from it, in the binary
 * format of PostgreSQL: numbers in network order, booleans as one octet.
 *
 * The database is not trusted: the caller gets -1, "" or NULL for anything that
 * has another length than its type, and checks what it gets.  Numbers are cut
 * to what can be added to and subtracted from.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "database/private.h"

#define TIMES	": see Times of the lease in countersign-fleet(8)"
#define MAX_NUMBER	(INT64_MAX - UINT32_MAX)

struct fleet_value
fleet_text(const char *text)
{
	const struct fleet_value value = {
		.data = text, .len = text == NULL ? 0 : strlen(text),
		.is_text = true
	};

	return value;
}

struct fleet_value
fleet_octets(const void *data, size_t len)
{
	const struct fleet_value value = { .data = data, .len = len };

	return value;
}

struct fleet_value
fleet_number(int64_t number, char text[FLEET_NUMBER_SIZE])
{
	(void)snprintf(text, FLEET_NUMBER_SIZE, "%lld", (long long)number);
	return fleet_text(text);
}

bool
fleet_db_take_system(const PGresult *result,
    char system[FLEET_DB_SYSTEM_SIZE])
{
	const char *value;
	size_t len;

	if (PQntuples(result) != 1 || PQnfields(result) != 1 ||
	    PQgetisnull(result, 0, 0) != 0)
		return false;
	value = PQgetvalue(result, 0, 0);
	len = strlen(value);
	if (len == 0 || len >= FLEET_DB_SYSTEM_SIZE ||
	    strspn(value, "0123456789") != len)
		return false;
	memcpy(system, value, len + 1);
	return true;
}

size_t
fleet_rows_count(const struct fleet_rows *rows)
{
	return rows == NULL ? 0 : (size_t)PQntuples(rows->result);
}

const unsigned char *
fleet_rows_octets(const struct fleet_rows *rows, size_t row, size_t column,
    size_t *len)
{
	*len = 0;
	if (row >= fleet_rows_count(rows) ||
	    column >= (size_t)PQnfields(rows->result) ||
	    PQgetisnull(rows->result, (int)row, (int)column) != 0)
		return NULL;
	*len = (size_t)PQgetlength(rows->result, (int)row, (int)column);
	return (const unsigned char *)PQgetvalue(rows->result, (int)row,
	    (int)column);
}

int64_t
fleet_rows_number(const struct fleet_rows *rows, size_t row, size_t column)
{
	const unsigned char *octets;
	uint64_t number = 0;
	size_t i, len;

	octets = fleet_rows_octets(rows, row, column, &len);
	if (octets == NULL || (len != 1 && len != 2 && len != 4 && len != 8))
		return -1;
	/* The sign goes through all octets above. */
	if ((octets[0] & 0x80) != 0 && len > 1)
		number = UINT64_MAX;
	for (i = 0; i < len; i++)
		number = number << 8 | octets[i];
	if ((int64_t)number > MAX_NUMBER)
		return MAX_NUMBER;
	return (int64_t)number < -MAX_NUMBER ? -MAX_NUMBER : (int64_t)number;
}

const char *
fleet_rows_text(const struct fleet_rows *rows, size_t row, size_t column)
{
	const unsigned char *octets;
	size_t len;

	octets = fleet_rows_octets(rows, row, column, &len);
	if (octets == NULL)
		return "";
	/* libpq puts a NUL after each value. */
	return memchr(octets, '\0', len) != NULL ? NULL :
	    (const char *)octets;
}

void
fleet_rows_free(struct fleet_rows *rows)
{
	if (rows == NULL)
		return;
	PQclear(rows->result);
	free(rows);
}

/* Of errors whose texts do not say it. */
const char *
fleet_db_advice(const char *state, const char *text)
{
	static const struct {
		const char	*state, *part, *advice;
	} table[] = {
		{ "0A000", "", TIMES },	/* of an infinite time */
		{ "22003", "", TIMES },	/* a number is out of range */
		{ "22008", "", TIMES },	/* a time is out of range */
		{ "55P03", "", ": another session of the database holds a "
		    "lock: see Locks in countersign-fleet(8)" },
		/* Whoever has the role may have entered them first. */
		{ "CS005", "", ": if somebody else has entered those that "
		    "are there, UPDATE countersign.host SET sign_key = NULL, "
		    "wrap_cert = NULL WHERE name = 'HOST', and run the same "
		    "command again" },
		/* The functions go by the newest list, whoever wrote it. */
		{ "CS004", " is not admitted", ": if 'countersign-key fleet "
		    "list' shows that a member list is ignored, delete that "
		    "row; if this host is waiting, admit it, and if it is "
		    "expelled, see Another name in countersign-fleet(8)" },
	};
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(state, table[i].state) == 0 &&
		    strstr(text, table[i].part) != NULL)
			return table[i].advice;
	return "";
}
