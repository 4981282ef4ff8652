/* SPDX-License-Identifier: ISC */

/*
 * The database that this host used last, and when: the file
 * keydir/.fleet/database, with the first line "countersign-fleet-database 1"
 * and then, in this order,
 *
 *	server TEXT	as people know it: "db1 port 5432"
 *	used TIME	by the clock of this host, in seconds since 1970
 *
 * It is for people: so that an alarm can name the server that this host has
 * seen more at than at the one that is refused, and so that the time for which
 * the database was away goes on over a restart.  Nothing is decided by it, so a
 * file that is missing or damaged is as good as none.
 */

#ifndef KEPT_USED_H
#define KEPT_USED_H

#include <stdbool.h>
#include <stdint.h>

#include "store/keystore.h"

#define FLEET_USED_S		60	/* seconds between two writes */
#define FLEET_SERVER_SIZE	256

/* Zeroed: none. */
struct fleet_used {
	char	server[FLEET_SERVER_SIZE];
	int64_t	at;
};

void	fleet_used_read(struct keystore *ks, struct fleet_used *used);

/*
 * Note that the server is used at that time.  The file is written if it names
 * another server, or a time that differs by FLEET_USED_S or more.  Returns 0 or
 * KS_E_*.
 */
int	fleet_used_note(struct keystore *ks, struct fleet_used *used,
	    const char *server, int64_t now, struct ks_error *error);

/*
 * Seconds since then; 0 if that is not known, or lies in the future: the clock
 * was set back, or is not set yet.
 */
int64_t	fleet_used_ago(const struct fleet_used *used, int64_t now);

#endif /* KEPT_USED_H */
