/* SPDX-License-Identifier: ISC */

/*
 * What the files that take a domain share.
 */

#ifndef MIRROR_TAKE_PRIVATE_H
#define MIRROR_TAKE_PRIVATE_H

#include "mirror/take.h"

#define OF_FLEET	"the fleet"	/* in the log of the domain */

/* A domain that is taken. */
struct fleet_take_work {
	const struct fleet_taker	*taker;
	const char			*domain;
	struct ks_lock			*lock;
	struct fleet_kept		 kept;
	int64_t				 seen;
	bool				 has_news;
	bool				 is_old;	/* nothing is taken */
	bool				 is_retried;	/* had exceptions */
	bool				 is_short;	/* of memory */
	struct fleet_taken		*taken;
	struct ks_error			*error;
};

/* Note a row that is refused, or a key that cannot be used. */
void	fleet_take_refuse(struct fleet_take_work *work, const char *selector,
	    int64_t change, const char *why);

/*
 * Make the state that the kept rows say, and its key files.  Returns 0 or
 * KS_E_*.
 */
int	fleet_take_apply(struct fleet_take_work *work);

#endif /* MIRROR_TAKE_PRIVATE_H */
