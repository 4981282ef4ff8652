/* SPDX-License-Identifier: ISC */

/*
 * Values by name: each is made once, by the first thread that needs it, and
 * shared by all threads for some time.  If there are too many, the least
 * recently used ones are evicted.
 */

#ifndef DNS_CACHE_H
#define DNS_CACHE_H

#include <stddef.h>
#include <stdint.h>

struct dns_cache;
struct dns_cache_entry;

/* At most max values, not counting those in use; NULL: out of memory. */
struct dns_cache *dns_cache_new(size_t max, void (*free_value)(void *value));
/* No value may be in use. */
void	dns_cache_free(struct dns_cache *cache);

/*
 * The value of a key, to be released with dns_cache_release(entry), and not to
 * be changed.  If there is none, make(context, &seconds) makes it and says how
 * long it is valid; other threads that need it wait for that.  NULL if make
 * returns NULL, or if out of memory; then there is no entry.
 */
typedef void *dns_cache_make_fn(void *context, int64_t *seconds);
const void *dns_cache_take(struct dns_cache *cache, const char *key,
	    dns_cache_make_fn *make, void *context,
	    struct dns_cache_entry **entry);
void	dns_cache_release(struct dns_cache *cache,
	    struct dns_cache_entry *entry);

#endif /* DNS_CACHE_H */
