/* SPDX-License-Identifier: ISC */

/*
 * "fleet export": the mirror of this host, as one text.
 */

#ifndef FLEET_EXPORT_H
#define FLEET_EXPORT_H

#include "command/tool.h"

#define FLEET_EXPORT_LINE	"countersign-fleet-export 1"	/* the first */

/* Print it.  Returns an enum tool_exit. */
int	fleet_export(const struct tool *tool);

#endif /* FLEET_EXPORT_H */
