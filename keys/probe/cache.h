/* SPDX-License-Identifier: ISC */

/*
 * Values by name that are made once, whoever wants them first, and shared by
 * all threads for a time.  Those used least lately go when there are too
 * many.
 */

#ifndef DNS_CACHE_H
#define DNS_CACHE_H

#include <stddef.h>
#include <stdint.h>

struct dns_cache;
struct dns_cache_entry;

/* max values at a time, but for those in use; NULL when out of memory. */
struct dns_cache *dns_cache_new(size_t max, void (*free_value)(void *value));
/* No value may be in use. */
void	dns_cache_free(struct dns_cache *cache);

/*
 * The value of a key, to be given back by dns_cache_release(entry), and not
 * to be changed.  Where there is none, make(context, &seconds) makes it, and
 * says how long it is good for; other threads that want it wait for that.
 * NULL when make returns NULL, or out of memory; there is no entry then.
 */
typedef void *dns_cache_make_fn(void *context, int64_t *seconds);
const void *dns_cache_take(struct dns_cache *cache, const char *key,
	    dns_cache_make_fn *make, void *context,
	    struct dns_cache_entry **entry);
void	dns_cache_release(struct dns_cache *cache,
	    struct dns_cache_entry *entry);

#endif /* DNS_CACHE_H */
