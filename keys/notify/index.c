/* SPDX-License-Identifier: ISC */

/*
 * Troubles, and what was told, by key: see index.h.
 *
 * Both are sorted once and then searched, because there may be tens of
 * thousands of each.  Fails only if memory is short.
 */

#include "notify/index.h"

#include <stdlib.h>
#include <string.h>

int
notify_key_compare(const struct notify_key *one, const struct notify_key *other)
{
	int r;

	if ((r = strcmp(one->domain, other->domain)) != 0 ||
	    (r = strcmp(one->selector, other->selector)) != 0)
		return r;
	return strcmp(one->word, other->word);
}

struct notify_key
notify_key_of(const struct notify_trouble *trouble)
{
	const struct notify_key key = { trouble->alarm->domain,
	    trouble->alarm->selector, trouble_word(trouble->alarm->trouble) };

	return key;
}

struct notify_key
notify_key_told(const struct ks_told *told)
{
	const struct notify_key key = {
		told->domain, told->selector, told->word
	};

	return key;
}

static int
compare_troubles(const void *a, const void *b)
{
	const struct notify_trouble *const *first = a, *const *second = b;
	const struct notify_key one = notify_key_of(*first),
	    other = notify_key_of(*second);

	return notify_key_compare(&one, &other);
}

static int
compare_told(const void *a, const void *b, void *list)
{
	const struct ks_told *one = (const struct ks_told *)list +
	    *(const size_t *)a, *other = (const struct ks_told *)list +
	    *(const size_t *)b;
	const struct notify_key key = notify_key_told(one),
	    otherkey = notify_key_told(other);
	int r = strcmp(one->contact, other->contact);

	return r != 0 ? r : notify_key_compare(&key, &otherkey);
}

size_t
notify_index_told(const struct notify_index *index, const char *contact,
    const struct notify_key *key)
{
	size_t low = 0, high = index->ntold, middle;
	const struct ks_told *told;
	struct notify_key other;
	int r;

	while (low < high) {
		middle = low + (high - low) / 2;
		told = &index->told[index->order[middle]];
		other = notify_key_told(told);
		if ((r = strcmp(contact, told->contact)) == 0)
			r = notify_key_compare(key, &other);
		if (r == 0)
			return index->order[middle];
		if (r < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NOTIFY_NOT_TOLD;
}

bool
notify_index_has(const struct notify_index *index,
    const struct notify_key *key)
{
	size_t low = 0, high = index->ntroubles, middle;
	struct notify_key other;
	int r;

	while (low < high) {
		middle = low + (high - low) / 2;
		other = notify_key_of(index->troubles[middle]);
		if ((r = notify_key_compare(key, &other)) == 0)
			return true;
		if (r < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

int
notify_index_make(struct notify_index *index,
    const struct notify_trouble *troubles, size_t ntroubles,
    struct ks_told *told, size_t ntold)
{
	size_t i;

	memset(index, 0, sizeof(*index));
	index->order = calloc(ntold + 1, sizeof(*index->order));
	index->troubles = calloc(ntroubles + 1, sizeof(*index->troubles));
	if (index->order == NULL || index->troubles == NULL)
		return KS_E_NOMEM;
	index->told = told;
	index->ntold = ntold;
	index->ntroubles = ntroubles;
	for (i = 0; i < ntold; i++)
		index->order[i] = i;
	for (i = 0; i < ntroubles; i++)
		index->troubles[i] = &troubles[i];
	qsort_r(index->order, ntold, sizeof(*index->order), compare_told,
	    told);
	qsort(index->troubles, ntroubles, sizeof(*index->troubles),
	    compare_troubles);
	return 0;
}

void
notify_index_finish(struct notify_index *index)
{
	free(index->order);
	free(index->troubles);
}
