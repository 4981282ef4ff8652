/* SPDX-License-Identifier: ISC */

/*
 * The domains that a command works on: its operands, or all domains in the
 * store if it has none.
 */

#ifndef DOMAIN_LIST_H
#define DOMAIN_LIST_H

#include <stddef.h>

#include "command/tool.h"

struct domain_list {
	char	**names;	/* normalized */
	size_t	  n;
};

/*
 * Returns an enum tool_exit, after printing an error if that is not TOOL_DONE.
 * Call domain_list_finish() in any case.
 */
int	domain_list_init(struct domain_list *list, const struct tool *tool,
	    int argc, char **argv);
void	domain_list_finish(struct domain_list *list);

#endif /* DOMAIN_LIST_H */
