/* SPDX-License-Identifier: ISC */

/*
 * What SPF said about a client and a domain, as long as the records it came
 * from live.  Bounded; what is oldest gives way.  Thread safe.
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
 * The answer about domain for the client of facts, with its text, into
 * *answer; false if there is none at the time now, in seconds of a clock that
 * never goes back.
 */
bool	spfcache_get(struct spfcache *cache, const struct facts *facts,
	    const char *domain, int64_t now, struct fact_spf *answer);

/* Remember an answer for ttl seconds; one that is not final is not kept. */
void	spfcache_put(struct spfcache *cache, const struct facts *facts,
	    const struct fact_spf *answer, uint32_t ttl, int64_t now);

#endif /* SPF_CACHE_H */
