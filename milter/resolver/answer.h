/* SPDX-License-Identifier: ISC */

/*
 * What libunbound answers, in the form of resolver.h; for resolver.c alone.
 */

#ifndef DNS_ANSWER_H
#define DNS_ANSWER_H

#include <unbound.h>

#include "resolver/resolver.h"

/* Octets of a name as text, dots counted, no final one. */
#define DNS_MAX_NAME	253

/* Fill an answer, which is zeroed; a record that is none is left out. */
void	dns_answer_take(struct dns_answer *answer, enum dns_type type,
	    const struct ub_result *result);
void	dns_answer_fail(struct dns_answer *answer, const char *reason);

#endif /* DNS_ANSWER_H */
