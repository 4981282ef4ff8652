/* SPDX-License-Identifier: ISC */

/*
 * Which servers answer.  Over 10,000 domains, one dead server of theirs must
 * not be waited for 10,000 times; and one that was thought dead must be found
 * alive by the next question.  So nobody is left out: who was silent several
 * times in a row is given less time, and all of it again once it answers.
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

/* Note how a question to it went. */
void	dns_health_note(struct dns_health *health,
	    const struct dns_address *server, enum dns_query_status status);

#endif /* DNS_HEALTH_H */
