/* SPDX-License-Identifier: ISC */

/*
 * Wildcards and DNAMEs: an answer for a name at which there is no record.
 *
 * A wildcard (RFC 4592) answers the same for any name at its level, so the
 * server is asked for a random name beside the one in question.  Once a name
 * exists at that level, or between it and the wildcard, the wildcard does not
 * answer for it any more.
 */

#ifndef DNS_WILDCARD_H
#define DNS_WILDCARD_H

#include <stdbool.h>

#include <ldns/ldns.h>

#include "dkimsig/dkimsig.h"
#include "probe/address.h"

/*
 * Whether the TXT records or the CNAME in an answer for a name come from a
 * wildcard.  Asks the server once more; false if it does not answer.
 */
bool	dns_is_wildcard(const struct dns_address *server, const char *name,
	    const ldns_pkt *answer);

/* The first DNAME record in an answer (RFC 6672); false if it has none. */
bool	dns_find_dname(const ldns_pkt *answer,
	    char owner[DKIMSIG_DOMAIN_SIZE], char target[DKIMSIG_DOMAIN_SIZE]);

#endif /* DNS_WILDCARD_H */
