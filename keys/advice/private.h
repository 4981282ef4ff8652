/* SPDX-License-Identifier: ISC */

/*
 * What the parts of the advice share.
 */

#ifndef ADVICE_PRIVATE_H
#define ADVICE_PRIVATE_H

#include "advice/advice.h"

#define ADVISER_MAX_SILENCES	2	/* then the resolver is asked no more */
#define ADVISER_TXT_SIZE	4096	/* octets read of a TXT record */

struct adviser {
	const struct advice_facts	*facts;
	const struct advice_resolver	*resolver;
	struct advice			*advice;
	unsigned int			 nsilences;
};

/* What an answer says of the name and type that were asked for. */
enum adviser_finding {
	FINDING_SILENCE,	/* no answer */
	FINDING_FAILURE,	/* SERVFAIL, REFUSED, ... */
	FINDING_NO_NAME,	/* NXDOMAIN */
	FINDING_NO_DATA,	/* no record of this type */
	FINDING_DATA
};

/* adviser.c */

/* Add a note; name is the record that it is about. */
void	adviser_note(struct adviser *adviser, enum advice_severity severity,
	    const char *topic, const char *name, const char *format, ...)
	    __attribute__((format(printf, 5, 6)));

/*
 * Ask the resolver.  *records are those of the type at the end of the
 * aliases in the answer, the caller's (ldns_rr_list_deep_free(), which takes
 * NULL); NULL for all but FINDING_DATA.  packet, if not NULL, gets the
 * answer itself (ldns_pkt_free()).
 */
enum adviser_finding adviser_ask(struct adviser *adviser, const char *name,
	    ldns_rr_type type, bool checking_disabled,
	    ldns_rr_list **records, ldns_pkt **packet);

/* Note that a question got a bad answer; nothing if it got none. */
void	adviser_note_failure(struct adviser *adviser, const char *topic,
	    const char *name, ldns_rr_type type,
	    enum adviser_finding finding);

/* A name from a record, in lower case without final dot; false if it is
 * longer than a domain name may be. */
bool	adviser_name(const ldns_rdf *rdf, char name[DKIMSIG_DOMAIN_SIZE]);

/* label.name; false if it is too long. */
bool	adviser_below(const char *label, const char *name,
	    char buf[DKIMSIG_DOMAIN_SIZE]);

/* Seconds as "90s", "2h" or "1d 12h". */
#define ADVISER_DURATION_SIZE	32
void	adviser_duration(uint32_t seconds,
	    char text[ADVISER_DURATION_SIZE]);

/* Whether one of the TXT records is a key that is not revoked. */
bool	adviser_has_key(const ldns_rr_list *records);

/* The subjects, in the order of the checks. */
void	advise_on_dnssec(struct adviser *adviser);
void	advise_on_aliases(struct adviser *adviser);
void	advise_on_wildcard(struct adviser *adviser);
void	advise_on_places(struct adviser *adviser);
void	advise_on_zone(struct adviser *adviser);
void	advise_on_dmarc(struct adviser *adviser);
void	advise_on_spf(struct adviser *adviser);
void	advise_on_mx(struct adviser *adviser);

#endif /* ADVICE_PRIVATE_H */
