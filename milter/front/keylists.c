/* SPDX-License-Identifier: ISC */

/*
 * Lists of keys, by domain: see keylists.h.
 *
 * A set-associative table, whose memory is all allocated at the start: a hash
 * of the domain, with a secret seed, chooses a set of WAYS entries, of which
 * one without keys is replaced, else the one whose trust ends first.  Only
 * keylists_new() can fail.
 */

#include "front/keylists.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define WAYS	8
#define SETS	(KEYLISTS_DOMAINS / WAYS)

struct keylist {
	int64_t		asked_ms;
	int64_t		until_ms;	/* 0: free */
	size_t		nkeys;
	struct sign_key	keys[KEYLISTS_KEYS];
	char		domain[DKIMSIG_DOMAIN_SIZE];
	char		stream[SIGN_STREAM_SIZE];
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

static uint32_t
add_to_hash(uint32_t hash, const char *text)
{
	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * 0x01000193U;
	return hash;
}

static struct keylist *
set_of(struct keylists *lists, const char *domain, const char *stream)
{
	uint32_t hash = add_to_hash(lists->seed, domain);

	hash = add_to_hash(hash, stream);
	return lists->sets[(hash >> 8) % SETS];
}

/* The entry of a domain and stream, or NULL.  Called with the lock held. */
static struct keylist *
find(struct keylist *set, const char *domain, const char *stream)
{
	size_t i;

	for (i = 0; i < WAYS; i++)
		if (set[i].until_ms != 0 &&
		    strcmp(set[i].domain, domain) == 0 &&
		    strcmp(set[i].stream, stream) == 0)
			return &set[i];
	return NULL;
}

bool
keylists_get(struct keylists *lists, const char *domain, const char *stream,
    int64_t now_ms, struct sign_key keys[SIGN_MAX_KEYS], size_t *nkeys)
{
	const struct keylist *list;
	bool is_kept;

	(void)pthread_mutex_lock(&lists->lock);
	list = find(set_of(lists, domain, stream), domain, stream);
	is_kept = list != NULL && now_ms < list->until_ms;
	if (is_kept) {
		memcpy(keys, list->keys, list->nkeys * sizeof(keys[0]));
		*nkeys = list->nkeys;
	}
	(void)pthread_mutex_unlock(&lists->lock);
	return is_kept;
}

/* Whether a is to be replaced rather than b: free, without keys, or earlier. */
static bool
is_worse(const struct keylist *a, const struct keylist *b)
{
	if ((a->until_ms == 0) != (b->until_ms == 0))
		return a->until_ms == 0;
	if ((a->nkeys == 0) != (b->nkeys == 0))
		return a->nkeys == 0;
	return a->until_ms < b->until_ms;
}

/*
 * Where to keep the list of a domain and stream.  Mail from many names without
 * keys drops no list of a domain that has some.  Called with the lock held.
 */
static struct keylist *
choose(struct keylist *set, const char *domain, const char *stream)
{
	struct keylist *list;
	size_t i;

	if ((list = find(set, domain, stream)) != NULL)
		return list;
	for (list = set, i = 1; i < WAYS; i++)
		if (is_worse(&set[i], list))
			list = &set[i];
	return list;
}

void
keylists_put(struct keylists *lists, const char *domain,
    const char *stream, const struct sign_key *keys, size_t nkeys,
    int64_t asked_ms, int64_t until_ms)
{
	struct keylist *set, *list;

	(void)pthread_mutex_lock(&lists->lock);
	set = set_of(lists, domain, stream);
	list = find(set, domain, stream);
	if (list != NULL && list->asked_ms > asked_ms) {
		/* It is newer than this answer. */
	} else if (until_ms <= asked_ms || nkeys > KEYLISTS_KEYS ||
	    strlen(domain) >= sizeof(list->domain) ||
	    strlen(stream) >= sizeof(list->stream)) {
		if (list != NULL)
			list->until_ms = 0;
	} else {
		list = choose(set, domain, stream);
		list->asked_ms = asked_ms;
		list->until_ms = until_ms;
		list->nkeys = nkeys;
		memcpy(list->keys, keys, nkeys * sizeof(keys[0]));
		strlcpy(list->domain, domain, sizeof(list->domain));
		strlcpy(list->stream, stream, sizeof(list->stream));
	}
	(void)pthread_mutex_unlock(&lists->lock);
}

void
keylists_clear(struct keylists *lists)
{
	size_t i, j;

	(void)pthread_mutex_lock(&lists->lock);
	for (i = 0; i < SETS; i++)
		for (j = 0; j < WAYS; j++)
			lists->sets[i][j].until_ms = 0;
	(void)pthread_mutex_unlock(&lists->lock);
}
