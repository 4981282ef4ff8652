/* SPDX-License-Identifier: ISC */

/*
 * A key record that is missing where it should be, because it was put at
 * another name: most web forms add the zone to the name that is entered.
 *
 * The names at which people put it are asked one after the other until a key
 * is found there, for the first few records only: a mistake made once was
 * made for all.  A resolver that does not answer finds nothing.
 */

#include <string.h>

#include "advice/private.h"

#define TOPIC		"place"
#define DOMAINKEY	"._domainkey."
#define MAX_SEARCHED	3	/* records; what was done once was done to all */

/* Whether a key answers at that name. */
static bool
has_key_at(struct adviser *adviser, const char *name)
{
	ldns_rr_list *records;
	bool found;

	(void)adviser_ask(adviser, name, LDNS_RR_TYPE_TXT, false, &records,
	    NULL);
	found = adviser_has_key(records);
	ldns_rr_list_deep_free(records);
	return found;
}

/* The name as "selector" and "domain"; false if it is no name of a key. */
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

static bool
search_doubled(struct adviser *adviser, const char *name, const char *zone)
{
	char place[DKIMSIG_DOMAIN_SIZE];
	size_t len = strlen(name), zonelen = strlen(zone);

	if (len <= zonelen + 1 || strcmp(name + len - zonelen, zone) != 0 ||
	    !adviser_below(name, zone, place) || !has_key_at(adviser, place))
		return false;
	adviser_note(adviser, ADVICE_WARNING, TOPIC, name,
	    "a key is at %s: the zone is added to the name: enter '%.*s' as "
	    "the name, or end it with a dot in a zone file", place,
	    (int)(len - zonelen - 1), name);
	return true;
}

static bool
search_bare(struct adviser *adviser, const char *name, const char *selector,
    const char *domain)
{
	char place[DKIMSIG_DOMAIN_SIZE];

	if (!adviser_below(selector, domain, place) ||
	    !has_key_at(adviser, place))
		return false;
	adviser_note(adviser, ADVICE_WARNING, TOPIC, name,
	    "a key is at %s: '_domainkey' is missing in the name", place);
	return true;
}

static bool
search_underscore(struct adviser *adviser, const char *name,
    const char *selector, const char *domain)
{
	char parent[DKIMSIG_DOMAIN_SIZE], place[DKIMSIG_DOMAIN_SIZE];

	if (!adviser_below("domainkey", domain, parent) ||
	    !adviser_below(selector, parent, place) ||
	    !has_key_at(adviser, place))
		return false;
	adviser_note(adviser, ADVICE_WARNING, TOPIC, name,
	    "a key is at %s: the name needs '_domainkey', with an "
	    "underscore", place);
	return true;
}

static bool
search_zone(struct adviser *adviser, const char *name, const char *selector,
    const char *domain, const char *zone)
{
	char parent[DKIMSIG_DOMAIN_SIZE], place[DKIMSIG_DOMAIN_SIZE];

	if (dkimsig_domain_equal(domain, zone) ||
	    !adviser_below("_domainkey", zone, parent) ||
	    !adviser_below(selector, parent, place) ||
	    !has_key_at(adviser, place))
		return false;
	adviser_note(adviser, ADVICE_WARNING, TOPIC, name,
	    "a key is at %s, which is for mail of %s: the name lacks the "
	    "subdomain", place, zone);
	return true;
}

static bool
search_domain(struct adviser *adviser, const char *name, const char *domain)
{
	if (!has_key_at(adviser, domain))
		return false;
	adviser_note(adviser, ADVICE_WARNING, TOPIC, name,
	    "a key is at %s itself: publish it at this name", domain);
	return true;
}

void
advise_on_places(struct adviser *adviser)
{
	const struct advice_facts *facts = adviser->facts;
	char selector[DKIMSIG_DOMAIN_SIZE];
	const char *domain, *name, *zone;
	size_t i, nsearched = 0;

	for (i = 0; i < facts->nrecords && nsearched < MAX_SEARCHED; i++) {
		name = facts->records[i].name;
		if (!facts->records[i].is_absent ||
		    facts->records[i].alias != NULL ||
		    !split(name, selector, &domain))
			continue;
		nsearched++;
		zone = facts->zone == NULL ? domain : facts->zone;
		(void)(search_doubled(adviser, name, zone) ||
		    search_bare(adviser, name, selector, domain) ||
		    search_underscore(adviser, name, selector, domain) ||
		    search_zone(adviser, name, selector, domain, zone) ||
		    search_domain(adviser, name, domain));
	}
}
