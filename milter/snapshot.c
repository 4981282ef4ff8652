/* SPDX-License-Identifier: ISC */

/*
 * The current configuration.  A mutex, held only for a pointer and a count,
 * keeps a reader from taking a reference to what is being given up.
 */

#include "snapshot.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct config *current;

void
snapshot_replace_take(struct config *config)
{
	struct config *old;

	pthread_mutex_lock(&lock);
	old = current;
	current = config;
	pthread_mutex_unlock(&lock);
	config_unref(old);
}

struct config *
snapshot_acquire(void)
{
	struct config *config;

	pthread_mutex_lock(&lock);
	config = current != NULL ? config_ref(current) : NULL;
	pthread_mutex_unlock(&lock);
	return config;
}
