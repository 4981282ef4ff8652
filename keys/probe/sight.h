/* SPDX-License-Identifier: ISC */

/*
 * Room keys/probe: what each DNS server shows of a key, queried directly.
 *
 * What DNS shows of the record of one key: every address of every server of
 * its zone is queried directly.
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
	DNS_UNASKED		/* no address, or no route to it */
};

/* One server's answer. */
struct dns_look {
	char			 server[DKIMSIG_DOMAIN_SIZE];	/* name */
	struct dns_address	 address;
	bool			 has_address;
	/*
	 * It shows a CNAME, or should: DNS_RIGHT is one with the right target.
	 */
	bool			 is_alias;
	enum dns_verdict	 verdict;
	enum record_fault	 fault;
	enum dns_query_status	 status;
	int			 rcode;
	uint32_t		 ttl;		/* of the record seen */
	/* How long a cache may keep a negative answer: min(TTL, MINIMUM) of
	 * the SOA record in the answer; 0 if it has none. */
	uint32_t		 negative_ttl;
	size_t			 nrecords;	/* TXT records seen */
	/*
	 * The (first) record in printable form, cut with "..." if too long;
	 * for a CNAME, "CNAME target".
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
	/* How long a cache may still keep an earlier answer: seconds. */
	int64_t			 cache_wait;
	/* ... that said that there is nothing. */
	int64_t			 negative_wait;
	/* Every server says that nothing exists at the key's own name. */
	bool			 is_unused;
	/* Some server shows something other than the right record. */
	bool			 has_other;
	/*
	 * The TXT value as a verifier reads it, strings joined, from the first
	 * server where it is right; NULL: from none.
	 */
	char			*published;
	/* One line for log and messages: the servers and their verdicts. */
	char			 summary[1024];
};

/*
 * Look for the record of a key.
 *
 * wanted is the right TXT value (record.h), with an empty p= if the key is
 * revoked.  alias: the name to which a CNAME at SELECTOR._domainkey.DOMAIN
 * must point (struct ks_key's record), or NULL if the TXT record itself should
 * be there; an unexpected CNAME is followed to its end.  chosen: servers in the
 * configuration.
 *
 * Addresses without a route from this host (such as IPv6 on a host without it)
 * are DNS_UNASKED and do not count, unless there are no others.
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

/* Why a look has its verdict, printable; "" if the verdict says it all. */
const char *dns_look_reason(const struct dns_look *look);

#endif /* DNS_SIGHT_H */
