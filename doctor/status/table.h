/* SPDX-License-Identifier: ISC */

/*
 * The table of the master that runs here.
 */

#ifndef STATUS_TABLE_H
#define STATUS_TABLE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/meters.h"
#include "status/choices.h"

struct table {
	const struct meters *meters;
	pid_t		 pid;	/* of the master */
	int64_t		 made;	/* when counting began */
	struct choices	 choices;	/* none, unless several masters run */
};

/*
 * Find the master and map its table, for reading.
 *
 * program  the path of countersign-milter
 * user     of the milter, or NULL: a master runs as this user, as root, or as
 *          the user that we are; those of others are not meant
 * pid      of the master, or 0: the only one that there is
 *
 * Returns false with the reason, and what to do, in why; then choices are set.
 */
bool	table_open(struct table *table, const char *program,
	    const char *user, pid_t pid, char *why, size_t size);
void	table_close(struct table *table);

#endif /* STATUS_TABLE_H */
