/* SPDX-License-Identifier: ISC */

/*
 * "fleet enter": the domains of this host's key store, into the fleet.
 */

#ifndef FLEET_ENTER_H
#define FLEET_ENTER_H

#include "command/tool.h"

/* Do it, and print what was done.  Returns an enum tool_exit. */
int	fleet_enter(struct tool *tool);

#endif /* FLEET_ENTER_H */
