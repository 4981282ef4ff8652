/* SPDX-License-Identifier: ISC */

/*
 * What DNS shows of the keys of a domain, as far as "fleet watch" has to do
 * something about it.
 */

#ifndef FLEET_LOOK_H
#define FLEET_LOOK_H

#include "kept/pending.h"

struct domain_view;
struct rotation_run;

enum fleet_finding_kind {
	FLEET_FOUND_REVOKED,	/* p= at each server that answers */
	FLEET_FOUND_GONE,	/* no record, or p=, at each that answers */
	FLEET_FOUND_SHOWN,	/* a key that had ended is shown again */
	FLEET_FOUND_NOTHING	/* that failed; text says why */
};

struct fleet_finding {
	enum fleet_finding_kind	 kind;
	char			 selector[KS_SELECTOR_SIZE];
	char			*text;	/* evidence; NULL: out of memory */
};

/* Zeroed but for the domain: nothing was found. */
struct fleet_look {
	char			 domain[DKIMSIG_DOMAIN_SIZE];
	struct fleet_finding	*list;
	size_t			 n, size;
	bool			 is_short;	/* memory was */
};

/*
 * Look at the keys that a domain signs with, or may sign with next, and at
 * those of pending that ended because of what DNS showed.  Safe for any number
 * of threads.
 */
void	fleet_look_at(struct fleet_look *look, struct rotation_run *run,
	    const struct fleet_pending *pending);

/* Look at the keys in reserve alone. */
void	fleet_look_at_reserve(struct fleet_look *look,
	    const struct domain_view *view, int64_t now);

void	fleet_look_finish(struct fleet_look *look);

#endif /* FLEET_LOOK_H */
