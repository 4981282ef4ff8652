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

/* Whether it may be used; 0 or KS_E_ARG. */
int	fleet_conninfo_check(const PQconninfoOption *options,
	    struct ks_error *error);

#endif /* FLEET_DATABASE_PRIVATE_H */
