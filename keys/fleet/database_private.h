/* SPDX-License-Identifier: ISC */

/*
 * What the files that use libpq share.
 */

#ifndef FLEET_DATABASE_PRIVATE_H
#define FLEET_DATABASE_PRIVATE_H

#include <libpq-fe.h>

#include "fleet/database.h"

struct fleet_rows {
	PGresult	*result;
};

/* Whether a parsed connection string may be used; 0 or KS_E_ARG. */
int	fleet_conninfo_check(const PQconninfoOption *options,
	    struct ks_error *error);

#endif /* FLEET_DATABASE_PRIVATE_H */
