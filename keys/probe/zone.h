/* SPDX-License-Identifier: ISC */

/*
 * The zone that holds a name, and every server that serves it: found with a
 * recursive resolver, then queried directly.
 */

#ifndef DNS_ZONE_H
#define DNS_ZONE_H

#include <stddef.h>
#include <stdint.h>

#include "dkimsig/dkimsig.h"
#include "probe/address.h"
#include "store/keystore.h"

#define DNS_MAX_RESOLVERS	8
#define DNS_ZONE_MAX_SERVERS	64	/* addresses; see nbeyond */

struct dns_resolvers {
	struct dns_address	 addresses[DNS_MAX_RESOLVERS];
	size_t			 naddresses;
};

/*
 * The resolvers in the configuration (texts of ADDRESS[@PORT]), or, if it names
 * none, those in /etc/resolv.conf.  Returns 0 or KS_E_*.
 */
int	dns_resolvers_init(struct dns_resolvers *resolvers,
	    const char *const *texts, size_t ntexts, struct ks_error *error);

/* The resolvers in a file in the format of resolv.conf(5). */
int	dns_resolvers_read(struct dns_resolvers *resolvers, const char *path,
	    struct ks_error *error);

struct dns_zone_server {
	/* Its host name; for a chosen server, the text of its address. */
	char			 name[DKIMSIG_DOMAIN_SIZE];
	struct dns_address	 address;
	bool			 has_address;
	/* Without an address: because a lookup failed. */
	bool			 is_unknown;
};

struct dns_zone {
	char			 apex[DKIMSIG_DOMAIN_SIZE];
	char			 primary[DKIMSIG_DOMAIN_SIZE];	/* MNAME */
	struct dns_address	 primary_addresses[4];
	size_t			 nprimary;
	uint32_t		 negative_ttl;	/* min(SOA TTL, MINIMUM) */
	/* For how long a server that lost its primary may show old data. */
	uint32_t		 expire;	/* of the SOA record */
	struct dns_zone_server	*servers;
	size_t			 nservers;
	size_t			 nbeyond;	/* addresses over the maximum */
	bool			 has_start;	/* one gave its SOA record */
	/*
	 * If it was not found: the name that is delegated to servers that do
	 * not answer for it; "": there is another cause.
	 */
	char			 dead[DKIMSIG_DOMAIN_SIZE];
};

void	dns_zone_finish(struct dns_zone *zone);

/*
 * The lookups of one run.  Each zone and each host is looked up once, and the
 * result is shared by all threads.  Servers that do not answer are remembered,
 * so that no query waits the full time for them again.  Safe for any number of
 * threads.
 */
struct dns_zones;
struct dns_silents;
int	dns_zones_new(struct dns_zones **zones,
	    const struct dns_resolvers *resolvers, struct ks_error *error);
void	dns_zones_free(struct dns_zones *zones);

/*
 * From now on, use what is known of servers that do not answer (silents.h),
 * which must exist as long as the zones.
 */
void	dns_zones_know(struct dns_zones *zones, struct dns_silents *silents);

/*
 * Find the zone that holds a name.  The servers in chosen (ADDRESS[@PORT]), if
 * any, replace those in its NS records, and are queried instead of the
 * resolvers.  The caller frees zone with dns_zone_finish(), also after an
 * error.  Returns 0 or KS_E_*; error names the server and the query.
 */
int	dns_zones_find(struct dns_zones *zones, const char *name,
	    const char *const *chosen, size_t nchosen, struct dns_zone *zone,
	    struct ks_error *error);

#endif /* DNS_ZONE_H */
