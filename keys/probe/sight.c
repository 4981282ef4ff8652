/* SPDX-License-Identifier: ISC */

/*
 * What DNS shows for the record of one key.
 *
 * Starting at the key's own name, every server of the zone that holds the name
 * is queried for its TXT record.  If all servers that answer show the same
 * CNAME, it is followed to the next name; otherwise this name is the last one.
 * So each server's CNAME is seen as it is, not as a resolver has cached it.
 */

#include "probe/sight.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe/look.h"
#include "probe/private.h"
#include "probe/wildcard.h"
#include "record/record.h"

#define MAX_HOPS	8	/* CNAMEs; resolvers follow 8 to 16 */

/* The work on one sight: the chain of names, and the current one. */
struct way {
	struct dns_zones		*zones;
	const struct dns_sight_wish	*wish;
	struct dns_sight		*sight;
	struct ks_error			*error;
	char		 names[MAX_HOPS + 1][DKIMSIG_DOMAIN_SIZE];
	size_t		 nnames;
	size_t		 nfollowed;	/* looks at the names before this one */
	/* What the servers show at this name: */
	char		 target[DKIMSIG_DOMAIN_SIZE];	/* of the first CNAME */
	size_t		 naliases;	/* servers that show a CNAME, ... */
	size_t		 nothers;	/* ... and those that answer without */
	bool		 is_split;	/* the CNAMEs differ */
};

static const char *
last_name(const struct way *way)
{
	return way->names[way->nnames - 1];
}

/* The target of the CNAME that should be at this name, or NULL. */
static const char *
wanted_alias(const struct way *way)
{
	return way->nnames == 1 ? way->wish->alias : NULL;
}

/* Whether this is the name at which the TXT record should be. */
static bool
is_record_name(const struct way *way)
{
	return way->wish->alias == NULL ? way->nnames == 1 :
	    strcasecmp(last_name(way), way->wish->alias) == 0;
}

static void
raise_cache_wait(struct way *way, int64_t seconds)
{
	if (seconds > KS_MAX_CACHE_WAIT)
		seconds = KS_MAX_CACHE_WAIT;
	if (seconds > way->sight->cache_wait)
		way->sight->cache_wait = seconds;
}

/* The same for a cache with a negative answer. */
static void
raise_negative_wait(struct way *way, int64_t seconds)
{
	if (seconds > KS_MAX_CACHE_WAIT)
		seconds = KS_MAX_CACHE_WAIT;
	if (seconds > way->sight->negative_wait)
		way->sight->negative_wait = seconds;
	raise_cache_wait(way, seconds);
}

static struct dns_look *
add_look(struct way *way, const struct dns_zone_server *server)
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
	(void)strlcpy(look->zone, sight->zone.apex, sizeof(look->zone));
	look->silent_since = KS_NEVER;
	return look;
}

/* Record that a server gave no usable answer, or that it answers. */
static void
note_answer(struct way *way, const struct dns_zone_server *server,
    struct dns_look *look)
{
	struct dns_silents *silents = way->zones->silents;
	struct silence silence;

	if (look->verdict <= DNS_WRONG)
		dns_silents_note(silents, look->zone, server, true);
	if (look->verdict <= DNS_WRONG || look->verdict == DNS_UNASKED)
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
note_seen(struct way *way, const struct dns_look *look,
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
		raise_cache_wait(way, look->ttl);
	raise_negative_wait(way, look->negative_ttl);
	if (way->sight->published == NULL)
		way->sight->published = seen->published;
	else
		free(seen->published);
}

/* What a wildcard answers is not a record at the name. */
static void
find_wildcard(const struct way *way, const ldns_pkt *answer,
    struct dns_look *look, struct dns_seen *seen)
{
	const char *alias = wanted_alias(way);

	if (look->nrecords == 0 || (look->verdict != DNS_WRONG &&
	    look->verdict != DNS_REVOKED) || (alias != NULL &&
	    strcasecmp(seen->target, alias) == 0) ||
	    !dns_is_wildcard(&look->address, last_name(way), answer))
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
query_address(struct way *way, const struct dns_zone_server *server,
    struct dns_look *look)
{
	const struct dns_question question = {
		last_name(way), LDNS_RR_TYPE_TXT, false, false
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

static int
query_server(struct way *way, const struct dns_zone_server *server)
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

/* Judge the looks at this name, where a CNAME to alias should be. */
static void
judge_aliases(struct way *way, const char *alias)
{
	struct dns_sight *sight = way->sight;
	const size_t prefix = strlen("CNAME ");
	struct dns_look *look;
	size_t i;

	free(sight->published);
	sight->published = NULL;
	for (i = way->nfollowed; i < sight->nlooks; i++) {
		look = &sight->looks[i];
		if (look->verdict <= DNS_WRONG &&
		    look->verdict != DNS_ABSENT) {
			look->verdict = look->is_alias &&
			    strcasecmp(look->text + prefix, alias) == 0 ?
			    DNS_RIGHT : DNS_WRONG;
			look->fault = RECORD_FAULT_NONE;
		}
		look->is_alias = true;
	}
}

static void __attribute__((format(printf, 2, 3)))
summarize(struct way *way, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(way->sight->summary, sizeof(way->sight->summary),
	    format, ap);
	va_end(ap);
}

/* This name is the last one: its looks decide the view. */
static void
end_here(struct way *way)
{
	struct dns_sight *sight = way->sight;

	sight->view = dns_look_judge(sight->looks, sight->nlooks,
	    way->nfollowed);
	/* The servers that were not queried may show the right record. */
	if (sight->zone.nbeyond > 0 && sight->view == LIFECYCLE_FOREIGN)
		sight->view = LIFECYCLE_WRONG;
	if (sight->zone.nbeyond > 0 && sight->view != LIFECYCLE_WRONG &&
	    sight->view != LIFECYCLE_DIFFERENT) {
		sight->view = LIFECYCLE_UNKNOWN;
		summarize(way, "zone %s has %zu server addresses, more than "
		    "the limit of %d: list those that matter in 'servers'",
		    sight->zone.apex,
		    sight->zone.nservers + sight->zone.nbeyond,
		    DNS_ZONE_MAX_SERVERS);
		return;
	}
	dns_look_summarize(sight->looks, sight->nlooks, way->nfollowed,
	    sight->summary, sizeof(sight->summary));
}

/*
 * Go on to the target of the CNAME.  False, with the view set, if there is none
 * to follow.
 */
static bool
follow(struct way *way)
{
	const char *name = last_name(way);
	const char *alias = wanted_alias(way);
	size_t i;

	if (way->naliases == 0 || way->nothers > 0 || way->is_split ||
	    (alias != NULL && strcasecmp(alias, way->target) != 0)) {
		if (alias != NULL)
			judge_aliases(way, alias);
		end_here(way);
		return false;
	}
	judge_aliases(way, way->target);
	way->sight->view = LIFECYCLE_WRONG;
	for (i = 0; i < way->nnames; i++)
		if (strcasecmp(way->names[i], way->target) == 0) {
			summarize(way, "its CNAMEs form a loop: %s points back "
			    "to %s", name, way->target);
			return false;
		}
	if (way->nnames > MAX_HOPS) {
		summarize(way, "a chain of more than %d CNAMEs from %s to %s "
		    "and beyond: resolvers do not follow so many", MAX_HOPS,
		    way->names[0], way->target);
		return false;
	}
	way->nfollowed = way->sight->nlooks;
	(void)strlcpy(way->names[way->nnames++], way->target,
	    sizeof(way->names[0]));
	return true;
}

/* Whether a zone's servers can only be reached from inside of a network. */
static bool
is_inside(const struct dns_zone *zone)
{
	bool has_any = false;
	size_t i;

	for (i = 0; i < zone->nservers; i++) {
		if (!zone->servers[i].has_address)
			continue;
		if (!dns_address_is_private(&zone->servers[i].address))
			return false;
		has_any = true;
	}
	return has_any;
}

/* Find the zone of this name, and query its servers. */
static int
ask_all(struct way *way, bool *has_zone)
{
	const struct dns_sight_wish *wish = way->wish;
	struct dns_sight *sight = way->sight;
	struct ks_error reason;
	size_t i;
	int r;

	way->naliases = way->nothers = 0;
	way->is_split = false;
	(void)strlcpy(sight->name, last_name(way), sizeof(sight->name));
	dns_zone_finish(&sight->zone);
	r = dns_zones_find(way->zones, sight->name, wish->chosen,
	    is_record_name(way) ? wish->nchosen : 0, &sight->zone, &reason);
	*has_zone = r == 0;
	if (r == KS_E_NOMEM || r == KS_E_ARG)
		return dns_fail(way->error, r, "%s", reason.text);
	if (r != 0) {
		sight->view = LIFECYCLE_UNKNOWN;
		dns_look_escape(reason.text, strlen(reason.text),
		    sight->summary, sizeof(sight->summary));
		return 0;
	}
	raise_negative_wait(way, sight->zone.negative_ttl);
	if (is_inside(&sight->zone))
		sight->is_inside = true;
	if (sight->zone.expire > sight->expire)
		sight->expire = sight->zone.expire;
	for (i = 0; r == 0 && i < sight->zone.nservers; i++)
		r = query_server(way, &sight->zone.servers[i]);
	return r == 0 ? 0 : dns_fail(way->error, r, "out of memory");
}

/* Set is_unused and has_other: what caches may hold; and is_shown. */
static void
judge_looks(struct way *way)
{
	struct dns_sight *sight = way->sight;
	const struct dns_look *look;
	size_t i;

	sight->is_unused = sight->view == LIFECYCLE_ABSENT &&
	    way->nnames == 1 && way->wish->alias == NULL;
	sight->is_shown = sight->view == LIFECYCLE_RIGHT;
	for (i = 0; i < sight->nlooks; i++) {
		look = &sight->looks[i];
		/* The servers over the maximum may show anything. */
		if (sight->view == LIFECYCLE_UNKNOWN && i >= way->nfollowed &&
		    look->verdict == DNS_RIGHT && sight->zone.nbeyond == 0)
			sight->is_shown = true;
		/* Caches may have what a wildcard answers. */
		if (look->is_wildcard)
			sight->is_unused = false;
		if (look->is_alias || look->is_wildcard ||
		    look->verdict == DNS_WRONG || look->verdict == DNS_REVOKED)
			sight->has_other = true;
	}
}

int
dns_sight_take(struct dns_zones *zones, const struct dns_sight_wish *wish,
    struct dns_sight *sight, struct ks_error *error)
{
	struct way way = {
		.zones = zones, .wish = wish, .sight = sight,
		.error = error, .nnames = 1
	};
	bool goes_on;
	int r;

	memset(sight, 0, sizeof(*sight));
	sight->silent_since = KS_NEVER;
	if (record_name(wish->domain, wish->selector, way.names[0],
	    sizeof(way.names[0])) != 0)
		return dns_fail(error, KS_E_ARG, "%s._domainkey.%s: too long "
		    "for a domain name", wish->selector, wish->domain);
	raise_cache_wait(&way, wish->ttl);
	do
		r = ask_all(&way, &goes_on);
	while (r == 0 && goes_on && follow(&way));
	if (r != 0)
		dns_sight_finish(sight);
	else
		judge_looks(&way);
	return r;
}

void
dns_sight_finish(struct dns_sight *sight)
{
	dns_zone_finish(&sight->zone);
	free(sight->looks);
	free(sight->published);
	memset(sight, 0, sizeof(*sight));
}
