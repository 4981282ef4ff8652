/* SPDX-License-Identifier: ISC */

/*
 * The zones of one run.
 *
 * The apex is looked up for each name, because any label may be delegated.  The
 * rest of a zone is looked up once for all names in it.  A failure is cached
 * too, but only for a short time.
 */

#include "probe/private.h"
#include "probe/transport.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ZONES	1000
#define MAX_HOSTS	4000
#define FOUND_SECONDS	600	/* a zone is kept */
#define FAILED_SECONDS	30	/* a failed lookup is kept */

/* The servers that the configuration chooses; none: use the NS records. */
struct choice {
	struct dns_zone_server	*servers;
	size_t			 nservers;
};

/* Which zone to look up: the context of make_found(). */
struct zone_wish {
	struct dns_zones	*zones;
	const struct dns_start	*start;
	const struct choice	*choice;
};

static void
free_found(void *value)
{
	struct dns_found *found = value;

	dns_zone_finish(&found->zone);
	free(found);
}

int
dns_zones_new(struct dns_zones **zones, const struct dns_resolvers *resolvers,
    struct ks_error *error)
{
	struct dns_zones *new;

	*zones = NULL;
	if ((new = calloc(1, sizeof(*new))) == NULL)
		return dns_fail(error, KS_E_NOMEM, "out of memory");
	new->resolvers = *resolvers;
	new->health = dns_health_new();
	new->tls = dns_tls_new();
	new->hosts = dns_cache_new(MAX_HOSTS, free);
	new->found = dns_cache_new(MAX_ZONES, free_found);
	if (new->health == NULL || new->tls == NULL || new->hosts == NULL ||
	    new->found == NULL) {
		dns_zones_free(new);
		return dns_fail(error, KS_E_NOMEM, "out of memory");
	}
	*zones = new;
	return 0;
}

void
dns_zones_free(struct dns_zones *zones)
{
	if (zones == NULL)
		return;
	dns_cache_free(zones->found);
	dns_cache_free(zones->hosts);
	dns_tls_free(zones->tls);
	dns_health_free(zones->health);
	free(zones);
}

void
dns_zones_know(struct dns_zones *zones, struct dns_silents *silents)
{
	zones->silents = silents;
}

static int
make_choice(const char *const *texts, size_t ntexts, struct choice *choice,
    struct ks_error *error)
{
	struct dns_zone_server *server;
	size_t i;

	memset(choice, 0, sizeof(*choice));
	if (ntexts == 0)
		return 0;
	choice->servers = calloc(ntexts, sizeof(*choice->servers));
	if (choice->servers == NULL)
		return dns_fail(error, KS_E_NOMEM, "out of memory");
	for (i = 0; i < ntexts; i++) {
		server = &choice->servers[i];
		if (!dns_address_parse(texts[i], &server->address))
			return dns_fail(error, KS_E_ARG,
			    "\"%s\" is not the address of a server: write it "
			    "as 192.0.2.1 or 127.0.0.1@5353", texts[i]);
		server->has_address = true;
		(void)strlcpy(server->name, server->address.text,
		    sizeof(server->name));
		choice->nservers++;
	}
	return 0;
}

static int
ask_start(struct dns_zones *zones, const struct choice *choice,
    const char *name, ldns_pkt **answer, struct ks_error *error)
{
	return choice->nservers > 0 ?
	    dns_ask_authority(zones, choice->servers, choice->nservers, name,
	    LDNS_RR_TYPE_SOA, answer, error) :
	    dns_ask_resolvers(zones, name, LDNS_RR_TYPE_SOA, answer, error);
}

/* Whether the answer to an SOA query shows the apex of the name's zone. */
static bool
shows_start(const ldns_pkt *answer, const char *name,
    struct dns_start *start)
{
	const ldns_rr_list *authority = ldns_pkt_authority(answer);
	char owner[DKIMSIG_DOMAIN_SIZE];
	size_t i = 0;

	if (dns_start_read(ldns_pkt_answer(answer), name, start))
		return true;
	/* An SOA record in this answer is that of the CNAME's target. */
	if (dns_next_rr(ldns_pkt_answer(answer), name, LDNS_RR_TYPE_CNAME,
	    &i) != NULL)
		return false;
	for (i = 0; i < ldns_rr_list_rr_count(authority); i++)
		if (dns_name_text(ldns_rr_owner(ldns_rr_list_rr(authority,
		    i)), owner) && dns_name_is_within(name, owner) &&
		    dns_start_read(authority, owner, start))
			return true;
	return false;
}

static int
find_start(struct dns_zones *zones, const struct choice *choice,
    const char *name, struct dns_start *start, struct ks_error *error)
{
	const char *above;
	ldns_pkt *answer;
	bool is_found = false;
	int r = 0;

	for (above = name; r == 0 && !is_found && above != NULL &&
	    *above != '\0'; above = dns_name_parent(above)) {
		r = ask_start(zones, choice, above, &answer, error);
		if (r == 0)
			is_found = shows_start(answer, above, start);
		ldns_pkt_free(answer);
	}
	if (r == 0 && (!is_found || start->apex[0] == '\0'))
		r = dns_fail(error, KS_E_SYSTEM, "%s: no zone in DNS contains "
		    "this name: its domain is not registered or not "
		    "delegated", name);
	return r;
}

static void *
make_found(void *context, int64_t *seconds)
{
	const struct zone_wish *wish = context;
	struct dns_found *found;

	if ((found = calloc(1, sizeof(*found))) == NULL)
		return NULL;
	found->r = dns_zone_make(wish->zones, wish->start,
	    wish->choice->servers, wish->choice->nservers, &found->zone,
	    &found->error);
	*seconds = found->r == 0 ? FOUND_SECONDS : FAILED_SECONDS;
	return found;
}

/* The key of a zone in the cache: its apex and the chosen servers. */
static char *
make_key(const struct dns_start *start, const struct choice *choice)
{
	const size_t size = sizeof(start->apex) +
	    choice->nservers * (DNS_ADDRESS_SIZE + 1);
	char *key;
	size_t i;

	if ((key = malloc(size)) == NULL)
		return NULL;
	(void)strlcpy(key, start->apex, size);
	for (i = 0; i < choice->nservers; i++) {
		(void)strlcat(key, " ", size);
		(void)strlcat(key, choice->servers[i].address.text, size);
	}
	return key;
}

static int
copy_zone(const struct dns_found *found, struct dns_zone *zone,
    struct ks_error *error)
{
	const struct dns_zone *from = &found->zone;

	if (found->r != 0)
		return dns_fail(error, found->r, "%s", found->error.text);
	*zone = *from;
	zone->servers = calloc(from->nservers, sizeof(*zone->servers));
	if (zone->servers == NULL)
		return dns_fail(error, KS_E_NOMEM, "out of memory");
	memcpy(zone->servers, from->servers,
	    from->nservers * sizeof(*zone->servers));
	return 0;
}

/* Take the zone with that apex from the cache, which makes it if needed. */
static int
take_zone(struct dns_zones *zones, const struct dns_start *start,
    const struct choice *choice, struct dns_zone *zone,
    struct ks_error *error)
{
	struct zone_wish wish = { zones, start, choice };
	struct dns_cache_entry *entry = NULL;
	const struct dns_found *found = NULL;
	char *key;
	int r;

	if ((key = make_key(start, choice)) != NULL)
		found = dns_cache_take(zones->found, key, make_found, &wish,
		    &entry);
	free(key);
	if (found == NULL)
		return dns_fail(error, KS_E_NOMEM, "out of memory");
	r = copy_zone(found, zone, error);
	dns_cache_release(zones->found, entry);
	return r;
}

/* No zone was found: a delegation above the name may be dead. */
static void
find_dead(struct dns_zones *zones, const struct choice *choice,
    const char *name, char dead[DKIMSIG_DOMAIN_SIZE], struct ks_error *error)
{
	const char *above = name;
	struct dns_start start;
	struct dns_zone zone;
	int r = KS_E_SYSTEM;

	if (!dns_is_dead(zones, name))
		return;
	while (r != 0 && (above = dns_name_parent(above)) != NULL &&
	    *above != '\0')
		r = find_start(zones, choice, above, &start, NULL);
	if (r != 0)
		return;
	memset(&zone, 0, sizeof(zone));
	if (take_zone(zones, &start, choice, &zone, NULL) == 0 &&
	    !dns_find_dead(zones, &zone, name, dead, error))
		dead[0] = '\0';
	dns_zone_finish(&zone);
}

int
dns_zones_find(struct dns_zones *zones, const char *name,
    const char *const *chosen, size_t nchosen, struct dns_zone *zone,
    struct ks_error *error)
{
	char dead[DKIMSIG_DOMAIN_SIZE] = "";
	struct dns_start start;
	struct choice choice;
	int r;

	memset(zone, 0, sizeof(*zone));
	if ((r = make_choice(chosen, nchosen, &choice, error)) == 0) {
		r = find_start(zones, &choice, name, &start, error);
		if (r == 0)
			r = take_zone(zones, &start, &choice, zone, error);
		else
			find_dead(zones, &choice, name, dead, error);
	}
	free(choice.servers);
	if (r != 0) {
		memset(zone, 0, sizeof(*zone));
		(void)strlcpy(zone->dead, dead, sizeof(zone->dead));
	}
	return r;
}
