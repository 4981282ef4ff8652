/* SPDX-License-Identifier: ISC */

/*
 * A run over many domains by a bounded number of worker threads, each of which
 * works on one domain at a time.  A failed domain does not stop the others.
 */

#ifndef ROTATE_ALL_H
#define ROTATE_ALL_H

#include "rotate/context.h"
#include "rotate/report.h"

/*
 * How many keys that can wait one run generates: so many, and one for so many
 * domains.  Generating an RSA key takes a good part of a second, and a run
 * over many domains whose reserve is missing would take hours; so hourly runs
 * share this work, and are done within half a day.
 */
#define ROTATE_NEW_KEYS		500
#define ROTATE_NEW_KEY_PART	6

/* The result of a run. */
struct rotate_tally {
	size_t	ndomains, ndone;	/* in total; finished or skipped */
	size_t	nchanged;		/* domains with a step taken or due */
	/* Each domain is counted once, as the worst of these. */
	size_t	nwaiting, nbusy, ntodo, nfailed;
	size_t	nskipped;		/* domains with automatic = off */
	size_t	nsteps;			/* taken or due */
	int64_t	next;			/* time of the next step or KS_NEVER */
};

struct rotate_listener {
	/*
	 * Called when a domain is finished, from a worker; never two calls at
	 * the same time.  The domains are in any order.
	 */
	void	(*finished)(void *context, const struct domain_report *report);
	/*
	 * Called at least ten times a second, and at last when all is done, in
	 * the thread of rotate_all().
	 */
	void	(*progress)(void *context, const struct rotate_tally *tally);
	void	*context;
};

/*
 * Take all steps that are due for one domain, report->domain, and save its
 * troubles.  What failed is in the report.
 */
void	rotate_domain(struct rotation_run *run, struct domain_report *report);

/*
 * Take all steps that are due for the domains, with at most that many workers.
 * Domains with automatic = off are skipped unless forced.  Returns 0, or
 * KS_E_SYSTEM if no worker could be started.
 */
int	rotate_all(struct rotation_run *run, char *const *domains,
	    size_t ndomains, unsigned int workers, bool forced,
	    const struct rotate_listener *listener,
	    struct rotate_tally *tally, struct ks_error *error);

#endif /* ROTATE_ALL_H */
