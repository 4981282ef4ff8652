/* SPDX-License-Identifier: ISC */

/*
 * Finding troubles that exist, and what a contact was told of them, by what
 * makes a trouble the same as one before: domain, selector and word.
 */

#ifndef NOTIFY_INDEX_H
#define NOTIFY_INDEX_H

#include "notify/plan.h"

struct notify_key {
	const char	*domain, *selector, *word;
};

int	notify_key_compare(const struct notify_key *one,
	    const struct notify_key *other);
struct notify_key notify_key_of(const struct notify_trouble *trouble);
struct notify_key notify_key_told(const struct ks_told *told);

struct notify_index {
	const struct ks_told	*told;		/* borrowed */
	size_t			*order;		/* of told */
	size_t			 ntold;
	const struct notify_trouble **troubles;	/* sorted; borrowed */
	size_t			 ntroubles;
};

/*
 * Make the index of both lists, which must stay as they are.  Returns 0 or
 * KS_E_NOMEM.  notify_index_finish() frees it in either case, and accepts a
 * zeroed one.
 */
int	notify_index_make(struct notify_index *index,
	    const struct notify_trouble *troubles, size_t ntroubles,
	    struct ks_told *told, size_t ntold);
void	notify_index_finish(struct notify_index *index);

/* What a contact was told of a trouble: a number, or NOTIFY_NOT_TOLD. */
size_t	notify_index_told(const struct notify_index *index,
	    const char *contact, const struct notify_key *key);

/* Whether a trouble exists, for whichever contact. */
bool	notify_index_has(const struct notify_index *index,
	    const struct notify_key *key);

#endif /* NOTIFY_INDEX_H */
