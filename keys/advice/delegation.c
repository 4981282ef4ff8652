/* SPDX-License-Identifier: ISC */

/*
 * Advice on a domain that does not exist, and on a zone that is delegated to
 * name servers that do not answer.
 *
 * Only asked if no zone was found for the record: then the resolver fails, or
 * says that nothing exists.  If it does not answer, nothing is found.
 */

#include "advice/private.h"

#define TOPIC	"delegation"

static enum adviser_finding
ask_start(struct adviser *adviser, const char *name)
{
	enum adviser_finding finding;
	ldns_rr_list *records;

	finding = adviser_ask(adviser, name, LDNS_RR_TYPE_SOA, true, &records,
	    NULL);
	ldns_rr_list_deep_free(records);
	return finding;
}

bool
advise_on_missing(struct adviser *adviser)
{
	const char *domain = adviser->facts->domain;

	if (adviser->facts->zone != NULL ||
	    ask_start(adviser, domain) != FINDING_NO_NAME)
		return false;
	adviser_note(adviser, ADVICE_WARNING, TOPIC, domain,
	    "this domain does not exist in DNS: check its spelling, and that "
	    "it is registered and delegated");
	return true;
}

bool
advise_on_dead(struct adviser *adviser)
{
	const char *domain = adviser->facts->domain;
	char keys[DKIMSIG_DOMAIN_SIZE];

	if (adviser->facts->zone != NULL)
		return false;
	if (ask_start(adviser, domain) == FINDING_FAILURE) {
		adviser_note(adviser, ADVICE_WARNING, TOPIC, domain,
		    "its zone is delegated to name servers that do not answer "
		    "for it: fix these servers, or the NS records above the "
		    "zone");
		return true;
	}
	if (!adviser_below("_domainkey", domain, keys) ||
	    ask_start(adviser, keys) != FINDING_FAILURE)
		return false;
	adviser_note(adviser, ADVICE_WARNING, TOPIC, keys,
	    "delegated as a zone of its own to name servers that do not "
	    "answer for it, so nobody sees a key: fix these servers, or remove "
	    "the NS records at %s in the zone of %s", keys, domain);
	return true;
}
