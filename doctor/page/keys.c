/* SPDX-License-Identifier: ISC */

/*
 * The keys: see keys.h.
 *
 * The list is sorted before it is cut, so that the page has the keys that need
 * somebody.
 */

#include "page/keys.h"

#include <string.h>

static int
compare(const void *a, const void *b)
{
	const struct keylist_key *x = a, *y = b;
	int order;

	if ((x->alarm[0] != '\0') != (y->alarm[0] != '\0'))
		return x->alarm[0] != '\0' ? -1 : 1;
	if ((order = strcmp(x->domain, y->domain)) != 0)
		return order;
	if (x->generated != y->generated)
		return x->generated < y->generated ? -1 : 1;
	return strcmp(x->selector, y->selector);
}

bool
page_keys_read(struct page_keys *keys, const char *json, size_t len,
    int64_t since)
{
	struct keylist all;
	size_t n = 0, i;

	memset(keys, 0, sizeof(*keys));
	if (!keylist_read(&all, json, len))
		return false;
	for (i = 0; i < all.n; i++)
		if (all.keys[i].removed == KEYLIST_NONE ||
		    all.keys[i].removed >= since)
			all.keys[n++] = all.keys[i];
	all.n = n;
	keys->n = keylist_first(&all, compare, keys->list, PAGE_MAX_KEYS);
	keys->nleft_out = n - keys->n;
	keylist_finish(&all);
	return true;
}
