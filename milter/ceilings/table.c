/* SPDX-License-Identifier: ISC */

/*
 * Open addressing with linear probing: see table.h.
 *
 * At most half of the slots are used, so a free one ends each search.  The
 * hashes have a secret key, so nobody outside can fill one part of the table.
 * Removing moves the entries behind the gap forward, so there are no marks of
 * removed ones.  Only growing can fail, and then the table stays as it was.
 */

#include "ceilings/table.h"

#include <stdlib.h>

#define FIRST_SIZE	16

static size_t
slot_of(const struct table *table, uint64_t hash)
{
	return (size_t)hash & (table->size - 1);
}

/* The slot of an entry, or the free one in which it would be. */
static struct table_entry *
seek(const struct table *table, uint64_t hash)
{
	size_t i = slot_of(table, hash);

	while (table->slots[i].count > 0 && table->slots[i].hash != hash)
		i = (i + 1) & (table->size - 1);
	return &table->slots[i];
}

struct table_entry *
table_find(const struct table *table, uint64_t hash)
{
	struct table_entry *entry;

	if (table->size == 0)
		return NULL;
	entry = seek(table, hash);
	return entry->count > 0 ? entry : NULL;
}

static bool
grow(struct table *table)
{
	struct table bigger = { .n = table->n };
	size_t i;

	bigger.size = table->size == 0 ? FIRST_SIZE : 2 * table->size;
	bigger.slots = calloc(bigger.size, sizeof(*bigger.slots));
	if (bigger.slots == NULL)
		return false;
	for (i = 0; i < table->size; i++)
		if (table->slots[i].count > 0)
			*seek(&bigger, table->slots[i].hash) = table->slots[i];
	free(table->slots);
	*table = bigger;
	return true;
}

struct table_entry *
table_add(struct table *table, uint64_t hash, size_t max)
{
	struct table_entry *entry;

	if ((entry = table_find(table, hash)) != NULL)
		return entry;
	if (table->n >= max ||
	    (table->size < 2 * (table->n + 1) && !grow(table)))
		return NULL;
	entry = seek(table, hash);
	entry->hash = hash;
	table->n++;
	return entry;
}

void
table_remove(struct table *table, uint64_t hash)
{
	const size_t mask = table->size - 1;
	size_t gap, i, home;

	if (table_find(table, hash) == NULL)
		return;
	gap = i = (size_t)(seek(table, hash) - table->slots);
	for (;;) {
		i = (i + 1) & mask;
		if (table->slots[i].count == 0)
			break;
		/* Whether the gap is between its first slot and its own. */
		home = slot_of(table, table->slots[i].hash);
		if (((i - home) & mask) >= ((i - gap) & mask)) {
			table->slots[gap] = table->slots[i];
			gap = i;
		}
	}
	table->slots[gap] = (struct table_entry){ .hash = 0 };
	table->n--;
}

void
table_expire(struct table *table, uint32_t minute)
{
	struct table rest = { .n = 0 };
	struct table_entry *entry;
	size_t i;

	if (table->size == 0)
		return;
	/* If there is no memory for it, the old entries stay. */
	rest.size = table->size;
	rest.slots = calloc(rest.size, sizeof(*rest.slots));
	if (rest.slots == NULL)
		return;
	for (i = 0; i < table->size; i++) {
		entry = &table->slots[i];
		if (entry->count > 0 && entry->last >= minute) {
			*seek(&rest, entry->hash) = *entry;
			rest.n++;
		}
	}
	free(table->slots);
	*table = rest;
}

void
table_clear(struct table *table)
{
	free(table->slots);
	*table = (struct table){ .n = 0 };
}
