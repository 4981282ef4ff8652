/* SPDX-License-Identifier: ISC */

/*
 * Converts libunbound's answers to those of resolver.h; only for resolver.c.
 */

#ifndef DNS_ANSWER_H
#define DNS_ANSWER_H

#include <unbound.h>

#include "resolver/resolver.h"

/* Octets of a name as text, with dots, but without a final one. */
#define DNS_MAX_NAME	253

/* Fill a zeroed answer; malformed records are left out. */
void	dns_answer_take(struct dns_answer *answer, enum dns_type type,
	    const struct ub_result *result);
/* Free the records of an answer and make it DNS_TEMPFAIL. */
void	dns_answer_fail(struct dns_answer *answer, const char *reason);

#endif /* DNS_ANSWER_H */
