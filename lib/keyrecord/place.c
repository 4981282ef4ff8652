/* SPDX-License-Identifier: ISC */

/*
 * Where a key record was published by mistake: see place.h.
 *
 * Each place is a name made of selector, domain and zone.  The caller's
 * function looks them up, one after the other, until it finds a key.  A name
 * that is too long or that is the right one is skipped; nothing fails.
 */

#include "keyrecord/place.h"

#include <stdio.h>
#include <string.h>

static const char *
zone_of(const struct record_search *search)
{
	return search->zone != NULL ? search->zone : search->domain;
}

static bool
is_below_zone(const struct record_search *search)
{
	return dkimsig_domain_equal(search->domain, zone_of(search)) ||
	    dkimsig_domain_is_below(search->domain, zone_of(search));
}

/* The name of a place; false if it has none for this search. */
static bool
name_of(const struct record_search *search, enum record_place place,
    char name[DKIMSIG_DOMAIN_SIZE])
{
	const size_t size = DKIMSIG_DOMAIN_SIZE;
	const char *selector = search->selector, *domain = search->domain;
	const char *zone = zone_of(search);
	int n = -1;

	switch (place) {
	case RECORD_PLACE_DOUBLED:
		if (is_below_zone(search))
			n = snprintf(name, size, "%s._domainkey.%s.%s",
			    selector, domain, zone);
		break;
	case RECORD_PLACE_BARE:
		n = snprintf(name, size, "%s.%s", selector, domain);
		break;
	case RECORD_PLACE_NO_UNDERSCORE:
		n = snprintf(name, size, "%s.domainkey.%s", selector, domain);
		break;
	case RECORD_PLACE_ZONE:
		if (!dkimsig_domain_equal(domain, zone))
			n = snprintf(name, size, "%s._domainkey.%s", selector,
			    zone);
		break;
	case RECORD_PLACE_DOMAIN:
		n = snprintf(name, size, "%s", domain);
		break;
	default:
		break;
	}
	return n > 0 && (size_t)n < size;
}

enum record_place
record_place_search(const struct record_search *search,
    char name[DKIMSIG_DOMAIN_SIZE])
{
	unsigned int i;

	for (i = RECORD_PLACE_NONE + 1; i < RECORD_NPLACES; i++)
		if (name_of(search, (enum record_place)i, name) &&
		    search->has_key(search->context, name))
			return (enum record_place)i;
	return RECORD_PLACE_NONE;
}

bool
record_is_key(const char *txt, size_t len)
{
	struct dkimsig_keyrecord record;

	return dkimsig_keyrecord_parse(txt, len, &record, NULL) == 0 &&
	    record.keylen > 0;
}
