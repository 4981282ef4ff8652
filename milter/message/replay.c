/* SPDX-License-Identifier: ISC */

/*
 * A chained hash table; its entries come from one array.
 *
 * The hash has a secret key, so that nobody can craft signatures that all fall
 * into one chain; it is multilinear, which needs no library that could fail.
 * When no entry is free, expired ones are removed, at most
 * once a second; until the next time, a full table stays full.
 */

#include "message/replay.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define CHAINS	(REPLAY_ENTRIES / 2)
#define WORDS	(REPLAY_DIGEST_SIZE / sizeof(uint32_t))

struct use {
	struct use	*next;
	unsigned char	 digest[REPLAY_DIGEST_SIZE];
	int64_t		 expires;
	unsigned int	 uses;
};

struct replay {
	pthread_mutex_t	 lock;
	uint64_t	 key[WORDS + 1];
	struct use	*unused;	/* that were used before */
	size_t		 ntouched;	/* entries that ever were used */
	int64_t		 swept;		/* last, seconds */
	struct use	*chains[CHAINS];
	struct use	 entries[REPLAY_ENTRIES];
};

struct replay *
replay_new(void)
{
	struct replay *replay;

	if ((replay = calloc(1, sizeof(*replay))) == NULL)
		return NULL;
	(void)pthread_mutex_init(&replay->lock, NULL);
	arc4random_buf(replay->key, sizeof(replay->key));
	replay->swept = INT64_MIN;
	return replay;
}

void
replay_free(struct replay *replay)
{
	if (replay == NULL)
		return;
	(void)pthread_mutex_destroy(&replay->lock);
	free(replay);
}

static struct use **
chain_of(struct replay *replay, const unsigned char *digest)
{
	uint32_t words[WORDS];
	uint64_t sum = replay->key[WORDS];
	size_t i;

	memcpy(words, digest, sizeof(words));
	for (i = 0; i < WORDS; i++)
		sum += replay->key[i] * words[i];
	/* The low half is weak. */
	return &replay->chains[(sum >> 32) % CHAINS];
}

/* The link to the entry, or the end of its chain. */
static struct use **
find(struct replay *replay, const unsigned char *digest)
{
	struct use **link = chain_of(replay, digest);

	while (*link != NULL &&
	    memcmp((*link)->digest, digest, REPLAY_DIGEST_SIZE) != 0)
		link = &(*link)->next;
	return link;
}

static bool
is_full(const struct replay *replay)
{
	return replay->unused == NULL && replay->ntouched == REPLAY_ENTRIES;
}

/* An entry; NULL if it is full.  Memory that was never touched costs nothing,
 * so entries that were used before come first. */
static struct use *
take(struct replay *replay)
{
	struct use *use = replay->unused;

	if (is_full(replay))
		return NULL;
	if (use == NULL)
		return &replay->entries[replay->ntouched++];
	replay->unused = use->next;
	return use;
}

static void
drop(struct replay *replay, struct use **link)
{
	struct use *use = *link;

	*link = use->next;
	memset(use, 0, sizeof(*use));
	use->next = replay->unused;
	replay->unused = use;
}

static void
sweep(struct replay *replay, int64_t now)
{
	struct use **link;
	size_t i;

	if (!is_full(replay) || replay->swept == now)
		return;
	replay->swept = now;
	for (i = 0; i < CHAINS; i++)
		for (link = &replay->chains[i]; *link != NULL;)
			if ((*link)->expires < now)
				drop(replay, link);
			else
				link = &(*link)->next;
}

static enum replay_result
count_use(struct replay *replay, const unsigned char *digest,
    int64_t expires, unsigned int max_uses, int64_t now)
{
	struct use **link, *use;

	if (*(link = find(replay, digest)) != NULL) {
		use = *link;
		if (use->expires < expires)
			use->expires = expires;
		if (use->uses >= max_uses)
			return REPLAY_SEEN;
		use->uses++;
		return REPLAY_OK;
	}
	sweep(replay, now);
	if ((use = take(replay)) == NULL)
		return REPLAY_FULL;
	/* The sweep may have removed the entry that held this link. */
	link = find(replay, digest);
	use->next = NULL;
	memcpy(use->digest, digest, REPLAY_DIGEST_SIZE);
	use->expires = expires;
	use->uses = 1;
	*link = use;
	return REPLAY_OK;
}

enum replay_result
replay_use(struct replay *replay,
    const unsigned char digest[REPLAY_DIGEST_SIZE], int64_t expires,
    unsigned int max_uses, int64_t now)
{
	enum replay_result result;

	pthread_mutex_lock(&replay->lock);
	result = count_use(replay, digest, expires, max_uses, now);
	pthread_mutex_unlock(&replay->lock);
	return result;
}

void
replay_return(struct replay *replay,
    const unsigned char digest[REPLAY_DIGEST_SIZE])
{
	struct use **link;

	pthread_mutex_lock(&replay->lock);
	link = find(replay, digest);
	if (*link != NULL && --(*link)->uses == 0)
		drop(replay, link);
	pthread_mutex_unlock(&replay->lock);
}
