/* SPDX-License-Identifier: ISC */

/*
 * A zone whose apex is known: its servers, their addresses, and from its SOA
 * record (start.c) the primary server and the negative TTL, that is how long
 * caches may remember that a record is absent (RFC 2308 section 5).
 */

#include "probe/private.h"

#include <stdlib.h>
#include <string.h>

#define PRIMARY_MAX	(sizeof(((struct dns_zone *)NULL)->primary_addresses) \
    / sizeof(((struct dns_zone *)NULL)->primary_addresses[0]))

void
dns_zone_finish(struct dns_zone *zone)
{
	free(zone->servers);
	zone->servers = NULL;
	zone->nservers = 0;
}

/* Add a server, or count it if there are too many; false if out of memory. */
static bool
add_server(struct dns_zone *zone, const struct dns_zone_server *server)
{
	struct dns_zone_server *grown;

	if (zone->nservers == DNS_ZONE_MAX_SERVERS) {
		zone->nbeyond++;
		return true;
	}
	grown = reallocarray(zone->servers, zone->nservers + 1,
	    sizeof(*grown));
	if (grown == NULL)
		return false;
	zone->servers = grown;
	zone->servers[zone->nservers++] = *server;
	return true;
}

/*
 * Add the addresses of one name server.  If it has none, or not all of them
 * could be looked up, add its name without an address.
 */
static int
add_host(struct dns_zones *zones, const char *name, struct dns_zone *zone)
{
	struct dns_zone_server server = { .has_address = true };
	struct dns_cache_entry *entry;
	const struct dns_host *host;
	bool fits = true;
	size_t i;

	if ((host = dns_host_take(zones, name, &entry)) == NULL)
		return KS_E_NOMEM;
	(void)strlcpy(server.name, name, sizeof(server.name));
	for (i = 0; fits && i < host->naddresses; i++) {
		server.address = host->addresses[i];
		fits = add_server(zone, &server);
	}
	zone->nbeyond += host->nbeyond;
	if (fits && (host->is_unknown || host->naddresses == 0)) {
		memset(&server.address, 0, sizeof(server.address));
		server.has_address = false;
		server.is_unknown = host->is_unknown;
		fits = add_server(zone, &server);
	}
	dns_cache_release(zones->hosts, entry);
	return fits ? 0 : KS_E_NOMEM;
}

/* Add the servers in the zone's NS records. */
static int
add_named_servers(struct dns_zones *zones, struct dns_zone *zone,
    struct ks_error *error)
{
	char name[DKIMSIG_DOMAIN_SIZE];
	const ldns_rr *rr;
	ldns_pkt *answer;
	size_t i = 0;
	int r;

	r = dns_ask_resolvers(zones, zone->apex, LDNS_RR_TYPE_NS, &answer,
	    error);
	while (r == 0 && (rr = dns_next_rr(ldns_pkt_answer(answer),
	    zone->apex, LDNS_RR_TYPE_NS, &i)) != NULL)
		if (dns_name_text(ldns_rr_rdf(rr, 0), name))
			r = add_host(zones, name, zone);
		else
			zone->nbeyond++;
	ldns_pkt_free(answer);
	if (r == 0 && zone->nservers == 0)
		r = dns_fail(error, KS_E_SYSTEM,
		    "zone %s: no NS record found: check its delegation",
		    zone->apex);
	return r;
}

static int
add_chosen_servers(const struct dns_zone_server *chosen, size_t nchosen,
    struct dns_zone *zone)
{
	size_t i;

	for (i = 0; i < nchosen; i++)
		if (!add_server(zone, &chosen[i]))
			return KS_E_NOMEM;
	return 0;
}

/* Add the addresses of the primary server, if it has any. */
static int
add_primary(struct dns_zones *zones, struct dns_zone *zone)
{
	struct dns_cache_entry *entry;
	const struct dns_host *host;
	size_t i;

	if (zone->primary[0] == '\0')
		return 0;
	if ((host = dns_host_take(zones, zone->primary, &entry)) == NULL)
		return KS_E_NOMEM;
	for (i = 0; i < host->naddresses && i < PRIMARY_MAX; i++)
		zone->primary_addresses[zone->nprimary++] =
		    host->addresses[i];
	dns_cache_release(zones->hosts, entry);
	return 0;
}

int
dns_zone_make(struct dns_zones *zones, const struct dns_start *start,
    const struct dns_zone_server *chosen, size_t nchosen,
    struct dns_zone *zone, struct ks_error *error)
{
	int r;

	memset(zone, 0, sizeof(*zone));
	(void)strlcpy(zone->apex, start->apex, sizeof(zone->apex));
	r = nchosen > 0 ? add_chosen_servers(chosen, nchosen, zone) :
	    add_named_servers(zones, zone, error);
	if (r == 0) {
		dns_zone_ask_start(zones, start, zone);
		r = add_primary(zones, zone);
	}
	if (r != 0)
		dns_zone_finish(zone);
	return r == KS_E_NOMEM ? dns_fail(error, r, "out of memory") : r;
}
