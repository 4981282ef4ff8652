/* SPDX-License-Identifier: ISC */

/*
 * The domains that a command is for: its operands, or without any all of the
 * store.
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
 * Returns an enum tool_exit, having complained if it is not TOOL_DONE;
 * domain_list_finish() in any case.
 */
int	domain_list_init(struct domain_list *list, const struct tool *tool,
	    int argc, char **argv);
void	domain_list_finish(struct domain_list *list);

#endif /* DOMAIN_LIST_H */
