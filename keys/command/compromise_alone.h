/* SPDX-License-Identifier: ISC */

/*
 * "compromise" in a fleet whose lease this host cannot have now.
 */

#ifndef COMPROMISE_ALONE_H
#define COMPROMISE_ALONE_H

#include "command/command_work.h"

/*
 * Mark keys through countersign-fleet: this host ends them at once, the others
 * as soon as they see the mark.  The domain must not be locked, and tool->lease
 * be NULL here and below.  command->nmarked is the number of those that it
 * could mark.  Returns an enum tool_exit: TOOL_NOT_YET if the database does not
 * have all marks, so that no other host knows of them.
 */
int	compromise_mark(struct command_work *command, const size_t *chosen,
	    size_t n);

/*
 * Revoke the records of a domain's keys that are compromised, also in reserve,
 * and sign nowhere but on hosts that do not know it; and name these.  Returns
 * an enum tool_exit.
 */
int	compromise_revoke(struct tool *tool, const char *operand);

/*
 * Name the hosts of the fleet that have not said that they stopped signing with
 * a key.  Returns whether there are none.
 */
bool	compromise_name_hosts(const struct command_work *command, size_t key);

#endif /* COMPROMISE_ALONE_H */
