/* SPDX-License-Identifier: ISC */

/*
 * The author domain of a From field, RFC 5322 section 3.6.2.
 *
 * The whole field is read by the grammar first; only a field that is right to
 * its last octet has an author at all.  It then must be one mailbox outside a
 * group, with a domain name.  Neither the first nor the last of several is
 * taken, even where all have the same domain.
 */

#include <string.h>

#include "dkimsig.h"
#include "internal.h"
#include "rfc5322.h"

/* Why there is not exactly one mailbox with a domain name, or 0. */
static int
check_author(const struct rfc5322_from *from)
{
	if (from->ngroups > 0)
		return DKIMSIG_E_GROUP;
	if (from->nmailboxes > 1)
		return DKIMSIG_E_MANYAUTHORS;
	if (from->nmailboxes == 0 ||
	    from->domain.kind == RFC5322_DOMAIN_ABSENT)
		return DKIMSIG_E_NODOMAIN;
	if (from->domain.kind == RFC5322_DOMAIN_LITERAL)
		return DKIMSIG_E_LITERAL;
	return from->domain.is_long ? DKIMSIG_E_DOMAIN : 0;
}

DKIMSIG_API int
dkimsig_author_domain(const char *value, size_t valuelen, char *domain,
    size_t domainsize)
{
	struct rfc5322_from from;
	int r;

	if (domainsize > 0)
		domain[0] = '\0';
	if (valuelen > DKIMSIG_MAX_HEADER)
		return DKIMSIG_E_TOOBIG;
	if (valuelen == 0)
		return DKIMSIG_E_NODOMAIN;
	if ((r = rfc5322_from(view_of(value, valuelen), &from)) != 0 ||
	    (r = check_author(&from)) != 0)
		return r;
	return dkimsig_domain_normalize(from.domain.text, from.domain.len,
	    domain, domainsize);
}
