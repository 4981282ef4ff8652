/* SPDX-License-Identifier: ISC */

/*
 * The way from a key's name to its record, over CNAMEs: the names, and what the
 * servers show at the current one.
 */

#ifndef DNS_WAY_H
#define DNS_WAY_H

#include "probe/sight.h"

#define DNS_WAY_MAX_HOPS	8	/* CNAMEs; resolvers follow 8 to 16 */

/* The work on one sight: the chain of names, and the current one. */
struct dns_way {
	struct dns_zones		*zones;
	const struct dns_sight_wish	*wish;
	struct dns_sight		*sight;
	struct ks_error			*error;
	char		 names[DNS_WAY_MAX_HOPS + 1][DKIMSIG_DOMAIN_SIZE];
	size_t		 nnames;
	size_t		 nfollowed;	/* looks at the names before this one */
	bool		 is_aside;	/* at the record, without its CNAME */
	struct dns_zone	 aside;		/* the zone of the record, then */
	/* What the servers show at this name: */
	char		 target[DKIMSIG_DOMAIN_SIZE];	/* of the first CNAME */
	size_t		 naliases;	/* servers that show a CNAME, ... */
	size_t		 nothers;	/* ... and those that answer without */
	bool		 is_split;	/* the CNAMEs differ */
};

/* The zone of the last name. */
struct dns_zone *dns_way_zone(struct dns_way *way);

const char *dns_way_name(const struct dns_way *way);

/* The target of the CNAME that should be at this name, or NULL. */
const char *dns_way_alias(const struct dns_way *way);

/* A cache may keep an earlier answer for so long, or one that it is absent. */
void	dns_way_wait(struct dns_way *way, int64_t seconds);
void	dns_way_wait_negative(struct dns_way *way, int64_t seconds);

/*
 * Query a server of the zone for the TXT record at the last name; add its look,
 * and what it shows of CNAMEs.  Returns 0 or KS_E_NOMEM.
 */
int	dns_way_ask(struct dns_way *way,
	    const struct dns_zone_server *server);

#endif /* DNS_WAY_H */
