/* SPDX-License-Identifier: ISC */

/*
 * The zone and its servers, and how long what they say is kept: all of it
 * known to the caller; no question is asked.
 */

#include <arpa/inet.h>

#include <inttypes.h>
#include <string.h>

#include "advice/private.h"

#define LONG_TTL	86400u	/* seconds; a wrong record stays that long */
#define SHORT_TTL	60u
#define LONG_NEGATIVE	10800u	/* RFC 2308 section 5: one to three hours */

#define PREFIX4		3u	/* octets of a /24 */
#define PREFIX6		6u	/* octets of a /48 */

static void
advise_on_ttl(struct adviser *adviser, const struct advice_record *record)
{
	char shortest[ADVISER_DURATION_SIZE], longest[ADVISER_DURATION_SIZE];

	if (!record->has_ttl)
		return;
	adviser_duration(record->ttl_min, shortest);
	adviser_duration(record->ttl_max, longest);
	if (record->ttl_max > LONG_TTL)
		adviser_note(adviser, ADVICE_NOTE, "ttl", record->name,
		    "TTL of %s: a wrong or compromised key stays in caches "
		    "for that long: an hour is enough", longest);
	if (record->ttl_min < SHORT_TTL)
		adviser_note(adviser, ADVICE_NOTE, "ttl", record->name,
		    "TTL of %s: nearly each mail asks the servers, and a "
		    "short outage of them loses signatures: an hour is better",
		    shortest);
	if (record->ttl_min != record->ttl_max)
		adviser_note(adviser, ADVICE_NOTE, "ttl", record->name,
		    "TTL from %s to %s at the servers: one of them is behind, "
		    "or answers from a cache", shortest, longest);
}

static void
advise_on_negative_ttl(struct adviser *adviser)
{
	const struct advice_facts *facts = adviser->facts;
	char text[ADVISER_DURATION_SIZE];

	if (!facts->has_negative_ttl || facts->negative_ttl <= LONG_NEGATIVE)
		return;
	adviser_duration(facts->negative_ttl, text);
	adviser_note(adviser, facts->negative_ttl > LONG_TTL ?
	    ADVICE_WARNING : ADVICE_NOTE, "ttl",
	    facts->zone == NULL ? facts->domain : facts->zone,
	    "negative TTL (last number of the SOA record) of %s: who asked "
	    "for a key before it was published misses it for that long, and "
	    "each rotation waits as long: an hour is enough", text);
}

static void
advise_on_server(struct adviser *adviser, const struct advice_server *server)
{
	const char *at = server->address == NULL ? "" : server->address;

	switch (server->state) {
	case ADVICE_SERVER_SILENT:
		adviser_note(adviser, ADVICE_WARNING, "servers",
		    server->name, "%s does not answer: fix it, or take it "
		    "out of the NS records", at);
		break;
	case ADVICE_SERVER_LAME:
		adviser_note(adviser, ADVICE_WARNING, "servers",
		    server->name, "%s is lame: it does not serve this zone: "
		    "load the zone there, or take it out of the NS records",
		    at);
		break;
	case ADVICE_SERVER_NAMELESS:
		adviser_note(adviser, ADVICE_WARNING, "servers",
		    server->name, "this name of a server has no address: "
		    "give it one, or take it out of the NS records");
		break;
	case ADVICE_SERVER_FINE:
	default:
		break;
	}
}

static size_t
count_names(const struct advice_facts *facts)
{
	size_t i, j, n = 0;

	for (i = 0; i < facts->nservers; i++) {
		for (j = 0; j < i; j++)
			if (strcmp(facts->servers[i].name,
			    facts->servers[j].name) == 0)
				break;
		n += j == i;
	}
	return n;
}

/*
 * Whether all addresses of a family share one prefix; n gets how many
 * different ones there are.
 */
static bool
share_prefix(const struct advice_facts *facts, int family, size_t prefix,
    size_t *n)
{
	unsigned char first[16], address[16];
	size_t i, width = family == AF_INET ? 4 : 16;
	bool differ = false;

	*n = 0;
	for (i = 0; i < facts->nservers; i++) {
		if (facts->servers[i].address == NULL ||
		    inet_pton(family, facts->servers[i].address, address) != 1)
			continue;
		if (*n == 0)
			memcpy(first, address, width);
		else if (memcmp(first, address, width) == 0)
			continue;
		else if (memcmp(first, address, prefix) != 0)
			differ = true;
		(*n)++;
	}
	return !differ;
}

static void
advise_on_server_set(struct adviser *adviser, const char *zone)
{
	const struct advice_facts *facts = adviser->facts;
	size_t n4, n6;
	bool near4, near6;

	near4 = share_prefix(facts, AF_INET, PREFIX4, &n4);
	near6 = share_prefix(facts, AF_INET6, PREFIX6, &n6);
	if (count_names(facts) == 1)
		adviser_note(adviser, ADVICE_NOTE, "servers", zone,
		    "only one name server: when it fails, no mail verifies: "
		    "RFC 2182 wants two at different places");
	else if (near4 && near6 && (n4 > 1 || n6 > 1))
		adviser_note(adviser, ADVICE_NOTE, "servers", zone,
		    "all name servers are in one network (a /24, a /48): an "
		    "outage there takes all of them: RFC 2182 wants "
		    "different places");
}

void
advise_on_zone(struct adviser *adviser)
{
	const struct advice_facts *facts = adviser->facts;
	size_t i;

	for (i = 0; i < facts->nrecords; i++)
		advise_on_ttl(adviser, &facts->records[i]);
	advise_on_negative_ttl(adviser);
	for (i = 0; i < facts->nservers; i++)
		advise_on_server(adviser, &facts->servers[i]);
	if (!facts->servers_chosen && facts->nservers > 0)
		advise_on_server_set(adviser, facts->zone == NULL ?
		    facts->domain : facts->zone);
}
