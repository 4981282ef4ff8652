/* SPDX-License-Identifier: ISC */

/*
 * What DNS shows for the record of one key.
 *
 * Starting at the key's own name, every server of the zone that holds the name
 * is queried for its TXT record.  If all servers that answer show the same
 * CNAME, it is followed to the next name; otherwise this name is the last one.
 * So each server's CNAME is seen as it is, not as a resolver has cached it.
 *
 * The CNAME of a domain and the record that it should lead to belong to
 * different people.  If the CNAME is not right, the way ends there, but the
 * record is looked up as well, so that everybody hears of his own fault only.
 */

#include "probe/sight.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe/look.h"
#include "probe/private.h"
#include "probe/way.h"
#include "record/record.h"

/* Whether this is the name at which the TXT record should be. */
static bool
is_record_name(const struct dns_way *way)
{
	return way->wish->alias == NULL ? way->nnames == 1 :
	    strcasecmp(dns_way_name(way), way->wish->alias) == 0;
}

/* Judge the looks at this name, where a CNAME to alias should be. */
static void
judge_aliases(struct dns_way *way, const char *alias)
{
	struct dns_sight *sight = way->sight;

	free(sight->published);
	sight->published = NULL;
	dns_alias_judge_looks(sight->looks + way->nfollowed,
	    sight->nlooks - way->nfollowed, alias);
}

static void __attribute__((format(printf, 2, 3)))
summarize(struct dns_way *way, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(way->sight->summary, sizeof(way->sight->summary),
	    format, ap);
	va_end(ap);
}

/* The looks at the last name, and nothing else. */
static void
judge_record(struct dns_way *way)
{
	struct dns_sight *sight = way->sight;
	const struct dns_look *looks = sight->looks + way->nfollowed;
	const size_t nlooks = sight->nlooks - way->nfollowed;

	sight->record_view = dns_look_judge(looks, nlooks, 0);
	if (dns_way_zone(way)->nbeyond > 0 &&
	    !lifecycle_is_wrong(sight->record_view) &&
	    sight->record_view != LIFECYCLE_DIFFERENT)
		sight->record_view = LIFECYCLE_UNKNOWN;
	dns_look_summarize(looks, nlooks, 0, sight->record_summary,
	    sizeof(sight->record_summary));
}

/* This name is the last one: its looks decide the view. */
static void
end_here(struct dns_way *way)
{
	struct dns_sight *sight = way->sight;

	judge_record(way);
	if (way->is_aside)
		return;
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

/* Judge the CNAME that is wanted at this name, on its own. */
static void
judge_wanted(struct dns_way *way, const char *alias)
{
	struct dns_sight *sight = way->sight;

	judge_aliases(way, alias);
	sight->alias_fault = dns_alias_find_fault(sight->looks,
	    sight->nlooks, alias);
	sight->alias_view = dns_look_judge(sight->looks, sight->nlooks, 0);
}

/* The CNAME does not lead to the record, which is looked up nevertheless. */
static bool
turn_aside(struct dns_way *way, const char *alias)
{
	struct dns_sight *sight = way->sight;

	sight->record_view = LIFECYCLE_UNKNOWN;
	sight->record_summary[0] = '\0';
	if (way->wish->alias_only)
		return false;
	way->is_aside = true;
	way->nfollowed = sight->nlooks;
	(void)strlcpy(way->names[way->nnames++], alias,
	    sizeof(way->names[0]));
	return true;
}

/*
 * Go on to the target of the CNAME.  False, with the view set, if there is none
 * to follow.
 */
static bool
follow(struct dns_way *way)
{
	const char *name = dns_way_name(way);
	const char *alias = dns_way_alias(way);
	size_t i;

	if (alias != NULL)
		judge_wanted(way, alias);
	if (way->is_aside || way->wish->alias_only || way->naliases == 0 ||
	    way->nothers > 0 || way->is_split ||
	    (alias != NULL && strcasecmp(alias, way->target) != 0)) {
		end_here(way);
		return alias != NULL && turn_aside(way, alias);
	}
	judge_aliases(way, way->target);
	way->sight->view = way->sight->record_view = LIFECYCLE_WRONG;
	for (i = 0; i < way->nnames; i++)
		if (strcasecmp(way->names[i], way->target) == 0) {
			summarize(way, "its CNAMEs form a loop: %s points back "
			    "to %s", name, way->target);
			return false;
		}
	if (way->nnames > DNS_WAY_MAX_HOPS) {
		summarize(way, "a chain of more than %d CNAMEs from %s to %s "
		    "and beyond: resolvers do not follow so many",
		    DNS_WAY_MAX_HOPS, way->names[0], way->target);
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

/* The zone of the last name cannot be found. */
static void
note_no_zone(struct dns_way *way, const char *reason)
{
	struct dns_sight *sight = way->sight;

	sight->record_view = LIFECYCLE_UNKNOWN;
	dns_look_escape(reason, strlen(reason), sight->record_summary,
	    sizeof(sight->record_summary));
	if (dns_way_zone(way)->dead[0] != '\0')
		(void)strlcpy(sight->dead_delegation, sight->record_summary,
		    sizeof(sight->dead_delegation));
	if (way->is_aside)
		return;
	sight->view = LIFECYCLE_UNKNOWN;
	(void)strlcpy(sight->summary, sight->record_summary,
	    sizeof(sight->summary));
	if (dns_way_alias(way) == NULL)
		return;
	sight->alias_view = LIFECYCLE_UNKNOWN;
	sight->alias_fault = DNS_ALIAS_UNKNOWN;
}

/* Find the zone of this name, and query its servers. */
static int
ask_all(struct dns_way *way, bool *has_zone)
{
	const struct dns_sight_wish *wish = way->wish;
	struct dns_sight *sight = way->sight;
	struct dns_zone *zone = dns_way_zone(way);
	struct ks_error reason;
	size_t i;
	int r;

	way->naliases = way->nothers = 0;
	way->is_split = false;
	if (!way->is_aside)
		(void)strlcpy(sight->name, dns_way_name(way),
		    sizeof(sight->name));
	dns_zone_finish(zone);
	r = dns_zones_find(way->zones, dns_way_name(way), wish->chosen,
	    is_record_name(way) ? wish->nchosen : 0, zone, &reason);
	*has_zone = r == 0;
	if (r == KS_E_NOMEM || r == KS_E_ARG)
		return dns_fail(way->error, r, "%s", reason.text);
	if (r != 0) {
		note_no_zone(way, reason.text);
		return 0;
	}
	dns_way_wait_negative(way, zone->negative_ttl);
	if (is_inside(zone))
		sight->is_inside = true;
	if (zone->expire > sight->expire)
		sight->expire = zone->expire;
	for (i = 0; r == 0 && i < zone->nservers; i++)
		r = dns_way_ask(way, &zone->servers[i]);
	return r == 0 ? 0 : dns_fail(way->error, r, "out of memory");
}

/* Set is_unused and has_other: what caches may hold; and is_shown. */
static void
judge_looks(struct dns_way *way)
{
	struct dns_sight *sight = way->sight;
	const struct dns_look *look;
	size_t i;

	sight->is_unused = sight->view == LIFECYCLE_ABSENT &&
	    way->nnames == 1 && way->wish->alias == NULL;
	sight->is_shown = sight->view == LIFECYCLE_RIGHT;
	if (way->wish->alias == NULL) {
		sight->record_view = sight->view;
		(void)strlcpy(sight->record_summary, sight->summary,
		    sizeof(sight->record_summary));
	}
	for (i = 0; i < sight->nlooks; i++) {
		look = &sight->looks[i];
		/* The servers over the maximum may show anything. */
		if (sight->view == LIFECYCLE_UNKNOWN && i >= way->nfollowed &&
		    !way->is_aside && look->verdict == DNS_RIGHT &&
		    sight->zone.nbeyond == 0)
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
	struct dns_way way = {
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
	dns_way_wait(&way, wish->ttl);
	do
		r = ask_all(&way, &goes_on);
	while (r == 0 && goes_on && follow(&way));
	dns_zone_finish(&way.aside);
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
