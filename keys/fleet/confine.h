/* SPDX-License-Identifier: ISC */

/*
 * The cell of countersign-fleet: what it can still do once it serves.
 */

#ifndef FLEET_CONFINE_H
#define FLEET_CONFINE_H

#include <stdbool.h>

#include "cell/cell.h"
#include "database/connection.h"

#define FLEET_MAX_MEMORY 805306368	/* octets more than at the start */

/* Its calls, besides those of all cells; a name of NULL ends it. */
extern const struct cell_call fleet_calls[];

/*
 * Load what libraries read once, and enter the cell, for good.  The database
 * names files and ports that may be used.
 *
 * Called when: the process has the user that it keeps, and listens.
 *
 * Returns 0, or -1 with the reason logged; in that case the caller must exit.
 */
int	fleet_confine(const char *keydir, const struct fleet_db *db,
	    bool is_debug);

#endif /* FLEET_CONFINE_H */
