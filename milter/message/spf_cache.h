/* SPDX-License-Identifier: ISC */

/*
 * SPF answers about a client and a domain, kept for the TTL of the records that
 * they came from.  Bounded; entries that expire first are evicted.  Thread
 * safe.
 */

#ifndef SPF_CACHE_H
#define SPF_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/facts.h"

#define SPFCACHE_ENTRIES	2048
#define SPFCACHE_MAX_TTL	3600	/* seconds */

struct spfcache;

/* NULL when out of memory. */
struct spfcache *spfcache_new(void);
void	spfcache_free(struct spfcache *cache);

/*
 * Store in *answer the answer about domain and the client of facts; false if
 * there is none.  now is in seconds and monotonic.
 */
bool	spfcache_get(struct spfcache *cache, const struct facts *facts,
	    const char *domain, int64_t now, struct fact_spf *answer);

/* Keep an answer for ttl seconds, unless it is temporary. */
void	spfcache_put(struct spfcache *cache, const struct facts *facts,
	    const struct fact_spf *answer, uint32_t ttl, int64_t now);

#endif /* SPF_CACHE_H */
