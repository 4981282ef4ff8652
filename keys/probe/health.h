/* SPDX-License-Identifier: ISC */

/*
 * Which servers answer.  With 10,000 domains, a run must not wait 10,000 times
 * for one dead server; and if a server comes back, the next query must notice.
 * So no server is skipped: one that was silent several times in a row is given
 * less time, and the full time again once it answers.
 */

#ifndef DNS_HEALTH_H
#define DNS_HEALTH_H

#include "probe/query.h"

struct dns_health;

struct dns_health *dns_health_new(void);	/* NULL: out of memory */
void	dns_health_free(struct dns_health *health);

/* How long to wait for a server; static. */
const struct dns_patience *dns_health_patience(struct dns_health *health,
	    const struct dns_address *server);

/* Record the result of a query to it. */
void	dns_health_note(struct dns_health *health,
	    const struct dns_address *server, enum dns_query_status status);

#endif /* DNS_HEALTH_H */
