/* SPDX-License-Identifier: ISC */

/*
 * "fleet watch": what DNS shows of the keys that this host signs with.
 */

#ifndef FLEET_WATCH_H
#define FLEET_WATCH_H

#include "command/tool.h"

struct domain_view;
struct fleet_pending;
struct talk;

/*
 * Before a key of the domain is marked while the database is away: end those in
 * reserve that DNS does not show any more, so that none of them takes over.
 * With talk, countersign-fleet is told; otherwise they are added to pending.
 */
void	fleet_watch_reserve(struct tool *tool, struct talk *talk,
	    struct fleet_pending *pending, const struct domain_view *view);

/* Look, if it is time to.  Returns an enum tool_exit. */
int	fleet_watch(struct tool *tool);

#endif /* FLEET_WATCH_H */
