/* SPDX-License-Identifier: ISC */

/*
 * Asking the servers of a zone what they show at one name: see way.h.
 *
 * Each server is queried for the TXT record; its answer also has a CNAME, if
 * there is one.  What a wildcard answers counts as absent (RFC 4592).  A server
 * that gives no usable answer has a look, too, with the time since when.  Fails
 * only if out of memory.
 */

#include "probe/way.h"

#include <stdlib.h>
#include <string.h>

#include "probe/look.h"
#include "probe/private.h"
#include "probe/wildcard.h"

struct dns_zone *
dns_way_zone(struct dns_way *way)
{
	return way->is_aside ? &way->aside : &way->sight->zone;
}

const char *
dns_way_name(const struct dns_way *way)
{
	return way->names[way->nnames - 1];
}

const char *
dns_way_alias(const struct dns_way *way)
{
	return way->nnames == 1 ? way->wish->alias : NULL;
}

void
dns_way_wait(struct dns_way *way, int64_t seconds)
{
	if (seconds > KS_MAX_CACHE_WAIT)
		seconds = KS_MAX_CACHE_WAIT;
	if (seconds > way->sight->cache_wait)
		way->sight->cache_wait = seconds;
}

void
dns_way_wait_negative(struct dns_way *way, int64_t seconds)
{
	if (seconds > KS_MAX_CACHE_WAIT)
		seconds = KS_MAX_CACHE_WAIT;
	if (seconds > way->sight->negative_wait)
		way->sight->negative_wait = seconds;
	dns_way_wait(way, seconds);
}

static struct dns_look *
add_look(struct dns_way *way, const struct dns_zone_server *server)
{
	struct dns_sight *sight = way->sight;
	struct dns_look *grown, *look;

	grown = recallocarray(sight->looks, sight->nlooks, sight->nlooks + 1,
	    sizeof(*grown));
	if (grown == NULL)
		return NULL;
	sight->looks = grown;
	look = &grown[sight->nlooks++];
	(void)strlcpy(look->server, server->name, sizeof(look->server));
	look->address = server->address;
	look->has_address = server->has_address;
	(void)strlcpy(look->zone, dns_way_zone(way)->apex, sizeof(look->zone));
	look->silent_since = KS_NEVER;
	return look;
}

/* Record that a server gave no usable answer, or that it answers. */
static void
note_answer(struct dns_way *way, const struct dns_zone_server *server,
    struct dns_look *look)
{
	struct dns_silents *silents = way->zones->silents;
	struct silence silence;

	if (look->verdict == DNS_UNASKED)
		return;
	/* If no server of the zone answers, the fault may be on this side. */
	if (look->verdict <= DNS_WRONG || dns_way_zone(way)->has_start)
		dns_silents_note(silents, look->zone, server,
		    look->verdict <= DNS_WRONG);
	if (look->verdict <= DNS_WRONG)
		return;
	silence = dns_silents_find(silents, look->zone, server);
	look->silent_since = silence.since;
	look->is_excepted = silence_is_excepted(&silence,
	    way->wish->unreachable_after, dns_silents_now(silents));
	if (look->silent_since > way->sight->silent_since)
		way->sight->silent_since = look->silent_since;
}

/* Record what one server shows: a CNAME, something else, or nothing. */
static void
note_seen(struct dns_way *way, const struct dns_look *look,
    struct dns_seen *seen)
{
	if (seen->target[0] != '\0') {
		if (way->naliases++ == 0)
			(void)strlcpy(way->target, seen->target,
			    sizeof(way->target));
		else if (strcmp(way->target, seen->target) != 0)
			way->is_split = true;
	} else if (look->verdict <= DNS_WRONG)
		way->nothers++;
	if (look->nrecords > 0)
		dns_way_wait(way, look->ttl);
	dns_way_wait_negative(way, look->negative_ttl);
	if (way->sight->published == NULL)
		way->sight->published = seen->published;
	else
		free(seen->published);
}

/* What a wildcard answers is not a record at the name. */
static void
find_wildcard(const struct dns_way *way, const ldns_pkt *answer,
    struct dns_look *look, struct dns_seen *seen)
{
	const char *alias = dns_way_alias(way);

	if (look->nrecords == 0 || (look->verdict != DNS_WRONG &&
	    look->verdict != DNS_REVOKED) || (alias != NULL &&
	    strcasecmp(seen->target, alias) == 0) ||
	    !dns_is_wildcard(&look->address, dns_way_name(way), answer))
		return;
	look->is_wildcard = true;
	look->is_alias = false;
	look->verdict = DNS_ABSENT;
	look->fault = RECORD_FAULT_ABSENT;
	seen->target[0] = '\0';
	free(seen->published);
	seen->published = NULL;
}

/* Query a server that has an address. */
static int
query_address(struct dns_way *way, const struct dns_zone_server *server,
    struct dns_look *look)
{
	const struct dns_question question = {
		dns_way_name(way), LDNS_RR_TYPE_TXT, false, false
	};
	struct dns_seen seen = { .published = NULL };
	ldns_pkt *answer;
	int r;

	look->status = dns_ask_server(way->zones, &server->address, &question,
	    &answer);
	if (look->status != DNS_ANSWERED) {
		look->verdict = look->status == DNS_NO_ROUTE ? DNS_UNASKED :
		    DNS_SILENT;
		return 0;
	}
	r = dns_look_read(answer, question.name, way->wish->wanted, look,
	    &seen);
	if (r == 0)
		find_wildcard(way, answer, look, &seen);
	ldns_pkt_free(answer);
	if (r == 0)
		note_seen(way, look, &seen);
	return r;
}

int
dns_way_ask(struct dns_way *way, const struct dns_zone_server *server)
{
	struct dns_look *look;
	int r = 0;

	if ((look = add_look(way, server)) == NULL)
		return KS_E_NOMEM;
	if (server->has_address)
		r = query_address(way, server, look);
	else
		look->verdict = server->is_unknown ? DNS_SILENT : DNS_UNASKED;
	if (r == 0)
		note_answer(way, server, look);
	return r;
}
