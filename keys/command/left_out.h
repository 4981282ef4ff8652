/* SPDX-License-Identifier: ISC */

/*
 * The hosts that "rotate" does not wait for: --without.
 */

#ifndef LEFT_OUT_H
#define LEFT_OUT_H

#include "command/tool.h"

/*
 * Whether rotation would wait for each of these hosts: a name that is misspelt
 * leaves out nobody.  Prints an error and returns false if not; true if
 * countersign-fleet cannot be asked, as rotation will say that itself.
 */
bool	left_out_check(const struct tool *tool);

#endif /* LEFT_OUT_H */
