/* SPDX-License-Identifier: ISC */

/*
 * Room keys/membership: entering a fleet, and admitting and expelling its
 * hosts; DESIGN is keys/fleet/DESIGN.
 *
 * Admitting a host.
 *
 * The host has entered its keys in the database, which anybody who has the
 * database could have done in its place.  So a person reads the fingerprint on
 * the host's own screen, and gives it to the host that admits: only keys with
 * that fingerprint come into the member list.
 */

#ifndef MEMBERSHIP_ADMIT_H
#define MEMBERSHIP_ADMIT_H

#include "mirror/mirror.h"

/*
 * Admit a host, and give it the keys of all epochs.  A host that is admitted
 * already gets these again.  The mirror has been polled just now, with result
 * 0; it must have all that the database has, and be admitted itself.
 *
 * Returns 0, KS_E_EXISTS if that is refused, KS_E_SYSTEM if the database is
 * away, KS_E_LOCKED as fleet_list_change(), or another KS_E_*.  After it, poll
 * again: that brings the list.
 */
int	fleet_admit(struct fleet_mirror *mirror, const char *name,
	    const char *fingerprint, struct ks_error *error);

#endif /* MEMBERSHIP_ADMIT_H */
