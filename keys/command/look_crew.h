/* SPDX-License-Identifier: ISC */

/*
 * Looking at many domains at once: threads look at them, and what they found is
 * handed over in the order in which the domains were put.
 */

#ifndef LOOK_CREW_H
#define LOOK_CREW_H

#include "command/fleet_look.h"

/*
 * Domains that were put and not taken.  So many others are looked at while the
 * servers of one do not answer.
 */
#define LOOK_CREW_SIZE	1024

struct look_crew;

/*
 * Start the threads.  They call look for one domain each, and begin with none
 * after until_ms, of monotonic_ms(), but with the first one.  Returns 0, or
 * KS_E_* if there is no thread.
 */
int	look_crew_new(struct look_crew **crew, unsigned int nthreads,
	    int64_t until_ms,
	    void (*look)(void *context, struct fleet_look *look),
	    void *context, struct ks_error *error);

/* Put a domain.  False: LOOK_CREW_SIZE are there; take one before. */
bool	look_crew_put(struct look_crew *crew, const char *domain);

/*
 * What was found in the next domain; with waits, when it is looked at.  The
 * caller calls fleet_look_finish().  False: it is not looked at, and with
 * waits, it will not be any more.
 */
bool	look_crew_take(struct look_crew *crew, bool waits,
	    struct fleet_look *look);

/* The next domain to be taken, or NULL; borrowed until then. */
const char *look_crew_next(struct look_crew *crew);

/* From now on, no domain is begun with. */
void	look_crew_stop(struct look_crew *crew);

/* Wait for the threads, after look_crew_stop(); crew may be NULL. */
void	look_crew_free(struct look_crew *crew);

#endif /* LOOK_CREW_H */
