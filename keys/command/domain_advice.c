/* SPDX-License-Identifier: ISC */

/*
 * Convert what was seen of a domain's keys in DNS to the facts that advice is
 * based on, and provide the resolver that is asked for the rest.
 *
 * Resolvers are asked in order until one answers.  The label that would match a
 * wildcard is random, so that no cache knows it.  Fails only if out of memory.
 */

#include "command/domain_advice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"

#define RANDOM_OCTETS	16	/* of a label that nobody has */

/* Ask the resolvers until one answers; see struct advice_resolver. */
static ldns_pkt *
ask_resolver(void *context, const char *name, ldns_rr_type type,
    bool checking_disabled)
{
	const struct dns_resolvers *resolvers = context;
	const struct dns_question question = {
		.name = name, .type = type, .recursive = true,
		.checking_disabled = checking_disabled
	};
	ldns_pkt *answer;
	size_t i;

	for (i = 0; i < resolvers->naddresses; i++)
		if (dns_query(&resolvers->addresses[i], &question,
		    &answer) == DNS_ANSWERED)
			return answer;
	return NULL;
}

static enum advice_server_state
server_state(const struct dns_sight *sight,
    const struct dns_zone_server *server)
{
	const struct dns_look *look;
	size_t i;

	if (!server->has_address)
		return ADVICE_SERVER_NAMELESS;
	for (i = 0; i < sight->nlooks; i++) {
		look = &sight->looks[i];
		if (!look->has_address || look->is_alias ||
		    strcmp(look->address.text, server->address.text) != 0)
			continue;
		if (look->verdict == DNS_SILENT)
			return ADVICE_SERVER_SILENT;
		if (look->verdict == DNS_LAME)
			return ADVICE_SERVER_LAME;
	}
	return ADVICE_SERVER_FINE;
}

/* The servers of the first key's zone, in which all keys' records are. */
static struct advice_server *
list_servers(const struct dns_sight *sight)
{
	const struct dns_zone *zone = &sight->zone;
	struct advice_server *servers;
	size_t i;

	servers = calloc(zone->nservers + 1, sizeof(*servers));
	for (i = 0; servers != NULL && i < zone->nservers; i++) {
		servers[i].name = zone->servers[i].name;
		servers[i].address = zone->servers[i].has_address ?
		    zone->servers[i].address.text : NULL;
		servers[i].state = server_state(sight, &zone->servers[i]);
	}
	return servers;
}

static struct advice_record *
list_records(const struct domain_check *check)
{
	struct advice_record *records, *record;
	const struct dns_look *look;
	size_t i, j;

	records = calloc(check->nkeys + 1, sizeof(*records));
	for (i = 0; records != NULL && i < check->nkeys; i++) {
		record = &records[i];
		record->name = check->keys[i].record.lookup;
		record->alias = check->keys[i].key->record[0] == '\0' ?
		    NULL : check->keys[i].key->record;
		record->is_absent =
		    check->keys[i].key->revoked == KS_NEVER &&
		    check->keys[i].sight.view == LIFECYCLE_ABSENT;
		for (j = 0; j < check->keys[i].sight.nlooks; j++) {
			look = &check->keys[i].sight.looks[j];
			if (look->verdict != DNS_RIGHT || look->is_alias)
				continue;
			if (!record->has_ttl || look->ttl < record->ttl_min)
				record->ttl_min = look->ttl;
			if (!record->has_ttl || look->ttl > record->ttl_max)
				record->ttl_max = look->ttl;
			record->has_ttl = true;
		}
	}
	return records;
}

static void
make_label(char label[HEX_SIZE(RANDOM_OCTETS)])
{
	unsigned char octets[RANDOM_OCTETS];

	arc4random_buf(octets, sizeof(octets));
	hex_print(octets, sizeof(octets), label);
}

int
domain_advice_gather(const struct domain_check *check,
    struct advice **advice)
{
	const struct advice_resolver resolver = {
		.ask = ask_resolver,
		.context = &check->view.run->resolvers
	};
	struct advice_facts facts = {
		.domain = check->domain,
		.cname_zone = check->view.rotation->cname_zone,
		.now = check->now
	};
	struct advice_record *records;
	struct advice_server *servers = NULL;
	const struct dns_zone *zone;
	char label[HEX_SIZE(RANDOM_OCTETS)];
	int r;

	make_label(label);
	facts.random_label = label;
	records = list_records(check);
	facts.records = records;
	/* If no record could be made, there is no name to look up. */
	facts.nrecords = check->nkeys > 0 &&
	    check->keys[0].record.lookup[0] != '\0' ? check->nkeys : 0;
	if (check->nkeys > 0 && check->keys[0].sight.zone.apex[0] != '\0') {
		zone = &check->keys[0].sight.zone;
		servers = list_servers(&check->keys[0].sight);
		facts.zone = zone->apex;
		facts.servers = servers;
		facts.nservers = servers == NULL ? 0 : zone->nservers;
		facts.has_negative_ttl = true;
		facts.negative_ttl = zone->negative_ttl;
	}
	*advice = calloc(1, sizeof(**advice));
	r = records == NULL || *advice == NULL ? KS_E_NOMEM : 0;
	if (r == 0)
		advice_gather(&facts, &resolver, *advice);
	free(servers);
	free(records);
	return r;
}
