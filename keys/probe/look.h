/* SPDX-License-Identifier: ISC */

/*
 * Judging the answer of one server, and those of all servers together.  Pure.
 */

#ifndef DNS_LOOK_H
#define DNS_LOOK_H

#include <ldns/ldns.h>

#include "probe/private.h"
#include "probe/sight.h"

/* Details of an answer that are not part of its look. */
struct dns_seen {
	/* The target of a CNAME at the name; "" if there is none. */
	char	 target[DKIMSIG_DOMAIN_SIZE];
	/* The TXT value if it is right, or NULL; the caller frees it. */
	char	*published;
};

/*
 * Read the answer to a query for the TXT record of a name.  Sets verdict,
 * fault, rcode, is_alias, ttl, negative_ttl, nrecords and text of the look.  A
 * CNAME gets the verdict DNS_WRONG; the caller decides whether it is the right
 * one.  Returns 0 or KS_E_NOMEM.
 */
int	dns_look_read(const ldns_pkt *answer, const char *name,
	    const char *wanted, struct dns_look *look,
	    struct dns_seen *seen);

/*
 * Read the TXT records of a name from an answer that is known to be good.  Sets
 * verdict, fault, ttl, nrecords and text of the look.  Returns 0 or KS_E_NOMEM.
 */
int	dns_look_read_texts(const ldns_pkt *answer, const char *name,
	    const char *wanted, struct dns_look *look,
	    struct dns_seen *seen);

/*
 * Whether a look shows the public key of the wanted record, even if the record
 * is wrong otherwise.
 */
bool	dns_look_has_key(const struct dns_look *look);

/*
 * Print octets as text that is safe on a terminal: what is not printable ASCII
 * is escaped as "\000", and text that is too long ends in "...".
 */
void	dns_look_escape(const char *octets, size_t len, char *text,
	    size_t textsize);

/*
 * The view of all looks together.  Those before index nfollowed are about
 * CNAMEs that were followed, and count only if they are not DNS_RIGHT: if the
 * server did not answer.  Servers that are excepted do not count.
 */
enum lifecycle_view dns_look_judge(const struct dns_look *looks,
	    size_t nlooks, size_t nfollowed);

/* Print one line with what each server shows, problems first. */
void	dns_look_summarize(const struct dns_look *looks, size_t nlooks,
	    size_t nfollowed, char *text, size_t textsize);

#endif /* DNS_LOOK_H */
