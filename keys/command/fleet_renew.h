/* SPDX-License-Identifier: ISC */

/*
 * "fleet renew": replaces the keys that hosts could open which were expelled.
 */

#ifndef FLEET_RENEW_H
#define FLEET_RENEW_H

#include "command/tool.h"

/*
 * Take the steps that can be taken now for each such key.  Prints what it does.
 * Returns TOOL_DONE if no such key can sign any more, TOOL_NOT_YET if some have
 * to wait for rotation, or TOOL_FAILED.
 */
int	fleet_renew(struct tool *tool);

#endif /* FLEET_RENEW_H */
