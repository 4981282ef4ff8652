/* SPDX-License-Identifier: ISC */

/*
 * What resolvers outside show for the record of one key.
 *
 * The name servers of a zone may show a record to this host and not to the
 * world: split views, firewalls that redirect DNS.  So resolvers that the
 * configuration names are queried for it, as receivers query theirs.  They are
 * queried only when all name servers show the record: otherwise the question
 * itself would put into their caches that it does not exist.
 */

#ifndef DNS_OUTSIDE_H
#define DNS_OUTSIDE_H

#include "probe/sight.h"

#define DNS_OUTSIDE_MAX	8	/* resolvers */

struct dns_outside {
	struct dns_look		*looks;		/* one for each resolver */
	size_t			 nlooks;
	/* UNKNOWN, RIGHT or CONTRADICTS. */
	enum lifecycle_outside	 view;
	/* One line for log and messages: the resolvers and their verdicts. */
	char			 summary[600];
};

/*
 * Query resolvers, all at the same time, for the record of a key.
 *
 * name is the key's own name; CNAMEs are followed as resolvers do.  wanted is
 * the right TXT value, not revoked.  resolvers are written ADDRESS[@PORT], or
 * ADDRESS@PORT#NAME for DNS over TLS; there are at most DNS_OUTSIDE_MAX.
 *
 * This takes no longer than a query to one dead server: see query.h.
 *
 * Returns 0 whatever the resolvers show, or KS_E_NOMEM or KS_E_ARG.  The caller
 * frees outside with dns_outside_finish(), which allows a zeroed one.
 */
struct dns_outside_wish {
	const char		*name;
	const char		*wanted;
	const char *const	*resolvers;
	size_t			 nresolvers;
};
int	dns_outside_take(struct dns_zones *zones,
	    const struct dns_outside_wish *wish, struct dns_outside *outside,
	    struct ks_error *error);
void	dns_outside_finish(struct dns_outside *outside);

/*
 * Read what one resolver answered; sets the look as dns_look_read() does.
 * Pure.  Returns 0 or KS_E_NOMEM.
 */
int	dns_outside_read(const ldns_pkt *answer, const char *name,
	    const char *wanted, struct dns_look *look);

/*
 * The view of all looks together: one must be right, and none may contradict.
 * A resolver that says SERVFAIL contradicts, because the name servers are
 * right; one that is silent, or refuses to answer this host, says nothing.
 * Pure.
 */
enum lifecycle_outside dns_outside_judge(const struct dns_look *looks,
	    size_t nlooks);

#endif /* DNS_OUTSIDE_H */
