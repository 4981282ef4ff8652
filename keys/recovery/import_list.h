/* SPDX-License-Identifier: ISC */

/*
 * Taking the member list and the keys of epochs from an export, so that a host
 * that has its own keys, and nothing else, comes back to its fleet.
 */

#ifndef RECOVERY_IMPORT_LIST_H
#define RECOVERY_IMPORT_LIST_H

#include "mirror/mirror.h"

/* Who takes a list. */
struct fleet_list_taker {
	struct keystore			*ks;
	const char			*name;		/* of this host */
	const struct fleet_members	*known;		/* NULL: in no fleet */
	const char			*anchor;	/* or "-" */
};

/*
 * Take all versions of a text.  *list is what is in it, for people, also if it
 * is refused; the caller finishes it.  In a fleet, they must continue the list
 * that is known; otherwise one must have the digest that a person compared, and
 * the newest must admit this host with the keys that it has.  *is_new: the
 * files of this host have changed, and must be loaded again.  Returns 0,
 * KS_E_EXISTS, KS_E_DAMAGED, or another KS_E_*.
 */
int	fleet_list_import(const struct fleet_list_taker *taker,
	    const char *text, size_t len, struct fleet_members *list,
	    bool *is_new, struct ks_error *error);

/* Take keys of epochs, if these are more than those here.  As above. */
int	fleet_wraps_import(struct fleet_mirror *mirror, const char *text,
	    size_t len, struct ks_error *error);

#endif /* RECOVERY_IMPORT_LIST_H */
