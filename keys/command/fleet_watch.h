/* SPDX-License-Identifier: ISC */

/*
 * "fleet watch": what DNS shows of the keys that this host signs with.
 */

#ifndef FLEET_WATCH_H
#define FLEET_WATCH_H

#include "command/tool.h"

/* Look, if it is time to.  Returns an enum tool_exit. */
int	fleet_watch(struct tool *tool);

#endif /* FLEET_WATCH_H */
