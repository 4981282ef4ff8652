/* SPDX-License-Identifier: ISC */

/*
 * Lists of keys, by domain: see keylists.h.
 *
 * A set-associative table, whose memory is all allocated at the start: a hash
 * of the domain, with a secret seed, chooses a set of WAYS entries, and the
 * entry of the set whose trust ends first is replaced.  Only keylists_new()
 * can fail.
 */

#include "front/keylists.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define WAYS	8
#define SETS	(KEYLISTS_DOMAINS / WAYS)

struct keylist {
	int64_t		until_ms;	/* 0: free */
	size_t		nkeys;
	struct sign_key	keys[KEYLISTS_KEYS];
	char		domain[DKIMSIG_DOMAIN_SIZE];
};

struct keylists {
	pthread_mutex_t	lock;
	uint32_t	seed;
	struct keylist	sets[SETS][WAYS];
};

struct keylists *
keylists_new(void)
{
	struct keylists *lists;

	if ((lists = calloc(1, sizeof(*lists))) == NULL)
		return NULL;
	if (pthread_mutex_init(&lists->lock, NULL) != 0) {
		free(lists);
		return NULL;
	}
	lists->seed = arc4random();
	return lists;
}

void
keylists_free(struct keylists *lists)
{
	if (lists == NULL)
		return;
	(void)pthread_mutex_destroy(&lists->lock);
	free(lists);
}

static struct keylist *
set_of(struct keylists *lists, const char *domain)
{
	uint32_t hash = lists->seed;

	for (; *domain != '\0'; domain++)
		hash = (hash ^ (unsigned char)*domain) * 0x01000193U;
	return lists->sets[(hash >> 8) % SETS];
}

/* The entry of a domain, or NULL.  Called with the lock held. */
static struct keylist *
find(struct keylist *set, const char *domain)
{
	size_t i;

	for (i = 0; i < WAYS; i++)
		if (set[i].until_ms != 0 && strcmp(set[i].domain, domain) == 0)
			return &set[i];
	return NULL;
}

bool
keylists_get(struct keylists *lists, const char *domain, int64_t now_ms,
    struct sign_key keys[SIGN_MAX_KEYS], size_t *nkeys)
{
	const struct keylist *list;
	bool is_kept;

	(void)pthread_mutex_lock(&lists->lock);
	list = find(set_of(lists, domain), domain);
	is_kept = list != NULL && now_ms < list->until_ms;
	if (is_kept) {
		memcpy(keys, list->keys, list->nkeys * sizeof(keys[0]));
		*nkeys = list->nkeys;
	}
	(void)pthread_mutex_unlock(&lists->lock);
	return is_kept;
}

/* Where to keep the list of a domain.  Called with the lock held. */
static struct keylist *
choose(struct keylist *set, const char *domain)
{
	struct keylist *list;
	size_t i;

	if ((list = find(set, domain)) != NULL)
		return list;
	for (list = set, i = 1; i < WAYS; i++)
		if (set[i].until_ms < list->until_ms)
			list = &set[i];
	return list;
}

void
keylists_put(struct keylists *lists, const char *domain,
    const struct sign_key *keys, size_t nkeys, int64_t until_ms,
    int64_t now_ms)
{
	struct keylist *set, *list;

	(void)pthread_mutex_lock(&lists->lock);
	set = set_of(lists, domain);
	if (until_ms <= now_ms || nkeys > KEYLISTS_KEYS ||
	    strlen(domain) >= sizeof(list->domain)) {
		if ((list = find(set, domain)) != NULL)
			list->until_ms = 0;
	} else {
		list = choose(set, domain);
		list->until_ms = until_ms;
		list->nkeys = nkeys;
		memcpy(list->keys, keys, nkeys * sizeof(keys[0]));
		strlcpy(list->domain, domain, sizeof(list->domain));
	}
	(void)pthread_mutex_unlock(&lists->lock);
}
