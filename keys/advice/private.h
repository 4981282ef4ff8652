/* SPDX-License-Identifier: ISC */

/*
 * What the files of this room share.
 */

#ifndef ADVICE_PRIVATE_H
#define ADVICE_PRIVATE_H

#include "advice/advice.h"

#define ADVISER_MAX_SILENCES	2	/* then no further queries are sent */
#define ADVISER_TXT_SIZE	4096	/* octets read of a TXT record */

struct adviser {
	const struct advice_facts	*facts;
	const struct advice_resolver	*resolver;
	struct advice			*advice;
	unsigned int			 nsilences;
};

/* The result of a query. */
enum adviser_finding {
	FINDING_SILENCE,	/* no answer */
	FINDING_FAILURE,	/* SERVFAIL, REFUSED, ... */
	FINDING_NO_NAME,	/* NXDOMAIN */
	FINDING_NO_DATA,	/* no record of this type */
	FINDING_DATA
};

/* adviser.c */

/* Add a note; name is the record or zone that it is about. */
void	adviser_note(struct adviser *adviser, enum advice_severity severity,
	    const char *topic, const char *name, const char *format, ...)
	    __attribute__((format(printf, 5, 6)));

/*
 * Query the resolver.  *records is set to the records of the type, found by
 * following the aliases in the answer; it is NULL unless FINDING_DATA is
 * returned.  If packet is not NULL, *packet is set to the answer, or to NULL.
 * The caller frees them with ldns_rr_list_deep_free() and ldns_pkt_free(),
 * both of which accept NULL.
 */
enum adviser_finding adviser_ask(struct adviser *adviser, const char *name,
	    ldns_rr_type type, bool checking_disabled,
	    ldns_rr_list **records, ldns_pkt **packet);

/* Add a note if the finding is FINDING_FAILURE. */
void	adviser_note_failure(struct adviser *adviser, const char *topic,
	    const char *name, ldns_rr_type type,
	    enum adviser_finding finding);

/*
 * delegation.c: add a note if no zone was found, because the domain does not
 * exist, or because the servers of its zone or of _domainkey do not answer.
 * They return false if there is nothing to note.
 */
bool	advise_on_missing(struct adviser *adviser);
bool	advise_on_dead(struct adviser *adviser);

/*
 * Copy a name from a record, in lower case and without its final dot.  Returns
 * false if it is longer than a domain name may be, or not a name.
 */
bool	adviser_name(const ldns_rdf *rdf, char name[DKIMSIG_DOMAIN_SIZE]);

/* Write label.name to buf; returns false if it is too long. */
bool	adviser_below(const char *label, const char *name,
	    char buf[DKIMSIG_DOMAIN_SIZE]);

/* Write a duration as "30s", "2h" or "1d 12h". */
#define ADVISER_DURATION_SIZE	32
void	adviser_duration(uint32_t seconds,
	    char text[ADVISER_DURATION_SIZE]);

/* Whether one of the TXT records is a key that is not revoked. */
bool	adviser_has_key(const ldns_rr_list *records);

/* One function for each subject, in the order in which they are called. */
void	advise_on_dnssec(struct adviser *adviser);
void	advise_on_aliases(struct adviser *adviser);
void	advise_on_wildcard(struct adviser *adviser);
void	advise_on_places(struct adviser *adviser);
void	advise_on_zone(struct adviser *adviser);
void	advise_on_dmarc(struct adviser *adviser);
void	advise_on_spf(struct adviser *adviser);
void	advise_on_mx(struct adviser *adviser);

#endif /* ADVICE_PRIVATE_H */
