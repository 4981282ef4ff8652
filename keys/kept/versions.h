/* SPDX-License-Identifier: ISC */

/*
 * All versions of the member list, as a host keeps them: the file
 *
 *	keydir/.fleet/members
 *
 * with the first line "countersign-fleet-members 1", and then for each version
 * its octets, which are lines, and a line "signature HEX".
 *
 * Each time that it is read, each version is verified with the one before.
 */

#ifndef KEPT_VERSIONS_H
#define KEPT_VERSIONS_H

#include "signed/members.h"

/*
 * Put all versions of a text in force, one after the other.  anchor is the
 * digest that a version must have, as a person told this host, or NULL.
 * Returns 0, KS_E_NOMEM, KS_E_CRYPTO or KS_E_DAMAGED; there is no list then,
 * and the error names the version.
 */
int	fleet_members_load(struct fleet_members *members, const char *text,
	    size_t len, const char *anchor, struct ks_error *error);

/*
 * The same, without an anchor, and call each for every version as soon as it is
 * in force.  If that does not return 0, stop, and return it.
 */
int	fleet_members_walk(struct fleet_members *members, const char *text,
	    size_t len, int (*each)(void *context,
	    const struct fleet_members *members, const void *octets,
	    size_t len, const unsigned char signature[FLEET_SIGNATURE]),
	    void *context, struct ks_error *error);

/*
 * Add a version, which fleet_members_take() took, to a text; *text may be NULL.
 * It is reallocated.  Returns 0 or KS_E_NOMEM.
 */
int	fleet_members_add(char **text, size_t *len, const void *octets,
	    size_t octetslen, const unsigned char signature[FLEET_SIGNATURE]);

#endif /* KEPT_VERSIONS_H */
