/* SPDX-License-Identifier: ISC */

/*
 * Declarations that only the files of this room share.
 */

#ifndef DNS_PRIVATE_H
#define DNS_PRIVATE_H

#include <ldns/ldns.h>

#include "probe/cache.h"
#include "probe/health.h"
#include "probe/query.h"
#include "probe/silents.h"
#include "probe/zone.h"

struct dns_zones {
	struct dns_resolvers	 resolvers;
	struct dns_health	*health;
	struct dns_tls		*tls;
	struct dns_cache	*hosts;		/* struct dns_host */
	struct dns_cache	*found;		/* struct dns_found */
	struct dns_silents	*silents;	/* borrowed, or NULL */
};

/* Set the text of error, which may be NULL.  Returns code. */
int	dns_fail(struct ks_error *error, int code, const char *format, ...)
	    __attribute__((format(printf, 3, 4)));

/* -- Reading answers ----------------------------------------------------- */

/*
 * Print a name in lower case without the final dot; the root is "".  Returns
 * false if the text does not fit, or if out of memory.
 */
bool	dns_name_text(const ldns_rdf *rdf, char name[DKIMSIG_DOMAIN_SIZE]);

/* The name without its first label, part of the argument; NULL for the root. */
const char *dns_name_parent(const char *name);

/* Whether name is parent or a name below it.  The root is "". */
bool	dns_name_is_within(const char *name, const char *parent);

/*
 * The next record in the list, from index *i on, with that owner and type and
 * class IN, or NULL.  Sets *i to the index after it.
 */
const ldns_rr *dns_next_rr(const ldns_rr_list *list, const char *owner,
	    ldns_rr_type type, size_t *i);

/* "TXT", ...; static. */
const char *dns_type_name(ldns_rr_type type);

/* Whether a server of a zone answers for it: NOERROR or NXDOMAIN, with AA. */
bool	dns_is_authoritative(const ldns_pkt *answer);

/* -- Sending queries ----------------------------------------------------- */

/*
 * Like dns_query(), but with a shorter timeout for a server that has not
 * answered several times in a row (health.h).
 */
enum dns_query_status dns_ask_server(struct dns_zones *zones,
	    const struct dns_address *server,
	    const struct dns_question *question, ldns_pkt **answer);

/*
 * Query the resolvers in order until one answers NOERROR or NXDOMAIN.  Returns
 * 0 with the answer, which the caller frees, or KS_E_SYSTEM; error, which may
 * be NULL, then has the failure of each resolver.
 */
int	dns_ask_resolvers(struct dns_zones *zones, const char *name,
	    ldns_rr_type type, ldns_pkt **answer, struct ks_error *error);

/*
 * The same for the name servers of a zone, until one gives an authoritative
 * answer.
 */
int	dns_ask_authority(struct dns_zones *zones,
	    const struct dns_zone_server *servers, size_t nservers,
	    const char *name, ldns_rr_type type, ldns_pkt **answer,
	    struct ks_error *error);

/* The addresses of a host. */
#define DNS_HOST_MAX	16	/* addresses kept; see nbeyond */
struct dns_host {
	struct dns_address	 addresses[DNS_HOST_MAX];
	size_t			 naddresses;
	size_t			 nbeyond;	/* more than the maximum */
	bool			 is_unknown;	/* a lookup failed */
};
/*
 * Look up the addresses of a host; the caller releases *entry to zones->hosts.
 * NULL if out of memory.
 */
const struct dns_host *dns_host_take(struct dns_zones *zones,
	    const char *name, struct dns_cache_entry **entry);

/* -- Zones --------------------------------------------------------------- */

/* The result of looking up a zone: the zone, or the error. */
struct dns_found {
	struct dns_zone	 zone;
	int		 r;		/* 0 or KS_E_* */
	struct ks_error	 error;		/* if r is not 0 */
};

/* The apex of a zone, and the fields of its SOA record that are used here. */
struct dns_start {
	char		 apex[DKIMSIG_DOMAIN_SIZE];
	char		 primary[DKIMSIG_DOMAIN_SIZE];
	uint32_t	 ttl, minimum, expire;
};

/* Read the SOA record with that owner in a list; false if there is none. */
bool	dns_start_read(const ldns_rr_list *list, const char *owner,
	    struct dns_start *start);

/*
 * Query the zone's servers for its SOA record, and fill in what comes from it:
 * primary, negative_ttl and expire.
 *
 * start   the record as a resolver has it
 */
void	dns_zone_ask_start(struct dns_zones *zones,
	    const struct dns_start *start, struct dns_zone *zone);

/* Whether the resolvers say that nobody answers for a name. */
bool	dns_is_dead(struct dns_zones *zones, const char *name);

/*
 * Whether such a name is within a delegation whose servers do not answer; then
 * delegated is the name that is delegated, and error says what to do.
 *
 * above   the first zone above the name for which there are answers
 */
bool	dns_find_dead(struct dns_zones *zones, const struct dns_zone *above,
	    const char *name, char delegated[DKIMSIG_DOMAIN_SIZE],
	    struct ks_error *error);

/*
 * Fill in the zone with that apex: its servers (the chosen ones, if any), the
 * addresses of its primary server, and its negative TTL.  Returns 0 or KS_E_*.
 */
int	dns_zone_make(struct dns_zones *zones, const struct dns_start *start,
	    const struct dns_zone_server *chosen, size_t nchosen,
	    struct dns_zone *zone, struct ks_error *error);

#endif /* DNS_PRIVATE_H */
