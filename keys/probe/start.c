/* SPDX-License-Identifier: ISC */

/*
 * The SOA record of a zone, from its own servers.
 *
 * The TTL in a resolver's answer has run down, so it is used only if no server
 * answers; then the negative TTL is MINIMUM, which is the longest possible
 * time.
 *
 * While servers are watched (silents.h), each of them is queried, so that one
 * that is silent is found even if no key is due.  Servers that this host has
 * no route to, or that have no address, are not counted.
 */

#include "probe/private.h"

#include <string.h>

enum start_answer {
	START_UNASKED,
	START_NONE,		/* silent, refused, failed, not authoritative */
	START_GIVEN
};

static uint32_t
least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Copy what is used of the zone's own SOA record. */
static void
take_start(const struct dns_start *own, bool is_first, struct dns_zone *zone)
{
	if (own->expire > zone->expire)
		zone->expire = own->expire;
	if (!is_first)
		return;
	zone->negative_ttl = least(own->ttl, own->minimum);
	(void)strlcpy(zone->primary, own->primary, sizeof(zone->primary));
}

/* Query one server; *has_start is set when the first record was found. */
static enum start_answer
ask_server(struct dns_zones *zones, const struct dns_zone_server *server,
    struct dns_zone *zone, bool *has_start)
{
	const struct dns_question question = {
		zone->apex, LDNS_RR_TYPE_SOA, false, false
	};
	enum dns_query_status status;
	enum start_answer result;
	struct dns_start own;
	ldns_pkt *answer;

	if (!server->has_address)
		return server->is_unknown ? START_NONE : START_UNASKED;
	status = dns_ask_server(zones, &server->address, &question, &answer);
	if (status != DNS_ANSWERED)
		return status == DNS_NO_ROUTE || status == DNS_FAILED ?
		    START_UNASKED : START_NONE;
	result = START_NONE;
	if (dns_is_authoritative(answer)) {
		result = START_GIVEN;
		if (dns_start_read(ldns_pkt_answer(answer), zone->apex,
		    &own)) {
			take_start(&own, !*has_start, zone);
			*has_start = true;
		}
	}
	ldns_pkt_free(answer);
	return result;
}

void
dns_zone_ask_start(struct dns_zones *zones, const struct dns_start *start,
    struct dns_zone *zone)
{
	const bool watches = dns_silents_watches(zones->silents);
	enum start_answer answers[DNS_ZONE_MAX_SERVERS];
	bool has_start = false, is_given = false;
	size_t i;

	zone->negative_ttl = start->minimum;
	zone->expire = start->expire;
	(void)strlcpy(zone->primary, start->primary, sizeof(zone->primary));
	for (i = 0; i < zone->nservers && (watches || !is_given); i++) {
		answers[i] = ask_server(zones, &zone->servers[i], zone,
		    &has_start);
		if (answers[i] == START_GIVEN)
			is_given = true;
	}
	zone->has_start = is_given;
	if (!watches || !is_given)
		return;
	for (i = 0; i < zone->nservers; i++)
		if (answers[i] != START_UNASKED)
			dns_silents_note_start(zones->silents, zone->apex,
			    &zone->servers[i], answers[i] == START_GIVEN);
}
