/* SPDX-License-Identifier: ISC */

/*
 * Room doctor/keylist: the keys, as 'countersign-key list --json' prints them.
 */

#ifndef KEYLIST_H
#define KEYLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEYLIST_NONE	INT64_MIN	/* no such time, or no such number */

struct keylist_key {
	char	 domain[256], selector[256], algorithm[32], status[32];
	char	 alarm[256];		/* "": none */
	bool	 is_compromised;
	int64_t	 seconds_left;		/* that it signs, or KEYLIST_NONE */
	/* Times, or KEYLIST_NONE. */
	int64_t	 generated, published, active_from, retire_at, revoked,
		 removed, last_use;
};

struct keylist {
	struct keylist_key *keys;
	size_t		 n;
};

/*
 * Read all keys, in their order.  Returns false, and has no keys, if the text
 * is not a list, or memory is short.
 */
bool	keylist_read(struct keylist *list, const char *json, size_t len);
void	keylist_finish(struct keylist *list);

/*
 * Sort by compare(), and copy the first max of the keys.  Returns how many were
 * copied.
 */
size_t	keylist_first(struct keylist *list,
	    int (*compare)(const void *, const void *),
	    struct keylist_key *first, size_t max);

#endif /* KEYLIST_H */
