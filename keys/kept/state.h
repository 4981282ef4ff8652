/* SPDX-License-Identifier: ISC */

/*
 * The state of a domain that the rows say which this host took.
 */

#ifndef KEPT_STATE_H
#define KEPT_STATE_H

#include "kept/rows.h"

/*
 * Make it, without what is pending.  fleet is the name of the fleet, its 64
 * digits.  Returns 0, KS_E_NOMEM or KS_E_DAMAGED; call ks_state_finish() in any
 * case.
 */
int	fleet_kept_state(const struct fleet_kept *kept, const char *domain,
	    const char *fleet, struct ks_state *state,
	    struct ks_error *error);

#endif /* KEPT_STATE_H */
