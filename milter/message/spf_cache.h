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

#define SPF_CACHE_ENTRIES	2048
#define SPF_CACHE_MAX_TTL	3600	/* seconds */

struct spf_cache;

/* NULL when out of memory. */
struct spf_cache *spf_cache_new(void);
void	spf_cache_free(struct spf_cache *cache);

/*
 * Store in *answer the answer about domain and the client of facts; false if
 * there is none.  now is in seconds and monotonic.
 */
bool	spf_cache_get(struct spf_cache *cache, const struct facts *facts,
	    const char *domain, int64_t now, struct fact_spf *answer);

/* Keep an answer for ttl seconds, unless it is temporary. */
void	spf_cache_put(struct spf_cache *cache, const struct facts *facts,
	    const struct fact_spf *answer, uint32_t ttl, int64_t now);

#endif /* SPF_CACHE_H */
