/* SPDX-License-Identifier: ISC */

/*
 * A cache of values by name.  Each value is made once, by the first thread that
 * needs it, and shared by all threads until it expires.  If the cache is full,
 * the least recently used values are evicted.
 */

#ifndef DNS_CACHE_H
#define DNS_CACHE_H

#include <stddef.h>
#include <stdint.h>

struct dns_cache;
struct dns_cache_entry;

/*
 * A cache of at most max values; those in use are not evicted, and may be more.
 * NULL if out of memory.
 */
struct dns_cache *dns_cache_new(size_t max, void (*free_value)(void *value));
/* Free the cache.  No value may be in use. */
void	dns_cache_free(struct dns_cache *cache);

/*
 * The value of a key.  If the cache has none, make(context, &seconds) makes it
 * and says how long it is valid; other threads that need the same value wait
 * for it.  The caller may not change the value, and releases it with
 * dns_cache_release(entry).  Returns NULL, without an entry, if make returns
 * NULL or if out of memory.
 */
typedef void *dns_cache_make_fn(void *context, int64_t *seconds);
const void *dns_cache_take(struct dns_cache *cache, const char *key,
	    dns_cache_make_fn *make, void *context,
	    struct dns_cache_entry **entry);
void	dns_cache_release(struct dns_cache *cache,
	    struct dns_cache_entry *entry);

#endif /* DNS_CACHE_H */
