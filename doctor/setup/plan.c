/* SPDX-License-Identifier: ISC */

/*
 * Lists of changes: see plan.h.
 *
 * Texts are wiped when they are freed, because a configuration may hold secrets
 * of header fields.
 *
 * Fails when out of memory, which is noted, so that a caller may add many
 * changes and look once.
 */

#include "setup/plan.h"

#include <stdlib.h>
#include <string.h>

void
plan_init(struct plan *plan)
{
	TAILQ_INIT(&plan->changes);
	plan->no_memory = false;
}

void
plan_finish(struct plan *plan)
{
	struct change *change;

	while ((change = TAILQ_FIRST(&plan->changes)) != NULL) {
		TAILQ_REMOVE(&plan->changes, change, entry);
		change_free(change);
	}
}

bool
plan_is_same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Copy a text that may be NULL; false when out of memory. */
static bool
copy(char **to, const char *text)
{
	*to = text != NULL ? strdup(text) : NULL;
	return text == NULL || *to != NULL;
}

struct change *
change_new(enum change_kind kind, const char *place, const char *name,
    const char *before, const char *after)
{
	struct change *change;

	if ((change = calloc(1, sizeof(*change))) == NULL)
		return NULL;
	change->kind = kind;
	if (copy(&change->place, place) && copy(&change->name, name) &&
	    copy(&change->before, before) && copy(&change->after, after))
		return change;
	change_free(change);
	return NULL;
}

void
change_free(struct change *change)
{
	if (change == NULL)
		return;
	free(change->place);
	free(change->name);
	if (change->previous != NULL)
		freezero(change->previous, strlen(change->previous));
	if (change->before != NULL)
		freezero(change->before, strlen(change->before));
	if (change->after != NULL)
		freezero(change->after, strlen(change->after));
	free(change);
}

struct change *
plan_add(struct plan *plan, enum change_kind kind, const char *place,
    const char *name, const char *before, const char *after)
{
	struct change *change;

	if (plan_is_same(before, after))
		return NULL;
	if ((change = change_new(kind, place, name, before, after)) == NULL) {
		plan->no_memory = true;
		return NULL;
	}
	TAILQ_INSERT_TAIL(&plan->changes, change, entry);
	return change;
}

const struct change *
plan_find(const struct plan *plan, enum change_kind kind, const char *place)
{
	const struct change *change;

	TAILQ_FOREACH(change, &plan->changes, entry)
		if (change->kind == kind && strcmp(change->place, place) == 0)
			return change;
	return NULL;
}
