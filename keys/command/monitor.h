/* SPDX-License-Identifier: ISC */

/*
 * The troubles of all domains, or of one, for a monitoring system.  DNS is not
 * asked: what the last run of rotation saw there is in the store.
 */

#ifndef MONITOR_H
#define MONITOR_H

#include "command/tool.h"

/* Exit status of a monitoring plugin. */
enum monitor_status {
	MONITOR_OK		= 0,
	MONITOR_WARNING		= 1,
	MONITOR_CRITICAL	= 2,
	MONITOR_UNKNOWN		= 3
};

/*
 * Print a line with the status, the number of troubles, the first of them and
 * performance data, then a line for each trouble; or all of it as a JSON
 * object.  domain is normalized; NULL means all.  Returns the status.
 */
enum monitor_status monitor_print(const struct tool *tool,
	    const char *domain);

/* Print the first line if the store or the configuration cannot be read. */
void	monitor_print_unknown(const struct tool *tool, const char *why);

#endif /* MONITOR_H */
