/* SPDX-License-Identifier: ISC */

/*
 * Judging what the servers of a zone show where a CNAME to the record of a key
 * should be.  Pure.
 */

#ifndef DNS_ALIAS_H
#define DNS_ALIAS_H

#include <stdbool.h>
#include <stddef.h>

struct dns_look;

enum dns_alias_fault {
	DNS_ALIAS_UNASKED,	/* no CNAME is wanted, or nobody asked */
	DNS_ALIAS_RIGHT,	/* every server has the right one */
	DNS_ALIAS_UNKNOWN,	/* none that answers has anything else */
	DNS_ALIAS_ABSENT,	/* nothing is there */
	DNS_ALIAS_PARTIAL,	/* not every server has it */
	DNS_ALIAS_DOUBLED,	/* its target has a zone appended */
	DNS_ALIAS_TARGET,	/* its target is another name */
	DNS_ALIAS_RECORD	/* another record is in its place */
};

/* Whether somebody must change the CNAME. */
bool	dns_alias_is_wrong(enum dns_alias_fault fault);

/* "right", "absent", ... for programs; static. */
const char *dns_alias_fault_name(enum dns_alias_fault fault);

/*
 * Judge looks at a name where a CNAME to target should be: for each, set the
 * verdict and is_alias.
 */
void	dns_alias_judge_looks(struct dns_look *looks, size_t nlooks,
	    const char *target);

/*
 * The fault of all these looks together, without servers that are excepted.
 */
enum dns_alias_fault dns_alias_find_fault(const struct dns_look *looks,
	    size_t nlooks, const char *target);

#endif /* DNS_ALIAS_H */
