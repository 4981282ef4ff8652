/* SPDX-License-Identifier: ISC */

/*
 * Whether this host is the one that rotates the keys: only that host may change
 * keys and records.  See store/rotator.h.
 */

#ifndef HOLDER_H
#define HOLDER_H

#include "command/tool.h"
#include "store/rotator.h"

/*
 * This host, by the name in the configuration or its machine ID.  Returns 0 or
 * KS_E_*.
 */
int	holder_host(const struct tool *tool, struct ks_host *host,
	    struct ks_error *error);

/*
 * Before a command that changes keys or records: TOOL_DONE if this host may.
 * Otherwise prints which host may, and returns TOOL_NOT_YET; or prints an error
 * and returns TOOL_FAILED.  A store that belongs to no host yet becomes this
 * host's, unless it is a dry run.
 */
int	holder_check(const struct tool *tool, const char *command);

/*
 * After such a command, which may have made the first key of the store: the
 * store becomes this host's.  Returns status, or TOOL_FAILED after printing an
 * error.
 */
int	holder_adopt(const struct tool *tool, int status);

/*
 * What is wrong, for monitoring: returns true, and sets the text, if another
 * host rotates and this one is not meant to follow, or if that is not known.
 */
bool	holder_trouble(const struct tool *tool, struct ks_error *text);

/* Whether the configuration says that this host only follows another one. */
bool	holder_follows(const struct tool *tool);

#endif /* HOLDER_H */
