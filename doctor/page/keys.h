/* SPDX-License-Identifier: ISC */

/*
 * The keys of the page.
 */

#ifndef PAGE_KEYS_H
#define PAGE_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "keylist/keylist.h"

#define PAGE_MAX_KEYS	200	/* in the page; the rest is counted */

struct page_keys {
	struct keylist_key list[PAGE_MAX_KEYS];
	size_t		   n;
	size_t		   nleft_out;
};

/*
 * Take the keys that lived at any time since then: first those with an alarm,
 * then by domain and age.  Returns false if the text is not such a list.
 */
bool	page_keys_read(struct page_keys *keys, const char *json, size_t len,
	    int64_t since);

#endif /* PAGE_KEYS_H */
