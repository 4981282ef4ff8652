/* SPDX-License-Identifier: ISC */

/*
 * A list of distinct domain names: see authorlist.h.
 *
 * At most DKIMSIG_MAX_AUTHORS names, searched one by one.  Only adding fails:
 * when memory runs out or the list is full.
 */

#include "dkimsig/authorlist.h"

#include <stdlib.h>
#include <string.h>

size_t
authorlist_find(const struct authorlist *l, const char *name)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (strcmp(l->names[i], name) == 0)
			break;
	return i;
}

int
authorlist_add(struct authorlist *l, const char *name)
{
	if (authorlist_find(l, name) < l->n)
		return 0;
	if (l->n == DKIMSIG_MAX_AUTHORS)
		return DKIMSIG_E_TOOBIG;
	if ((l->names[l->n] = strdup(name)) == NULL)
		return DKIMSIG_E_NOMEM;
	l->n++;
	return 0;
}

void
authorlist_remove(struct authorlist *l, const char *name)
{
	size_t i = authorlist_find(l, name);

	if (i == l->n)
		return;
	free(l->names[i]);
	l->n--;
	memmove(l->names + i, l->names + i + 1,
	    (l->n - i) * sizeof(l->names[0]));
}

void
authorlist_finish(struct authorlist *l)
{
	while (l->n > 0)
		free(l->names[--l->n]);
}
