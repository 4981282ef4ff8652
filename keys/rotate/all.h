/* SPDX-License-Identifier: ISC */

/*
 * A run over many domains: a bounded number of workers, one domain each at a
 * time.  A domain that fails does not stop the others.
 */

#ifndef ROTATE_ALL_H
#define ROTATE_ALL_H

#include "rotate/context.h"
#include "rotate/report.h"

/* The result of a run. */
struct rotate_tally {
	size_t	ndomains, ndone;	/* to do, done */
	size_t	nchanged;		/* with a step that was taken, or is due */
	size_t	nwaiting, ntodo, nfailed;	/* domains; worst counts */
	size_t	nskipped;		/* automatic = off */
	size_t	nsteps;
	int64_t	next;			/* or KS_NEVER */
};

struct rotate_listener {
	/* A domain is finished; one call at a time, in any order. */
	void	(*finished)(void *context, const struct domain_report *report);
	/* At least ten times a second, in the calling thread. */
	void	(*progress)(void *context, const struct rotate_tally *tally);
	void	*context;
};

/*
 * Do what is due for the domains, at most workers of them at a time.  Those
 * with automatic = off are skipped unless forced.  Returns 0, or KS_E_NOMEM
 * or KS_E_SYSTEM when not even one worker could be started.
 */
int	rotate_all(struct rotation_run *run, char *const *domains,
	    size_t ndomains, unsigned int workers, bool forced,
	    const struct rotate_listener *listener,
	    struct rotate_tally *tally, struct ks_error *error);

#endif /* ROTATE_ALL_H */
