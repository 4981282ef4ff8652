/* SPDX-License-Identifier: ISC */

/*
 * What one server shows, and what all of them together say.  Pure.
 */

#ifndef DNS_LOOK_H
#define DNS_LOOK_H

#include <ldns/ldns.h>

#include "probe/private.h"
#include "probe/sight.h"

/* One server's answer to the question for the TXT record of a name. */
struct dns_seen {
	/* The target of a CNAME at the name; "": there is none. */
	char	 target[DKIMSIG_DOMAIN_SIZE];
	/* The TXT value if it is right; the caller's. */
	char	*published;
};

/*
 * Read an answer into verdict, fault, rcode, ttl, nrecords and text of a
 * look.  A CNAME is DNS_WRONG here, and the caller's to judge.  Returns 0 or
 * KS_E_NOMEM.
 */
int	dns_look_read(const ldns_pkt *answer, const char *name,
	    const char *wanted, struct dns_look *look,
	    struct dns_seen *seen);

/* Whether a look shows the public key of the wanted record, in whatever
 * record. */
bool	dns_look_has_key(const struct dns_look *look);

/* Octets as text that is safe on a terminal, cut if it is too long. */
void	dns_look_print(const char *octets, size_t len, char *text,
	    size_t textsize);

/*
 * The view of all looks.  Those before the index nfollowed are of CNAMEs that
 * were followed, and count only if they got no answer.
 */
enum lifecycle_view dns_look_judge(const struct dns_look *looks,
	    size_t nlooks, size_t nfollowed);

/* One line with what each server shows, faulty ones first. */
void	dns_look_summarize(const struct dns_look *looks, size_t nlooks,
	    size_t nfollowed, char *text, size_t textsize);

#endif /* DNS_LOOK_H */
