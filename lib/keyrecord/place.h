/* SPDX-License-Identifier: ISC */

/*
 * Where a key record was published by mistake: most web forms append the zone
 * to the name that is entered, and people shorten names.
 */

#ifndef KEYRECORD_PLACE_H
#define KEYRECORD_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "dkimsig/dkimsig.h"

enum record_place {
	RECORD_PLACE_NONE,		/* in none of these */
	RECORD_PLACE_DOUBLED,		/* the zone appended to the full name */
	RECORD_PLACE_BARE,		/* without "_domainkey" */
	RECORD_PLACE_NO_UNDERSCORE,	/* "domainkey" for "_domainkey" */
	RECORD_PLACE_ZONE,		/* without the subdomain */
	RECORD_PLACE_DOMAIN,		/* at the domain itself */
	RECORD_NPLACES
};

/* A search for a record that is missing at its proper name. */
struct record_search {
	const char	*selector;
	const char	*domain;
	const char	*zone;		/* apex of the zone; NULL: the domain */
	/* Whether there is a key at this name: see record_is_key(). */
	bool		(*has_key)(void *context, const char *name);
	void		*context;
};

/* Look in each place; name is set to the name where a key was found. */
enum record_place record_place_search(const struct record_search *search,
	    char name[DKIMSIG_DOMAIN_SIZE]);

/* Whether a TXT record is a key record with a key that is not revoked. */
bool	record_is_key(const char *txt, size_t len);

#endif /* KEYRECORD_PLACE_H */
