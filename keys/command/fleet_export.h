/* SPDX-License-Identifier: ISC */

/*
 * "fleet export": the mirror of this host, as one text.
 */

#ifndef FLEET_EXPORT_H
#define FLEET_EXPORT_H

#include "command/tool.h"

/* Print it.  Returns an enum tool_exit. */
int	fleet_export(const struct tool *tool);

#endif /* FLEET_EXPORT_H */
