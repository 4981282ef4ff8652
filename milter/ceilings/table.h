/* SPDX-License-Identifier: ISC */

/*
 * A table of exact counts by hash, with a maximum: open addressing, which grows
 * by doubling while it is filled, so that an idle source costs nothing.
 */

#ifndef CEILINGS_TABLE_H
#define CEILINGS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table_entry {
	uint64_t	hash;
	uint32_t	count;		/* 0: a free slot */
	uint32_t	last;		/* minute */
};

/* Zeroed: empty. */
struct table {
	struct table_entry	*slots;
	size_t			 size;	/* of slots: 0, or a power of two */
	size_t			 n;	/* entries */
};

/* The entry, or NULL.  It is valid until the table changes. */
struct table_entry *table_find(const struct table *table, uint64_t hash);

/*
 * The entry, which is added with a count of 0 if there is none: the caller sets
 * a count.  NULL if there are max entries, or when out of memory.
 */
struct table_entry *table_add(struct table *table, uint64_t hash, size_t max);

/* Remove the entry, if there is one. */
void	table_remove(struct table *table, uint64_t hash);

/* Remove entries that were last seen before that minute. */
void	table_expire(struct table *table, uint32_t minute);

/* Remove all, and free the memory. */
void	table_clear(struct table *table);

#endif /* CEILINGS_TABLE_H */
