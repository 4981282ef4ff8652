/* SPDX-License-Identifier: ISC */

/*
 * What the files of a resolver share.
 */

#ifndef DNS_PRIVATE_H
#define DNS_PRIVATE_H

#include <sys/queue.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include <unbound.h>

#include "resolver/resolver.h"

struct lookup {
	LIST_ENTRY(lookup) entry;
	struct dns_resolver *resolver;
	pthread_cond_t	 done_cond;
	bool		 is_done;
	bool		 is_abandoned;
	int64_t		 abandoned_ms;	/* when */
	enum dns_type	 type;
	struct dns_answer answer;
};

struct dns_resolver {
	struct ub_ctx	*ctx;
	pthread_t	 thread;
	pthread_mutex_t	 lock;		/* of the list and its lookups */
	LIST_HEAD(, lookup) lookups;
	struct lookup	*probe;		/* for dns_resolver_is_stuck() */
	unsigned int	 nwaits;	/* how often it was not done */
	atomic_bool	 is_stuck;	/* libunbound does not answer */
	int		 stop[2];	/* a pipe; its end stops the thread */
	struct dns_options *options;	/* NULL: a separate resolver */
	unsigned int	 napart;	/* separate resolvers in use */
	pthread_cond_t	 apart_cond;	/* one of them was freed */
};

/* Convert a time of monotonic_ms() for pthread_cond_timedwait(3). */
struct timespec	resolver_timespec(int64_t ms);

/*
 * Start a lookup; NULL if there is nothing to wait for: answer is filled.  The
 * caller waits for it, or frees it when it is done.
 */
struct lookup	*resolver_start(struct dns_resolver *resolver,
	    const char *name, enum dns_type type, struct dns_answer *answer);

/* Free a lookup that is done, or that never will be; with the lock. */
void		 resolver_forget(struct lookup *lookup);

/*
 * Whether the context can be freed; if not, it is left as it is.  Waits for
 * libunbound for up to five seconds if a lookup is under way.
 *
 * Called when: before the thread of the resolver is stopped.
 */
bool		 resolver_lets_go(struct dns_resolver *resolver);

#endif /* DNS_PRIVATE_H */
