/* SPDX-License-Identifier: ISC */

/*
 * Room keys/probe: what each DNS server shows of a key, asked directly.
 *
 * What DNS shows of the record of one key: each address of each server of its
 * zone is asked directly.
 */

#ifndef DNS_SIGHT_H
#define DNS_SIGHT_H

#include <stddef.h>
#include <stdint.h>

#include "keyrecord/fault.h"
#include "life/lifecycle.h"
#include "probe/query.h"
#include "probe/zone.h"
#include "store/keystore.h"

#define DNS_SIGHT_TEXT_SIZE	2048

enum dns_verdict {
	DNS_RIGHT,
	DNS_ABSENT,		/* NXDOMAIN, or no TXT record */
	DNS_REVOKED,		/* one key record with an empty p= */
	DNS_WRONG,		/* fault says how */
	DNS_LAME,		/* does not serve the zone: REFUSED, no AA */
	DNS_SERVFAIL,		/* or any other rcode; see rcode */
	DNS_SILENT,		/* status says why; without an address, it
				 * could not be looked up */
	DNS_UNASKED		/* no address, or none with a way there */
};

/* One server's answer. */
struct dns_look {
	char			 server[DKIMSIG_DOMAIN_SIZE];	/* name */
	struct dns_address	 address;
	bool			 has_address;
	/*
	 * It shows a CNAME, or should: right is one that points on as it
	 * should.
	 */
	bool			 is_alias;
	enum dns_verdict	 verdict;
	enum record_fault	 fault;
	enum dns_query_status	 status;
	int			 rcode;
	uint32_t		 ttl;		/* of the record seen */
	/* How long a cache may keep that there is none: min(TTL, MINIMUM) of
	 * the SOA record with such an answer; 0 if there is none with it. */
	uint32_t		 negative_ttl;
	size_t			 nrecords;	/* TXT records seen */
	/*
	 * The (first) record, made printable, cut with "..." where too long;
	 * of a CNAME "CNAME target".
	 */
	char			 text[DNS_SIGHT_TEXT_SIZE];
};

struct dns_sight {
	/* Where the TXT record is: the end of the CNAMEs. */
	char			 name[DKIMSIG_DOMAIN_SIZE];
	struct dns_zone		 zone;		/* that holds it */
	struct dns_look		*looks;
	size_t			 nlooks;
	enum lifecycle_view	 view;		/* all of them together */
	/* How long a cache may still hold what was before: seconds. */
	int64_t			 cache_wait;
	/* ... if what was before is that there was nothing. */
	int64_t			 negative_wait;
	/* Every server says so: nothing is at the key's own name. */
	bool			 is_unused;
	/* Some server shows what is neither the right record nor nothing. */
	bool			 has_other;
	/*
	 * The TXT value as a verifier reads it, strings joined, at the first
	 * server where it is as wanted; NULL: at none.
	 */
	char			*published;
	/* In a line, for log and messages: which servers, which verdict. */
	char			 summary[1024];
};

/*
 * Look for the record of a key.
 *
 * wanted is the right TXT value (record.h); the one with an empty p= when the
 * key is revoked.  alias: the name to which a CNAME at
 * SELECTOR._domainkey.DOMAIN must point (struct ks_key's record), or NULL
 * where the TXT record stands there itself; an unexpected CNAME is followed,
 * and its end is looked at.  chosen: servers of the configuration.
 *
 * Addresses without a route from this host (IPv6 where there is none) are
 * DNS_UNASKED and do not count, unless nothing else is left.
 *
 * Returns 0 (whatever was seen: a zone that could not be found is
 * LIFECYCLE_UNKNOWN, with the reason in summary), or KS_E_NOMEM or KS_E_ARG.
 * dns_sight_finish() frees; a zeroed sight is allowed there.
 */
struct dns_sight_wish {
	const char		*domain, *selector;
	const char		*wanted;
	const char		*alias;
	const char *const	*chosen;
	size_t			 nchosen;
	uint32_t		 ttl;	/* of the policy, for cache_wait */
};
int	dns_sight_take(struct dns_zones *zones,
	    const struct dns_sight_wish *wish, struct dns_sight *sight,
	    struct ks_error *error);
void	dns_sight_finish(struct dns_sight *sight);

/* "right", "absent", ...; static. */
const char *dns_verdict_name(enum dns_verdict verdict);

/* Why a look has its verdict, printable; "" where that says it all. */
const char *dns_look_reason(const struct dns_look *look);

#endif /* DNS_SIGHT_H */
