/* SPDX-License-Identifier: ISC */

/*
 * The domains of a command: its operands, or, without any, all in the store.
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
 * Returns an enum tool_exit, after an error message if not TOOL_DONE;
 * domain_list_finish() in any case.
 */
int	domain_list_init(struct domain_list *list, const struct tool *tool,
	    int argc, char **argv);
void	domain_list_finish(struct domain_list *list);

#endif /* DOMAIN_LIST_H */
