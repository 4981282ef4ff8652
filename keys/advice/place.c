/* SPDX-License-Identifier: ISC */

/*
 * Advice on a key record that is missing because it was published at another
 * name: see keyrecord/place.h.
 *
 * Only the first few records are searched for: a mistake in one was probably
 * made in all.  If the resolver does not answer, nothing is found.
 */

#include "keyrecord/place.h"

#include <string.h>

#include "advice/private.h"

#define TOPIC		"place"
#define DOMAINKEY	"._domainkey."
#define MAX_SEARCHED	3	/* records, of those missing */

/* Whether a key is published at this name. */
static bool
has_key_at(void *context, const char *name)
{
	struct adviser *adviser = context;
	ldns_rr_list *records;
	bool found;

	(void)adviser_ask(adviser, name, LDNS_RR_TYPE_TXT, false, &records,
	    NULL);
	found = adviser_has_key(records);
	ldns_rr_list_deep_free(records);
	return found;
}

/* Split a name into selector and domain; false if it is not a key's name. */
static bool
split(const char *name, char selector[DKIMSIG_DOMAIN_SIZE],
    const char **domain)
{
	const char *at = strstr(name, DOMAINKEY);

	if (at == NULL)
		return false;
	(void)strlcpy(selector, name, DKIMSIG_DOMAIN_SIZE);
	selector[at - name] = '\0';
	*domain = at + strlen(DOMAINKEY);
	return true;
}

static void
note_place(struct adviser *adviser, const char *name, const char *zone,
    enum record_place place, const char *at)
{
	switch (place) {
	case RECORD_PLACE_DOUBLED:
		adviser_note(adviser, ADVICE_WARNING, TOPIC, name,
		    "a key is at %s: the zone is added to the name: enter "
		    "'%.*s' as the name, or end it with a dot in a zone file",
		    at, (int)(strlen(name) - strlen(zone) - 1), name);
		break;
	case RECORD_PLACE_BARE:
		adviser_note(adviser, ADVICE_WARNING, TOPIC, name,
		    "a key is at %s: '_domainkey' is missing from the name",
		    at);
		break;
	case RECORD_PLACE_NO_UNDERSCORE:
		adviser_note(adviser, ADVICE_WARNING, TOPIC, name,
		    "a key is at %s: the name needs '_domainkey', with an "
		    "underscore", at);
		break;
	case RECORD_PLACE_ZONE:
		adviser_note(adviser, ADVICE_WARNING, TOPIC, name,
		    "a key is at %s, which is for mail of %s: the subdomain is "
		    "missing from the name", at, zone);
		break;
	case RECORD_PLACE_DOMAIN:
		adviser_note(adviser, ADVICE_WARNING, TOPIC, name,
		    "a key is at %s itself: publish it at this name", at);
		break;
	default:
		break;
	}
}

void
advise_on_places(struct adviser *adviser)
{
	const struct advice_facts *facts = adviser->facts;
	char selector[DKIMSIG_DOMAIN_SIZE], at[DKIMSIG_DOMAIN_SIZE];
	struct record_search search = {
		.selector = selector, .has_key = has_key_at,
		.context = adviser
	};
	const char *name;
	size_t i, nsearched = 0;

	for (i = 0; i < facts->nrecords && nsearched < MAX_SEARCHED; i++) {
		name = facts->records[i].name;
		if (!facts->records[i].is_absent ||
		    facts->records[i].alias != NULL ||
		    !split(name, selector, &search.domain))
			continue;
		nsearched++;
		search.zone = facts->zone == NULL ? search.domain :
		    facts->zone;
		note_place(adviser, name, search.zone,
		    record_place_search(&search, at), at);
	}
}
