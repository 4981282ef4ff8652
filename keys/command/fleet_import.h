/* SPDX-License-Identifier: ISC */

/*
 * "fleet import": rows from an export.
 */

#ifndef FLEET_IMPORT_COMMAND_H
#define FLEET_IMPORT_COMMAND_H

#include "command/tool.h"

/* Read it from standard input.  Returns an enum tool_exit. */
int	fleet_import_rows(const struct tool *tool);

#endif /* FLEET_IMPORT_COMMAND_H */
