/* SPDX-License-Identifier: ISC */

/*
 * Writing the next version of the member list to the database: what admitting
 * and expelling have in common.
 */

#ifndef MEMBERSHIP_NEXT_VERSION_H
#define MEMBERSHIP_NEXT_VERSION_H

#include <openssl/types.h>

#include "mirror/mirror.h"

/* The keys of a host, as the database has them. */
struct fleet_candidate {
	struct fleet_host	 host;
	X509			*cert;
	bool			 has_any;	/* be they keys or not */
};

/* For people: what lets a host enter its keys again. */
#define FLEET_FORGET_KEYS "UPDATE countersign.host SET sign_key = NULL, " \
	"wrap_cert = NULL WHERE name = '%.64s'"

/*
 * Read the keys that a host has entered; the caller frees the certificate,
 * also after a failure.  Nothing is believed because of it.  Returns 0,
 * KS_E_NOKEY if there are none, KS_E_EXISTS if the database refuses, or
 * KS_E_SYSTEM.
 */
int	fleet_candidate_read(struct fleet_mirror *mirror, const char *name,
	    struct fleet_candidate *candidate, struct ks_error *error);

/*
 * Write the version that admits a host, or expels it if it is in the list, and
 * put it in force here.  *host is as for fleet_members_follow(), but its "to"
 * is set: all that this host has taken counts.  This host must be admitted
 * itself, and have all that the database has.  Returns 0, KS_E_EXISTS if that
 * is not so, or if the database refuses, KS_E_LOCKED if it may be that another
 * host changed something since this one looked, KS_E_SYSTEM if the database is
 * away, or another KS_E_*.
 */
int	fleet_list_change(struct fleet_mirror *mirror,
	    const struct fleet_host *host, struct ks_error *error);

#endif /* MEMBERSHIP_NEXT_VERSION_H */
