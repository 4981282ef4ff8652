/* SPDX-License-Identifier: ISC */

/*
 * Places for the workers of a run: see crew.h.
 *
 * A counting semaphore that also knows how many wait for a place, so that one
 * who gathers changes can tell whether more are to be expected.  Nothing here
 * can fail.
 */

#include "publish/crew.h"

void
publish_crew_init(struct publish_crew *crew)
{
	(void)pthread_mutex_init(&crew->mutex, NULL);
	(void)pthread_cond_init(&crew->changed, NULL);
	crew->nplaces = crew->nworking = crew->nwaiting = 0;
}

void
publish_crew_finish(struct publish_crew *crew)
{
	(void)pthread_cond_destroy(&crew->changed);
	(void)pthread_mutex_destroy(&crew->mutex);
}

void
publish_crew_open(struct publish_crew *crew, unsigned int nplaces)
{
	(void)pthread_mutex_lock(&crew->mutex);
	crew->nplaces = nplaces;
	(void)pthread_mutex_unlock(&crew->mutex);
}

void
publish_crew_enter(struct publish_crew *crew)
{
	(void)pthread_mutex_lock(&crew->mutex);
	crew->nwaiting++;
	while (crew->nplaces > 0 && crew->nworking >= crew->nplaces)
		(void)pthread_cond_wait(&crew->changed, &crew->mutex);
	crew->nwaiting--;
	crew->nworking++;
	(void)pthread_mutex_unlock(&crew->mutex);
}

void
publish_crew_leave(struct publish_crew *crew)
{
	(void)pthread_mutex_lock(&crew->mutex);
	crew->nworking--;
	(void)pthread_cond_signal(&crew->changed);
	(void)pthread_mutex_unlock(&crew->mutex);
}

bool
publish_crew_is_idle(struct publish_crew *crew)
{
	bool is_idle;

	(void)pthread_mutex_lock(&crew->mutex);
	is_idle = crew->nplaces == 0 ||
	    (crew->nworking == 0 && crew->nwaiting == 0);
	(void)pthread_mutex_unlock(&crew->mutex);
	return is_idle;
}
