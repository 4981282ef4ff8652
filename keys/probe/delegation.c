/* SPDX-License-Identifier: ISC */

/*
 * A zone that is delegated to name servers that do not answer for it: found
 * when no zone can be found for a name.
 *
 * Resolvers then answer SERVFAIL for all names below the delegation, also
 * without DNSSEC validation (the CD bit of RFC 4035), but not for the zone
 * above it.  The servers of that zone are asked for the referral (RFC 1034
 * section 4.3.2), which has the NS records.  If anything is otherwise, nothing
 * is found.
 */

#include "probe/private.h"

#include <stdio.h>
#include <string.h>

#define MAX_NAMED	3	/* servers; others are counted */

bool
dns_is_dead(struct dns_zones *zones, const char *name)
{
	const struct dns_question question = {
		name, LDNS_RR_TYPE_SOA, true, true
	};
	const struct dns_resolvers *resolvers = &zones->resolvers;
	ldns_pkt_rcode rcode;
	ldns_pkt *answer;
	size_t i;

	for (i = 0; i < resolvers->naddresses; i++) {
		if (dns_ask_server(zones, &resolvers->addresses[i], &question,
		    &answer) != DNS_ANSWERED)
			continue;
		rcode = ldns_pkt_get_rcode(answer);
		ldns_pkt_free(answer);
		return rcode == LDNS_RCODE_SERVFAIL;
	}
	return false;
}

/* Ask the servers of the zone above for a referral; the caller frees it. */
static ldns_pkt *
ask_referral(struct dns_zones *zones, const struct dns_zone *above,
    const char *name)
{
	const struct dns_question question = {
		name, LDNS_RR_TYPE_TXT, false, false
	};
	ldns_pkt *answer;
	size_t i;

	for (i = 0; i < above->nservers; i++) {
		if (!above->servers[i].has_address ||
		    dns_ask_server(zones, &above->servers[i].address,
		    &question, &answer) != DNS_ANSWERED)
			continue;
		if (ldns_pkt_get_rcode(answer) == LDNS_RCODE_NOERROR &&
		    !ldns_pkt_aa(answer))
			return answer;
		ldns_pkt_free(answer);
	}
	return NULL;
}

/* The name that a referral delegates: between the name and the zone above. */
static bool
read_delegated(const ldns_pkt *referral, const struct dns_zone *above,
    const char *name, char delegated[DKIMSIG_DOMAIN_SIZE])
{
	const ldns_rr_list *list = ldns_pkt_authority(referral);
	const ldns_rr *rr;
	size_t i;

	for (i = 0; i < ldns_rr_list_rr_count(list); i++) {
		rr = ldns_rr_list_rr(list, i);
		if (ldns_rr_get_type(rr) == LDNS_RR_TYPE_NS &&
		    dns_name_text(ldns_rr_owner(rr), delegated) &&
		    dns_name_is_within(name, delegated) &&
		    dns_name_is_within(delegated, above->apex) &&
		    strcasecmp(delegated, above->apex) != 0)
			return true;
	}
	return false;
}

/* "ns1.example.net, ns2.example.net and 2 more" */
static void
print_servers(const ldns_pkt *referral, const char *delegated, char *text,
    size_t size)
{
	const ldns_rr_list *list = ldns_pkt_authority(referral);
	char name[DKIMSIG_DOMAIN_SIZE], more[32];
	const ldns_rr *rr;
	size_t i = 0, n = 0;

	text[0] = '\0';
	while ((rr = dns_next_rr(list, delegated, LDNS_RR_TYPE_NS, &i)) !=
	    NULL) {
		if (!dns_name_text(ldns_rr_rdf(rr, 0), name) ||
		    n++ >= MAX_NAMED)
			continue;
		if (n > 1)
			(void)strlcat(text, ", ", size);
		(void)strlcat(text, name, size);
	}
	if (n <= MAX_NAMED)
		return;
	(void)snprintf(more, sizeof(more), " and %zu more", n - MAX_NAMED);
	(void)strlcat(text, more, size);
}

bool
dns_find_dead(struct dns_zones *zones, const struct dns_zone *above,
    const char *name, char delegated[DKIMSIG_DOMAIN_SIZE],
    struct ks_error *error)
{
	char servers[MAX_NAMED * DKIMSIG_DOMAIN_SIZE + 32];
	ldns_pkt *referral;
	bool found;

	if (dns_is_dead(zones, above->apex) ||
	    (referral = ask_referral(zones, above, name)) == NULL)
		return false;
	found = read_delegated(referral, above, name, delegated);
	if (found) {
		print_servers(referral, delegated, servers, sizeof(servers));
		(void)dns_fail(error, KS_E_SYSTEM, "%s is delegated as a zone "
		    "of its own to name servers that do not answer for it "
		    "(%.300s), so nobody sees a key: fix these servers, or the "
		    "NS records at %s in the zone %s", delegated, servers,
		    delegated, above->apex);
	}
	ldns_pkt_free(referral);
	return found;
}
