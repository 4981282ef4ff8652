/* SPDX-License-Identifier: ISC */

/*
 * Threads that look at domains: see look_crew.h.
 *
 * A ring of domains, with how many were put, begun with, and taken.  Threads
 * begin with them in order, so when a crew is stopped, all domains before the
 * first one that was not begun with are looked at: a later run goes on from
 * there.  One mutex protects the ring; a domain that was begun with belongs to
 * its thread until it is ready, and then to whoever takes it.
 */

#include "command/look_crew.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define MAX_THREADS	64	/* as rotation { parallel } */

struct place {
	struct fleet_look	 look;
	bool			 is_ready;
};

struct look_crew {
	void			(*look)(void *context, struct fleet_look *look);
	void			*context;
	int64_t			 until_ms;
	pthread_t		 threads[MAX_THREADS];
	unsigned int		 nthreads;
	pthread_mutex_t		 mutex;		/* for all below */
	pthread_cond_t		 is_put, is_ready;
	struct place		 ring[LOOK_CREW_SIZE];
	size_t			 nput, nbegun, ntaken;	/* ever */
	bool			 is_stopped;
};

static struct place *
place_of(struct look_crew *crew, size_t i)
{
	return &crew->ring[i % LOOK_CREW_SIZE];
}

static void
stop(struct look_crew *crew)
{
	crew->is_stopped = true;
	(void)pthread_cond_broadcast(&crew->is_put);
	(void)pthread_cond_broadcast(&crew->is_ready);
}

/* The next domain to begin with; NULL: none will come. */
static struct place *
begin(struct look_crew *crew)
{
	while (!crew->is_stopped && crew->nbegun == crew->nput)
		(void)pthread_cond_wait(&crew->is_put, &crew->mutex);
	if (!crew->is_stopped && crew->nbegun > 0 &&
	    monotonic_ms() >= crew->until_ms)
		stop(crew);
	return crew->is_stopped ? NULL : place_of(crew, crew->nbegun++);
}

static void *
run_thread(void *arg)
{
	struct look_crew *crew = arg;
	struct place *place;

	(void)pthread_mutex_lock(&crew->mutex);
	while ((place = begin(crew)) != NULL) {
		(void)pthread_mutex_unlock(&crew->mutex);
		crew->look(crew->context, &place->look);
		(void)pthread_mutex_lock(&crew->mutex);
		place->is_ready = true;
		(void)pthread_cond_signal(&crew->is_ready);
	}
	(void)pthread_mutex_unlock(&crew->mutex);
	return NULL;
}

int
look_crew_new(struct look_crew **crew, unsigned int nthreads,
    int64_t until_ms, void (*look)(void *, struct fleet_look *),
    void *context, struct ks_error *error)
{
	struct look_crew *new;
	int r = 0;

	if ((*crew = new = calloc(1, sizeof(*new))) == NULL)
		return fleet_fail(error, KS_E_NOMEM, "out of memory");
	new->look = look;
	new->context = context;
	new->until_ms = until_ms;
	(void)pthread_mutex_init(&new->mutex, NULL);
	(void)pthread_cond_init(&new->is_put, NULL);
	(void)pthread_cond_init(&new->is_ready, NULL);
	while (new->nthreads < nthreads && new->nthreads < MAX_THREADS &&
	    (r = pthread_create(&new->threads[new->nthreads], NULL,
	    run_thread, new)) == 0)
		new->nthreads++;
	if (new->nthreads > 0)
		return 0;
	look_crew_free(new);
	*crew = NULL;
	(void)snprintf(error->text, sizeof(error->text),
	    "cannot start a thread: %s", strerror(r));
	return KS_E_SYSTEM;
}

bool
look_crew_put(struct look_crew *crew, const char *domain)
{
	struct place *place;
	bool has_room;

	(void)pthread_mutex_lock(&crew->mutex);
	has_room = crew->nput - crew->ntaken < LOOK_CREW_SIZE;
	if (has_room) {
		place = place_of(crew, crew->nput++);
		memset(place, 0, sizeof(*place));
		(void)strlcpy(place->look.domain, domain,
		    sizeof(place->look.domain));
		(void)pthread_cond_signal(&crew->is_put);
	}
	(void)pthread_mutex_unlock(&crew->mutex);
	return has_room;
}

bool
look_crew_take(struct look_crew *crew, bool waits, struct fleet_look *look)
{
	struct place *place = place_of(crew, crew->ntaken);
	bool is_ready = false;

	(void)pthread_mutex_lock(&crew->mutex);
	/* What was begun with becomes ready. */
	while (waits && crew->ntaken < crew->nput && !place->is_ready &&
	    (!crew->is_stopped || crew->ntaken < crew->nbegun))
		(void)pthread_cond_wait(&crew->is_ready, &crew->mutex);
	is_ready = crew->ntaken < crew->nput && place->is_ready;
	if (is_ready) {
		*look = place->look;
		crew->ntaken++;
	}
	(void)pthread_mutex_unlock(&crew->mutex);
	return is_ready;
}

const char *
look_crew_next(struct look_crew *crew)
{
	const char *domain = NULL;

	(void)pthread_mutex_lock(&crew->mutex);
	if (crew->ntaken < crew->nput)
		domain = place_of(crew, crew->ntaken)->look.domain;
	(void)pthread_mutex_unlock(&crew->mutex);
	return domain;
}

void
look_crew_stop(struct look_crew *crew)
{
	(void)pthread_mutex_lock(&crew->mutex);
	stop(crew);
	(void)pthread_mutex_unlock(&crew->mutex);
}

void
look_crew_free(struct look_crew *crew)
{
	struct fleet_look look;
	unsigned int i;

	if (crew == NULL)
		return;
	look_crew_stop(crew);
	for (i = 0; i < crew->nthreads; i++)
		(void)pthread_join(crew->threads[i], NULL);
	while (look_crew_take(crew, false, &look))
		fleet_look_finish(&look);
	(void)pthread_cond_destroy(&crew->is_ready);
	(void)pthread_cond_destroy(&crew->is_put);
	(void)pthread_mutex_destroy(&crew->mutex);
	free(crew);
}
