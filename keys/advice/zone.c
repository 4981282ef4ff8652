/* SPDX-License-Identifier: ISC */

/*
 * Advice on times to live, also of negative answers (RFC 2308 section 5), and
 * on name servers that do not work.
 *
 * The caller knows all facts, so no query is sent, and nothing can fail.  How
 * many servers a zone has, and in which networks, is not checked: the operator
 * of the zone knows.
 */

#include <stddef.h>

#include "advice/private.h"

#define LONG_TTL	86400u	/* seconds a wrong record is cached */
#define SHORT_TTL	60u
#define LONG_NEGATIVE	10800u	/* seconds; RFC 2308 section 5 */

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
		    "TTL of %s: nearly every message queries the servers, and "
		    "during a short outage of them signatures fail: an hour is "
		    "better",
		    shortest);
	if (record->ttl_min != record->ttl_max)
		adviser_note(adviser, ADVICE_NOTE, "ttl", record->name,
		    "TTL from %s to %s on the servers: one of them is behind, "
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
	    "negative TTL (last number of the SOA record) of %s: a receiver "
	    "that asked for a key before it was published does not see it for "
	    "that long, and each rotation waits as long: an hour is "
	    "enough", text);
}

static void
advise_on_server(struct adviser *adviser, const struct advice_server *server)
{
	const char *at = server->address == NULL ? "" : server->address;

	switch (server->state) {
	case ADVICE_SERVER_SILENT:
		adviser_note(adviser, ADVICE_WARNING, "servers",
		    server->name, "%s does not answer: fix it, or remove it "
		    "from the NS records", at);
		break;
	case ADVICE_SERVER_LAME:
		adviser_note(adviser, ADVICE_WARNING, "servers",
		    server->name, "%s is lame: it does not serve this zone: "
		    "load the zone there, or remove it from the NS records",
		    at);
		break;
	case ADVICE_SERVER_NAMELESS:
		adviser_note(adviser, ADVICE_WARNING, "servers",
		    server->name, "this server name has no address: give it "
		    "one, or remove it from the NS records");
		break;
	case ADVICE_SERVER_FINE:
	default:
		break;
	}
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
}
