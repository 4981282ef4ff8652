/* SPDX-License-Identifier: ISC */

/*
 * SPF answers, kept for the TTL of their records.
 *
 * A set-associative cache: a hash of client and domain, with a secret seed,
 * chooses a set of WAYS entries, and the entry of the set that expires first is
 * replaced.  All memory is allocated at the start.  One mutex is enough, as a
 * lookup here takes far less time than one in DNS.  Only spf_cache_new() can
 * fail.
 */

#include "message/spf_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define WAYS	8
#define SETS	(SPF_CACHE_ENTRIES / WAYS)

struct entry {
	int64_t		 expires;	/* 0: free */
	int		 family;
	unsigned char	 address[16];
	char		 domain[DKIMSIG_DOMAIN_SIZE];
	enum fact_answer covers;
	char		 text[sizeof(((struct fact_spf *)0)->text)];
};

struct spf_cache {
	pthread_mutex_t	 lock;
	uint32_t	 seed;
	struct entry	 sets[SETS][WAYS];
};

struct spf_cache *
spf_cache_new(void)
{
	struct spf_cache *cache;

	if ((cache = calloc(1, sizeof(*cache))) == NULL)
		return NULL;
	(void)pthread_mutex_init(&cache->lock, NULL);
	cache->seed = arc4random();
	return cache;
}

void
spf_cache_free(struct spf_cache *cache)
{
	if (cache == NULL)
		return;
	(void)pthread_mutex_destroy(&cache->lock);
	free(cache);
}

static uint32_t
mix(uint32_t hash, unsigned char octet)
{
	return (hash ^ octet) * 0x01000193U;
}

static struct entry *
set_of(struct spf_cache *cache, const struct facts *facts, const char *domain)
{
	uint32_t hash = cache->seed;
	size_t i;

	for (i = 0; i < sizeof(facts->client_address); i++)
		hash = mix(hash, facts->client_address[i]);
	for (; *domain != '\0'; domain++)
		hash = mix(hash, (unsigned char)*domain | 0x20);
	return cache->sets[(hash >> 8) % SETS];
}

static bool
is_about(const struct entry *entry, const struct facts *facts,
    const char *domain)
{
	return entry->family == facts->client_family &&
	    memcmp(entry->address, facts->client_address,
	    sizeof(entry->address)) == 0 &&
	    strcasecmp(entry->domain, domain) == 0;
}

bool
spf_cache_get(struct spf_cache *cache, const struct facts *facts,
    const char *domain, int64_t now, struct fact_spf *answer)
{
	struct entry *set;
	size_t i;

	pthread_mutex_lock(&cache->lock);
	set = set_of(cache, facts, domain);
	for (i = 0; i < WAYS; i++)
		if (set[i].expires > now && is_about(&set[i], facts, domain))
			break;
	if (i < WAYS) {
		answer->domain = domain;
		answer->covers = set[i].covers;
		strlcpy(answer->text, set[i].text, sizeof(answer->text));
	}
	pthread_mutex_unlock(&cache->lock);
	return i < WAYS;
}

void
spf_cache_put(struct spf_cache *cache, const struct facts *facts,
    const struct fact_spf *answer, uint32_t ttl, int64_t now)
{
	struct entry *set, *entry;
	size_t i;

	if ((answer->covers != FACT_YES && answer->covers != FACT_NO) ||
	    ttl == 0 || strlen(answer->domain) >= sizeof(entry->domain))
		return;
	if (ttl > SPF_CACHE_MAX_TTL)
		ttl = SPF_CACHE_MAX_TTL;
	pthread_mutex_lock(&cache->lock);
	entry = set = set_of(cache, facts, answer->domain);
	for (i = 0; i < WAYS; i++) {
		if (is_about(&set[i], facts, answer->domain)) {
			entry = &set[i];
			break;
		}
		if (set[i].expires < entry->expires)
			entry = &set[i];
	}
	entry->expires = now + ttl;
	entry->family = facts->client_family;
	memcpy(entry->address, facts->client_address, sizeof(entry->address));
	strlcpy(entry->domain, answer->domain, sizeof(entry->domain));
	entry->covers = answer->covers;
	strlcpy(entry->text, answer->text, sizeof(entry->text));
	pthread_mutex_unlock(&cache->lock);
}
