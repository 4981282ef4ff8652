/* SPDX-License-Identifier: ISC */

/*
 * The workers of a run, of which only so many may work at a time.
 *
 * One that waits for a hook gives its place to another, which works on the
 * next domain meanwhile; so the changes of many domains meet, and go to the
 * hook in one start.
 */

#ifndef PUBLISH_CREW_H
#define PUBLISH_CREW_H

#include <pthread.h>
#include <stdbool.h>

/* Those besides the ones at work: as many as a hook can be given lines. */
#define PUBLISH_CREW_WAITING	200

struct publish_crew {
	pthread_mutex_t	 mutex;
	pthread_cond_t	 changed;
	unsigned int	 nplaces;	/* 0: there is no crew, nobody waits */
	unsigned int	 nworking;
	unsigned int	 nwaiting;	/* for a place */
};

void	publish_crew_init(struct publish_crew *crew);
void	publish_crew_finish(struct publish_crew *crew);

/* From now on there are so many places; before the first worker starts. */
void	publish_crew_open(struct publish_crew *crew, unsigned int nplaces);

/* Take a place, when one is free; give it back. */
void	publish_crew_enter(struct publish_crew *crew);
void	publish_crew_leave(struct publish_crew *crew);

/* Whether nobody works or is about to, so that no more changes will come. */
bool	publish_crew_is_idle(struct publish_crew *crew);

#endif /* PUBLISH_CREW_H */
