/* SPDX-License-Identifier: ISC */

/*
 * Fields and their mentions in h=, counted by name: see coverage.h.
 *
 * Only the given names are counted; each field is looked up in their sorted
 * list.  Only coverage_new() can fail, when out of memory.
 */

#include "message/coverage.h"

#include <stdlib.h>
#include <string.h>

#include "config/names.h"

struct coverage {
	struct text_list names;
	size_t		*nfields;	/* of each name */
	size_t		*nmentions;	/* of each name, in one h= */
};

struct coverage *
coverage_new(const char *const *names, size_t nnames)
{
	struct coverage *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return NULL;
	c->names = (struct text_list){ names, nnames };
	c->nfields = calloc(nnames + 1, sizeof(*c->nfields));
	c->nmentions = calloc(nnames + 1, sizeof(*c->nmentions));
	if (c->nfields != NULL && c->nmentions != NULL)
		return c;
	coverage_free(c);
	return NULL;
}

void
coverage_free(struct coverage *c)
{
	if (c == NULL)
		return;
	free(c->nfields);
	free(c->nmentions);
	free(c);
}

/* Count a name if it is one of ours. */
static void
count(const struct coverage *c, size_t *counts, const char *name,
    size_t namelen)
{
	size_t i = names_find(&c->names, name, namelen);

	if (i < c->names.n)
		counts[i]++;
}

void
coverage_field(struct coverage *c, const char *name, size_t namelen)
{
	count(c, c->nfields, name, namelen);
}

size_t
coverage_left_out(struct coverage *c, const char *const *mentions,
    size_t nmentions, const char **left_out)
{
	size_t n = 0, i;

	memset(c->nmentions, 0, (c->names.n + 1) * sizeof(*c->nmentions));
	for (i = 0; i < nmentions; i++)
		count(c, c->nmentions, mentions[i], strlen(mentions[i]));
	for (i = 0; i < c->names.n; i++)
		if (c->nfields[i] > c->nmentions[i])
			left_out[n++] = c->names.texts[i];
	return n;
}
