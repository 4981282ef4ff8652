/* SPDX-License-Identifier: ISC */

/*
 * The configuration that new messages are decided by, and its resolver.  Both
 * are replaced together and never changed.  Each message holds one snapshot
 * from its beginning to its end.
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
 * Make both the current ones.  Takes over both, also on failure.  Returns 0, or
 * -1 when out of memory.
 */
int	snapshot_replace_take(struct config *config,
	    struct dns_resolver *resolver);
/* Release the current snapshot, at exit. */
void	snapshot_clear(void);

/* The current snapshot, with a reference; NULL if there is none. */
struct snapshot *snapshot_acquire(void);
void	snapshot_release(struct snapshot *snapshot);

#endif /* SNAPSHOT_H */
