/* SPDX-License-Identifier: ISC */

/*
 * A list of distinct addresses, in the order in which they were added; see
 * authors.c.
 */

#ifndef ADDRESSLIST_H
#define ADDRESSLIST_H

#include <stdbool.h>
#include <stddef.h>

#include "dkimsig/internal.h"

struct listed_address {
	char	*local;		/* NULL: not certain */
	char	*domain;
};

/* Zero it to begin. */
struct addresslist {
	struct listed_address *addresses;
	size_t	 n, size;
};

/*
 * Add an address, unless the list has it.  local has no NUL; NULL if it is not
 * certain.
 *
 * Returns 0, DKIMSIG_E_NOMEM, or DKIMSIG_E_TOOBIG if the list has
 * DKIMSIG_MAX_AUTHORS addresses.
 */
int	addresslist_add(struct addresslist *list, const struct view *local,
	    const char *domain);

/* Free all addresses; a zeroed list is allowed. */
void	addresslist_finish(struct addresslist *list);

#endif /* ADDRESSLIST_H */
