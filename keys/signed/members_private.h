/* SPDX-License-Identifier: ISC */

/*
 * The text of a member list.
 */

#ifndef SIGNED_MEMBERS_PRIVATE_H
#define SIGNED_MEMBERS_PRIVATE_H

#include "signed/members.h"

/*
 * Read a text, of which nothing is verified yet, and set its digest.
 * fleet_members_finish() frees it.  Returns 0, KS_E_NOMEM, KS_E_CRYPTO or
 * KS_E_DAMAGED.
 */
int	members_parse(const void *octets, size_t len,
	    struct fleet_members *members, struct ks_error *error);

/* The text of a list.  The caller frees *octets.  Returns 0 or KS_E_NOMEM. */
int	members_print(const struct fleet_members *members, char **octets,
	    size_t *len);

#endif /* SIGNED_MEMBERS_PRIVATE_H */
