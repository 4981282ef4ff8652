/* SPDX-License-Identifier: ISC */

/*
 * The current snapshot: a configuration and its resolver, with a reference
 * count.
 *
 * A mutex protects the pointer and the counts, so that nobody can take a
 * reference to a snapshot that is being freed.  The last release frees both
 * parts.  Only snapshot_replace_take() can fail, when out of memory; the old
 * snapshot is then kept.
 */

#include "front/snapshot.h"

#include <pthread.h>
#include <stdlib.h>

struct counted_snapshot {
	struct snapshot	 snapshot;	/* first: callers get this */
	unsigned int	 references;	/* protected by lock */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct counted_snapshot *current;

static void
free_parts(struct config *config, struct dns_resolver *resolver)
{
	config_unref(config);
	dns_resolver_free(resolver);
}

static void
release(struct counted_snapshot *counted)
{
	bool is_last;

	if (counted == NULL)
		return;
	pthread_mutex_lock(&lock);
	is_last = --counted->references == 0;
	pthread_mutex_unlock(&lock);
	if (!is_last)
		return;
	free_parts(counted->snapshot.config, counted->snapshot.resolver);
	free(counted);
}

static void
replace(struct counted_snapshot *counted)
{
	struct counted_snapshot *old;

	pthread_mutex_lock(&lock);
	old = current;
	current = counted;
	pthread_mutex_unlock(&lock);
	release(old);
}

int
snapshot_replace_take(struct config *config, struct dns_resolver *resolver)
{
	struct counted_snapshot *counted;

	if ((counted = calloc(1, sizeof(*counted))) == NULL) {
		free_parts(config, resolver);
		return -1;
	}
	counted->snapshot.config = config;
	counted->snapshot.resolver = resolver;
	counted->references = 1;
	replace(counted);
	return 0;
}

void
snapshot_clear(void)
{
	replace(NULL);
}

struct snapshot *
snapshot_acquire(void)
{
	struct counted_snapshot *counted;

	pthread_mutex_lock(&lock);
	if ((counted = current) != NULL)
		counted->references++;
	pthread_mutex_unlock(&lock);
	return counted != NULL ? &counted->snapshot : NULL;
}

void
snapshot_release(struct snapshot *snapshot)
{
	release((struct counted_snapshot *)snapshot);
}
