/* SPDX-License-Identifier: ISC */

/*
 * The selectors of a domain that must have CNAMEs, and where these lead.
 *
 * In CNAME mode the owner of a domain enters the CNAMEs of all slots (newkey.h)
 * once, and those of a stream when a source first names it.  One that is
 * missing is noticed from the first day, not only when its slot gets a key.  A
 * selector that is not a slot any more, such as a fourth one or one of an
 * earlier cname_zone, needs its CNAME as long as mail that was signed with its
 * key may be verified.
 */

#ifndef SLOTS_H
#define SLOTS_H

#include "life/lifecycle.h"
#include "life/newkey.h"

struct slot {
	char			 selector[KS_SELECTOR_SIZE];
	char			 target[DKIMSIG_DOMAIN_SIZE];
	enum dkimsig_algorithm	 algorithm;
	const struct ks_key	*key;	/* of the state; NULL: it is free */
};

/* How many slots_list() lists at most. */
size_t	slots_max(const struct ks_state *state,
	    const struct lifecycle_policy *policy);

/*
 * List them in slots, which has room for slots_max(): the slots of the
 * algorithms that the policy wants first, stream by stream.  Returns how many
 * there are; none without CNAMEs.
 *
 * cname_zone   NULL: only keys that are still behind CNAMEs
 */
size_t	slots_list(const struct ks_state *state,
	    const struct lifecycle_policy *policy, const char *cname_zone,
	    int64_t now, struct slot *slots);

#endif /* SLOTS_H */
