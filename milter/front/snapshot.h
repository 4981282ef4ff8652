/* SPDX-License-Identifier: ISC */

/*
 * What new messages are decided by: a configuration and the resolver that it
 * asks for, replaced together and never changed.  Each message holds one from
 * its start to its end.
 */

#ifndef SNAPSHOT_H
#define SNAPSHOT_H

#include "config/config.h"
#include "resolver/resolver.h"

struct snapshot {
	struct config	*config;
	struct dns_resolver *resolver;	/* NULL: no source asks DNS */
};

/*
 * Make both the current ones; both are taken over, also on failure, which is
 * -1 when out of memory.
 */
int	snapshot_replace_take(struct config *config,
	    struct dns_resolver *resolver);
/* Have none; for the end. */
void	snapshot_clear(void);

/* The current one, to be released; NULL if there is none. */
struct snapshot *snapshot_acquire(void);
void	snapshot_release(struct snapshot *snapshot);

#endif /* SNAPSHOT_H */
