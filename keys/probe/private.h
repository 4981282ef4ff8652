/* SPDX-License-Identifier: ISC */

/*
 * What the parts that look at DNS share.
 */

#ifndef DNS_PRIVATE_H
#define DNS_PRIVATE_H

#include <ldns/ldns.h>

#include "probe/cache.h"
#include "probe/health.h"
#include "probe/query.h"
#include "probe/zone.h"

struct dns_zones {
	struct dns_resolvers	 resolvers;
	struct dns_health	*health;
	struct dns_cache	*hosts;		/* struct dns_host */
	struct dns_cache	*found;		/* struct dns_found */
};

/* Set the text of an error, which may be NULL, and return code. */
int	dns_fail(struct ks_error *error, int code, const char *format, ...)
	    __attribute__((format(printf, 3, 4)));

/* -- What answers say ---------------------------------------------------- */

/*
 * A name in small letters without final dot, the root as ""; false when it is
 * longer than a domain name may be, or out of memory.
 */
bool	dns_name_text(const ldns_rdf *rdf, char name[DKIMSIG_DOMAIN_SIZE]);

/* The name without its first label; NULL for the root. */
const char *dns_name_parent(const char *name);

/* Whether name is parent, or below it; the root is "". */
bool	dns_name_is_within(const char *name, const char *parent);

/* The next record of that owner and type from *i on, or NULL. */
const ldns_rr *dns_next_rr(const ldns_rr_list *list, const char *owner,
	    ldns_rr_type type, size_t *i);

/* "TXT", ...; static. */
const char *dns_type_name(ldns_rr_type type);

/* -- Asking -------------------------------------------------------------- */

/*
 * dns_query(), but a server that was silent again and again is not waited for
 * as long.
 */
enum dns_query_status dns_ask_server(struct dns_zones *zones,
	    const struct dns_address *server,
	    const struct dns_question *question, ldns_pkt **answer);

/*
 * Ask the resolvers in order until one answers NOERROR or NXDOMAIN.  Returns
 * 0, or KS_E_SYSTEM; error names each resolver and what it said.
 */
int	dns_ask_resolvers(struct dns_zones *zones, const char *name,
	    ldns_rr_type type, ldns_pkt **answer, struct ks_error *error);

/*
 * Ask servers that serve a zone, as above, until one answers with authority.
 */
int	dns_ask_authority(struct dns_zones *zones,
	    const struct dns_zone_server *servers, size_t nservers,
	    const char *name, ldns_rr_type type, ldns_pkt **answer,
	    struct ks_error *error);

/* The addresses of a host; is_unknown: not all could be looked up. */
#define DNS_HOST_MAX	16
struct dns_host {
	struct dns_address	 addresses[DNS_HOST_MAX];
	size_t			 naddresses;
	size_t			 nbeyond;
	bool			 is_unknown;
};
/* NULL when out of memory; to be released from zones->hosts. */
const struct dns_host *dns_host_take(struct dns_zones *zones,
	    const char *name, struct dns_cache_entry **entry);

/* -- Zones --------------------------------------------------------------- */

/* A zone as it was found, or why it was not. */
struct dns_found {
	struct dns_zone	 zone;
	int		 r;
	struct ks_error	 error;
};

/* Where a zone begins, by an SOA record. */
struct dns_start {
	char		 apex[DKIMSIG_DOMAIN_SIZE];
	char		 primary[DKIMSIG_DOMAIN_SIZE];
	uint32_t	 ttl, minimum;
};

/* Read the SOA record of that owner in a list; false if there is none. */
bool	dns_start_read(const ldns_rr_list *list, const char *owner,
	    struct dns_start *start);

/*
 * Make the zone that begins there: its servers, or those chosen, the
 * addresses, and how long what is absent is remembered.
 */
int	dns_zone_make(struct dns_zones *zones, const struct dns_start *start,
	    const struct dns_zone_server *chosen, size_t nchosen,
	    struct dns_zone *zone, struct ks_error *error);

#endif /* DNS_PRIVATE_H */
