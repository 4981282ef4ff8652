/* SPDX-License-Identifier: ISC */

/*
 * Notices by notify_hook around a run of rotation over all domains: what is
 * wrong is gathered and told at its end, and a run that does not get to its end
 * leaves a mark in the store, so that the next command tells that.
 */

#ifndef NOTICES_H
#define NOTICES_H

#include "command/tool.h"
#include "life/trouble.h"
#include "rotate/context.h"

/*
 * Before a run: mark that it has begun.  Without notify_hook, does nothing.  If
 * the mark cannot be written, prints an error and returns false.
 */
bool	notices_begin(const struct tool *tool);

/*
 * After a run, or instead of one: tell people.  failure is why rotation failed
 * as a whole, or NULL.  The caller holds the lock of the run.  Prints errors.
 * Returns TOOL_DONE, or TOOL_FAILED if somebody could not be told.
 */
int	notices_end(const struct tool *tool, struct rotation_run *run,
	    const char *failure);

/*
 * Tell people if the last run did not get to its end, and of whatever else is
 * wrong.  As notices_end().
 */
int	notices_catch_up(const struct tool *tool, struct rotation_run *run);

/*
 * The same on a host of a fleet that leaves the run to another one, if people
 * know of a trouble with its database: that may be over.
 */
int	notices_of_fleet(const struct tool *tool, struct rotation_run *run);

/*
 * Tell the general contact one thing alone, because the configuration or the
 * key store cannot be used.  tool->config may be NULL: then the program of the
 * last run is used.  tool->ks may be NULL.  As notices_end(), or TOOL_NOT_YET
 * if there is no program.
 */
int	notices_tell_fault(const struct tool *tool, enum trouble kind,
	    const char *text);

/* Try the program.  As notices_end(). */
int	notices_test(const struct tool *tool, struct rotation_run *run);

#endif /* NOTICES_H */
