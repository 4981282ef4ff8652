/* SPDX-License-Identifier: ISC */

/*
 * The keys, as 'countersign-key list --json' shows them.
 */

#ifndef PAGE_KEYS_H
#define PAGE_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_MAX_KEYS	200	/* in the page; the rest is counted */
#define PAGE_NO_TIME	INT64_C(-1)

struct page_key {
	char	 domain[256], selector[256], algorithm[32], status[32];
	char	 alarm[256];		/* "": none */
	bool	 is_compromised;
	/* Times, or PAGE_NO_TIME. */
	int64_t	 generated, published, active_from, retire_at, revoked,
		 removed, last_use;
};

struct page_keys {
	struct page_key	list[PAGE_MAX_KEYS];
	size_t		n;
	size_t		nleft_out;
};

/*
 * Take the keys that lived at any time since then: first those with an alarm,
 * then by domain and age.  Returns false if the text is not such a list.
 */
bool	page_keys_read(struct page_keys *keys, const char *json, size_t len,
	    int64_t since);

#endif /* PAGE_KEYS_H */
