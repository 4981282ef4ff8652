/* SPDX-License-Identifier: ISC */

/*
 * What the files that use libpq share.
 */

#ifndef DATABASE_PRIVATE_H
#define DATABASE_PRIVATE_H

#include <libpq-fe.h>

#include "database/connection.h"

struct fleet_rows {
	PGresult	*result;
};

/* What a parsed connection string names: see connection.h. */
size_t	fleet_conninfo_files(const PQconninfoOption *options,
	    char files[FLEET_DB_MAX_FILES][PATH_MAX]);
size_t	fleet_conninfo_ports(const PQconninfoOption *options,
	    uint16_t ports[FLEET_DB_MAX_PORTS]);

/*
 * Try these files, if they are there: libpq can give the reason why one cannot
 * be read without having set it.  False: one cannot, and why names it.
 */
#define FLEET_CONNINFO_WHY_SIZE	(PATH_MAX + 128)
bool	fleet_conninfo_can_read(const PQconninfoOption *options,
	    char why[FLEET_CONNINFO_WHY_SIZE]);

/* What libpq is given: the string, after what it leaves out. */
#define FLEET_CONNINFO_MAX	72
void	fleet_conninfo_values(const PQconninfoOption *options,
	    const char *names[FLEET_CONNINFO_MAX],
	    const char *values[FLEET_CONNINFO_MAX]);

/*
 * What identifies the data of a server, which is a number and is noted in a
 * file; false: it said something else.
 */
#define FLEET_DB_SYSTEM_SIZE	32
bool	fleet_db_take_system(const PGresult *result,
	    char system[FLEET_DB_SYSTEM_SIZE]);

/* What can be done about an error of that SQLSTATE and text; static, or "". */
const char *fleet_db_advice(const char *state, const char *text);

/* Whether it may be used; 0 or KS_E_ARG. */
int	fleet_conninfo_check(const PQconninfoOption *options,
	    struct ks_error *error);

#endif /* DATABASE_PRIVATE_H */
