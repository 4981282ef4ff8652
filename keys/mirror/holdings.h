/* SPDX-License-Identifier: ISC */

/*
 * What each admitted host has of a domain's keys: whether it has confirmed the
 * newest row of each, and when it last signed with those that have ended.
 *
 * It is what rotation asks before a key signs, and before a record is revoked;
 * and what "list --fleet" prints.  A host of which nothing is known has nothing
 * confirmed, and may sign with every key.
 */

#ifndef MIRROR_HOLDINGS_H
#define MIRROR_HOLDINGS_H

#include "mirror/mirror.h"

struct fleet_holding {
	const char	*selector, *host;
	bool		 is_taken;
	bool		 is_reported;	/* it says that it has stopped */
	int64_t		 last;		/* KS_NEVER: it never signed */
	char		 why[512];	/* what is missing, or a word */
};

/*
 * Call each for every key of the store's state that is not removed, and every
 * admitted host, this one included.  If the database is away, what was known
 * before counts, but nothing is reported.  Returns 0 or KS_E_*.
 */
int	fleet_holdings(struct fleet_mirror *mirror, const char *domain,
	    void (*each)(void *context, const struct fleet_holding *holding),
	    void *context, struct ks_error *error);

#endif /* MIRROR_HOLDINGS_H */
