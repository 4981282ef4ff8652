/* SPDX-License-Identifier: ISC */

/*
 * A cache of values by name, each made once.
 *
 * One mutex protects the whole cache and is held only briefly.  It is released
 * while a value is made; the entry is in the tree meanwhile, but not ready.  An
 * entry is freed when it is no longer in the tree and nobody uses it.
 */

#include "probe/cache.h"

#include <sys/queue.h>
#include <sys/tree.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

struct dns_cache_entry {
	RB_ENTRY(dns_cache_entry)	 by_key;
	TAILQ_ENTRY(dns_cache_entry)	 by_use;
	void		*value;
	int64_t		 expires_ms;	/* monotonic */
	size_t		 nusers;
	bool		 is_ready;
	bool		 is_listed;	/* in tree and queue */
	const char	*key;		/* stored after this struct */
};

RB_HEAD(entry_tree, dns_cache_entry);
TAILQ_HEAD(entry_queue, dns_cache_entry);

struct dns_cache {
	pthread_mutex_t		 lock;
	pthread_cond_t		 ready;		/* an entry became ready */
	struct entry_tree	 entries;
	struct entry_queue	 queue;		/* least recently used first */
	size_t			 nentries, max;
	void			(*free_value)(void *value);
};

static int
compare_entries(const struct dns_cache_entry *a,
    const struct dns_cache_entry *b)
{
	return strcmp(a->key, b->key);
}

RB_PROTOTYPE(entry_tree, dns_cache_entry, by_key, compare_entries)
RB_GENERATE(entry_tree, dns_cache_entry, by_key, compare_entries)

struct dns_cache *
dns_cache_new(size_t max, void (*free_value)(void *value))
{
	struct dns_cache *cache;

	if ((cache = calloc(1, sizeof(*cache))) == NULL)
		return NULL;
	(void)pthread_mutex_init(&cache->lock, NULL);
	(void)pthread_cond_init(&cache->ready, NULL);
	RB_INIT(&cache->entries);
	TAILQ_INIT(&cache->queue);
	cache->max = max;
	cache->free_value = free_value;
	return cache;
}

/* Free an entry if nothing refers to it. */
static void
drop(struct dns_cache *cache, struct dns_cache_entry *entry)
{
	if (entry->is_listed || entry->nusers > 0)
		return;
	if (entry->value != NULL)
		cache->free_value(entry->value);
	free(entry);
}

static void
unlist(struct dns_cache *cache, struct dns_cache_entry *entry)
{
	if (!entry->is_listed)
		return;
	RB_REMOVE(entry_tree, &cache->entries, entry);
	TAILQ_REMOVE(&cache->queue, entry, by_use);
	cache->nentries--;
	entry->is_listed = false;
}

void
dns_cache_free(struct dns_cache *cache)
{
	struct dns_cache_entry *entry;

	if (cache == NULL)
		return;
	while ((entry = TAILQ_FIRST(&cache->queue)) != NULL) {
		unlist(cache, entry);
		drop(cache, entry);
	}
	(void)pthread_cond_destroy(&cache->ready);
	(void)pthread_mutex_destroy(&cache->lock);
	free(cache);
}

/* Make room for one more entry: evict those least recently used. */
static void
shrink(struct dns_cache *cache)
{
	struct dns_cache_entry *entry, *next;

	TAILQ_FOREACH_SAFE(entry, &cache->queue, by_use, next) {
		if (cache->nentries < cache->max)
			return;
		if (entry->nusers > 0)
			continue;
		unlist(cache, entry);
		drop(cache, entry);
	}
}

static struct dns_cache_entry *
add_entry(struct dns_cache *cache, const char *key)
{
	struct dns_cache_entry *entry;
	const size_t keysize = strlen(key) + 1;

	if ((entry = calloc(1, sizeof(*entry) + keysize)) == NULL)
		return NULL;
	entry->key = memcpy(entry + 1, key, keysize);
	shrink(cache);
	RB_INSERT(entry_tree, &cache->entries, entry);
	TAILQ_INSERT_TAIL(&cache->queue, entry, by_use);
	cache->nentries++;
	entry->is_listed = true;
	return entry;
}

/*
 * The entry of a key, now the most recently used one; NULL if there is none or
 * its value has expired.
 */
static struct dns_cache_entry *
find_entry(struct dns_cache *cache, const char *key)
{
	struct dns_cache_entry *entry, wanted = { .key = key };

	entry = RB_FIND(entry_tree, &cache->entries, &wanted);
	if (entry != NULL && entry->is_ready &&
	    entry->expires_ms <= monotonic_ms()) {
		unlist(cache, entry);
		drop(cache, entry);
		return NULL;
	}
	if (entry != NULL) {
		TAILQ_REMOVE(&cache->queue, entry, by_use);
		TAILQ_INSERT_TAIL(&cache->queue, entry, by_use);
	}
	return entry;
}

/* Make the value of a new entry.  Releases the lock meanwhile. */
static void
make_value(struct dns_cache *cache, struct dns_cache_entry *entry,
    dns_cache_make_fn *make, void *context)
{
	int64_t seconds = 0;
	void *value;

	(void)pthread_mutex_unlock(&cache->lock);
	value = make(context, &seconds);
	(void)pthread_mutex_lock(&cache->lock);
	entry->value = value;
	entry->expires_ms = monotonic_ms() + seconds * 1000;
	entry->is_ready = true;
	if (value == NULL)
		unlist(cache, entry);
	(void)pthread_cond_broadcast(&cache->ready);
}

const void *
dns_cache_take(struct dns_cache *cache, const char *key,
    dns_cache_make_fn *make, void *context, struct dns_cache_entry **entry)
{
	struct dns_cache_entry *found;
	const void *value = NULL;

	(void)pthread_mutex_lock(&cache->lock);
	if ((found = find_entry(cache, key)) != NULL) {
		found->nusers++;
		while (!found->is_ready)
			(void)pthread_cond_wait(&cache->ready, &cache->lock);
	} else if ((found = add_entry(cache, key)) != NULL) {
		found->nusers++;
		make_value(cache, found, make, context);
	}
	if (found != NULL && (value = found->value) == NULL) {
		found->nusers--;
		drop(cache, found);
		found = NULL;
	}
	(void)pthread_mutex_unlock(&cache->lock);
	*entry = found;
	return value;
}

void
dns_cache_release(struct dns_cache *cache, struct dns_cache_entry *entry)
{
	if (entry == NULL)
		return;
	(void)pthread_mutex_lock(&cache->lock);
	entry->nusers--;
	drop(cache, entry);
	(void)pthread_mutex_unlock(&cache->lock);
}
