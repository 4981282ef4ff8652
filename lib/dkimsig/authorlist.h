/* SPDX-License-Identifier: ISC */

/*
 * A list of distinct domain names, in the order in which they were added; see
 * authors.c.
 */

#ifndef AUTHORLIST_H
#define AUTHORLIST_H

#include <stddef.h>

#include "dkimsig/dkimsig.h"

/* Zero it to begin. */
struct authorlist {
	char	*names[DKIMSIG_MAX_AUTHORS];
	size_t	 n;
};

/* The index of a name, or list->n if it is not in the list. */
size_t	authorlist_find(const struct authorlist *list, const char *name);

/*
 * Add a copy of the name, unless the list has it.
 *
 * Returns 0, DKIMSIG_E_NOMEM, or DKIMSIG_E_TOOBIG if the list is full.
 */
int	authorlist_add(struct authorlist *list, const char *name);

/* Remove a name; it need not be in the list. */
void	authorlist_remove(struct authorlist *list, const char *name);

/* Free all names; a zeroed list is allowed. */
void	authorlist_finish(struct authorlist *list);

#endif /* AUTHORLIST_H */
