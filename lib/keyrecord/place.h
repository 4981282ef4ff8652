/* SPDX-License-Identifier: ISC */

/*
 * Where a key record is by mistake: most web forms add the zone to the name
 * that is entered, and names are shortened by hand.
 */

#ifndef KEYRECORD_PLACE_H
#define KEYRECORD_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "dkimsig/dkimsig.h"

enum record_place {
	RECORD_PLACE_NONE,		/* in none of these */
	RECORD_PLACE_DOUBLED,		/* the zone behind the whole name */
	RECORD_PLACE_BARE,		/* without "_domainkey" */
	RECORD_PLACE_NO_UNDERSCORE,	/* "domainkey" */
	RECORD_PLACE_ZONE,		/* without the subdomain */
	RECORD_PLACE_DOMAIN,		/* at the domain itself */
	RECORD_NPLACES
};

/* A record that is missing where it should be. */
struct record_search {
	const char	*selector;
	const char	*domain;
	const char	*zone;		/* its apex; NULL: as if the domain */
	/* Whether a key answers at that name: see record_is_key(). */
	bool		(*has_key)(void *context, const char *name);
	void		*context;
};

/* Look in each place; name gets the one where a key is. */
enum record_place record_place_search(const struct record_search *search,
	    char name[DKIMSIG_DOMAIN_SIZE]);

/* Whether a TXT record is a key that is not revoked. */
bool	record_is_key(const char *txt, size_t len);

#endif /* KEYRECORD_PLACE_H */
