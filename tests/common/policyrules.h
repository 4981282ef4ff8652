/* SPDX-License-Identifier: ISC */

/*
 * The rules of policy.h, written down a second time: what a decision must be
 * when all answers are there, whatever was asked.
 */

#ifndef POLICYRULES_H
#define POLICYRULES_H

#include <stdbool.h>

#include "policyworld.h"

/* What the sources of one kind come to. */
struct policyverdicts {
	bool		 is_concerned;
	const struct source *good;	/* the first that holds */
	bool		 is_late;
	enum action	 action;
	enum policy_reason reason;
};

/* All factors hold; or nothing but DNS stands in their way. */
bool	policyrules_is_good(const struct facts *facts,
	    const struct source *source);
bool	policyrules_is_late(const struct facts *facts,
	    const struct source *source);

/* Whether the source names an author, or one that was not read may be its. */
bool	policyrules_is_candidate(const struct policyworld *world,
	    const struct source *source);

/* Whether the factor says by which way a message came. */
bool	policyrules_is_of_way(enum factor factor);

/* What the sources come to that observe, or that do not. */
void	policyrules_judge(const struct policyworld *world, bool observing,
	    struct policyverdicts *v);

#endif /* POLICYRULES_H */
