/* SPDX-License-Identifier: ISC */

/*
 * "list --fleet": which host of the fleet has which key.
 */

#ifndef FLEET_TABLE_H
#define FLEET_TABLE_H

#include "command/tool.h"

/* List a domain, or all (NULL).  Returns an enum tool_exit. */
int	fleet_table_print(const struct tool *tool, const char *domain);

#endif /* FLEET_TABLE_H */
