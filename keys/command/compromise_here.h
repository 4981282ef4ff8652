/* SPDX-License-Identifier: ISC */

/*
 * Marks of compromised keys on a host whose countersign-fleet does not run.
 */

#ifndef COMPROMISE_HERE_H
#define COMPROMISE_HERE_H

#include "command/command_work.h"

/*
 * Keep marks of these keys for countersign-fleet, which writes them to the
 * database when it runs again.  Returns an enum tool_exit.
 */
int	compromise_mark_here(const struct command_work *command,
	    const size_t *chosen, size_t n);

/*
 * Change the state of the domain, which is locked, as the marks say that are
 * kept, if countersign-fleet has not done it.  Returns an enum tool_exit.
 */
int	compromise_take_here(struct command_work *command);

#endif /* COMPROMISE_HERE_H */
