/* SPDX-License-Identifier: ISC */

/*
 * Room keys/probe: queries name servers for the records of keys.
 *
 * What DNS shows for the record of one key: every address of every server of
 * its zone is queried directly.
 */

#ifndef DNS_SIGHT_H
#define DNS_SIGHT_H

#include <stddef.h>
#include <stdint.h>

#include "keyrecord/fault.h"
#include "life/lifecycle.h"
#include "probe/alias.h"
#include "probe/query.h"
#include "probe/zone.h"
#include "store/keystore.h"

#define DNS_SIGHT_TEXT_SIZE	2048

enum dns_verdict {
	DNS_RIGHT,
	DNS_ABSENT,		/* NXDOMAIN, or no TXT record */
	DNS_REVOKED,		/* one key record with an empty p= */
	DNS_WRONG,		/* some other record: see fault */
	DNS_LAME,		/* does not serve the zone: REFUSED, NOTAUTH, or
				 * no AA bit */
	DNS_SERVFAIL,		/* or another error: see rcode */
	DNS_SILENT,		/* no usable answer: see status; without an
				 * address: the lookup of its address failed */
	DNS_UNASKED		/* not queried: no address, or no route */
};

/* What one server shows. */
struct dns_look {
	char			 server[DKIMSIG_DOMAIN_SIZE];	/* name */
	struct dns_address	 address;
	bool			 has_address;
	bool			 is_resolver;	/* outside: outside.h */
	/*
	 * It shows a CNAME, or should show one.  DNS_RIGHT then means a CNAME
	 * with the right target.
	 */
	bool			 is_alias;
	enum dns_verdict	 verdict;
	/* DNS_ABSENT, but a wildcard answers with the records in text. */
	bool			 is_wildcard;
	enum record_fault	 fault;
	/*
	 * The zone that it was asked for.  If it gave no usable answer
	 * (DNS_LAME, DNS_SERVFAIL or DNS_SILENT): since when, else KS_NEVER;
	 * and whether it is not waited for any more (life/silence.h).
	 */
	char			 zone[DKIMSIG_DOMAIN_SIZE];
	int64_t			 silent_since;
	bool			 is_excepted;
	enum dns_query_status	 status;
	int			 rcode;
	uint32_t		 ttl;		/* of the record seen */
	/*
	 * How long a cache may keep a negative answer: min(TTL, MINIMUM) of
	 * the SOA record in the answer; 0 if it has none.
	 */
	uint32_t		 negative_ttl;
	size_t			 nrecords;	/* TXT records seen */
	/*
	 * The (first) record in printable form, cut with "..." if too long;
	 * for a CNAME, "CNAME target".
	 */
	char			 text[DNS_SIGHT_TEXT_SIZE];
};

struct dns_sight {
	/* The name of the TXT record, at the end of the CNAMEs. */
	char			 name[DKIMSIG_DOMAIN_SIZE];
	struct dns_zone		 zone;		/* that holds this name */
	struct dns_look		*looks;
	size_t			 nlooks;
	enum lifecycle_view	 view;	/* of all looks that count together */
	/*
	 * If a CNAME is wanted: what is at its name, and apart from that, what
	 * is at the name of the record.  If the CNAME is not right, the looks
	 * at the record do not count in view and is_shown.
	 */
	enum dns_alias_fault	 alias_fault;
	enum lifecycle_view	 alias_view;	/* without a CNAME: UNASKED */
	enum lifecycle_view	 record_view;	/* without a CNAME: view */
	/*
	 * Some server shows the right record, and none that answers shows
	 * anything else.
	 */
	bool			 is_shown;
	/*
	 * The latest silent_since of all looks, or KS_NEVER, and the longest
	 * expire of their zones.
	 */
	int64_t			 silent_since;
	int64_t			 expire;
	/* Seconds that a cache may still keep an earlier answer, ... */
	int64_t			 cache_wait;
	/* ... and an earlier negative answer. */
	int64_t			 negative_wait;
	/* Every server says that nothing exists at the key's own name. */
	bool			 is_unused;
	/*
	 * Of the zone that holds the record, or of one from which a CNAME
	 * leads to it, all servers have private addresses: what they show may
	 * not be what the world sees.
	 */
	bool			 is_inside;
	/*
	 * Some server shows a wrong record or an empty p=, or a CNAME is seen
	 * or wanted.
	 */
	bool			 has_other;
	/*
	 * The TXT value as a verifier reads it, strings joined, from the first
	 * server that shows the right one; NULL if none does.
	 */
	char			*published;
	/* One line for log and messages: the servers and their verdicts. */
	char			 summary[1024];
	char			 record_summary[1024];	/* of record_view */
	/*
	 * A name on the way is delegated to servers that do not answer for it,
	 * and this text says what to do; or "".
	 */
	char			 dead_delegation[1024];
};

/*
 * Look for the record of a key.
 *
 * wanted is the right TXT value (record.h), with an empty p= if the key is
 * revoked.  alias is the name to which a CNAME at SELECTOR._domainkey.DOMAIN
 * must point (struct ks_key's record), or NULL if the TXT record itself should
 * be at that name; an unexpected CNAME is then followed to its end.  If the
 * CNAME is not there, the record is looked up nevertheless; with alias_only, it
 * never is.  chosen are the servers in the configuration; they are queried for
 * the name at which the TXT record should be.
 *
 * Addresses without a route from this host (such as IPv6 on a host without it)
 * are DNS_UNASKED and ignored, unless there are no others.
 *
 * Returns 0 whatever the servers show (if the zone cannot be found, the view is
 * LIFECYCLE_UNKNOWN and summary has the reason), or KS_E_NOMEM or KS_E_ARG.
 * The caller frees sight with dns_sight_finish(), which allows a zeroed one.
 */
struct dns_sight_wish {
	const char		*domain, *selector;
	const char		*wanted;
	const char		*alias;
	bool			 alias_only;
	const char *const	*chosen;
	size_t			 nchosen;
	uint32_t		 ttl;	/* of the policy, for cache_wait */
	/* When a silent server is excepted, in seconds; KS_NEVER: never. */
	int64_t		 unreachable_after;
};
int	dns_sight_take(struct dns_zones *zones,
	    const struct dns_sight_wish *wish, struct dns_sight *sight,
	    struct ks_error *error);
void	dns_sight_finish(struct dns_sight *sight);

/* "right", "absent", ...; static. */
const char *dns_verdict_name(enum dns_verdict verdict);

/*
 * The reason for a look's verdict, printable; "" if the verdict needs none.
 * Valid as long as the look.
 */
const char *dns_look_reason(const struct dns_look *look);

#endif /* DNS_SIGHT_H */
