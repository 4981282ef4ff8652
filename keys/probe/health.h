/* SPDX-License-Identifier: ISC */

/*
 * Timeouts by server.  With 10,000 domains, a run must not wait 10,000 times
 * for one dead server; but when a server comes back, the next query must find
 * out.  So no server is skipped.  One that did not answer several times in a
 * row gets a shorter timeout, until it answers again.
 */

#ifndef DNS_HEALTH_H
#define DNS_HEALTH_H

#include "probe/query.h"

struct dns_health;

struct dns_health *dns_health_new(void);	/* NULL: out of memory */
void	dns_health_free(struct dns_health *health);

/* How long to wait for the answer of a server; static. */
const struct dns_patience *dns_health_patience(struct dns_health *health,
	    const struct dns_address *server);

/* Record the result of a query to a server. */
void	dns_health_note(struct dns_health *health,
	    const struct dns_address *server, enum dns_query_status status);

#endif /* DNS_HEALTH_H */
