/* SPDX-License-Identifier: ISC */

/*
 * Room keys/advice: advice on a domain, beyond its keys.
 *
 * Advice of "countersign-key check" on a domain, beyond its keys: DNSSEC,
 * aliases, wildcards, records published at a wrong name, DMARC, SPF, MX, times
 * to live and name servers.  None of it makes a key right or wrong.
 *
 * Queries go to a recursive resolver through a function of the caller, who also
 * passes in what is already known about the zone.  Nothing here opens a socket
 * or reads a clock.
 */

#ifndef ADVICE_H
#define ADVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ldns/ldns.h>

#include "dkimsig/dkimsig.h"

#define ADVICE_MAX_NOTES	100
#define ADVICE_TEXT_SIZE	640

enum advice_severity {
	ADVICE_FINE,		/* as it should be */
	ADVICE_NOTE,		/* unusual, but may be intended */
	ADVICE_WARNING		/* mail or keys are at risk */
};

struct advice_note {
	enum advice_severity	 severity;
	const char		*topic;	/* "dnssec", "dmarc", ...; static */
	char			 name[DKIMSIG_DOMAIN_SIZE];	/* subject */
	char			 text[ADVICE_TEXT_SIZE];	/* one line */
};

/* Large: keep it on the heap.  Must be zeroed before its first use. */
struct advice {
	struct advice_note	 notes[ADVICE_MAX_NOTES];
	size_t			 nnotes;
	bool			 is_cut;	/* there were more */
};

enum advice_server_state {
	ADVICE_SERVER_FINE,
	ADVICE_SERVER_SILENT,		/* no answer */
	ADVICE_SERVER_LAME,		/* does not serve the zone */
	ADVICE_SERVER_NAMELESS		/* its name has no address */
};

/* One address of a name server, or a name without one. */
struct advice_server {
	const char			*name;
	const char			*address;	/* numeric, or NULL */
	enum advice_server_state	 state;
};

/* The name at which a key's record is looked up. */
struct advice_record {
	const char	*name;
	const char	*alias;		/* expected CNAME target, or NULL */
	bool		 is_absent;	/* needed, and no server has it */
	bool		 has_ttl;
	uint32_t	 ttl_min, ttl_max;	/* seconds, over all servers */
};

/* What is known before the resolver is queried.  All is borrowed. */
struct advice_facts {
	const char			*domain;	/* d= */
	const char			*zone;		/* its apex, or NULL */
	const char			*cname_zone;	/* ours, or NULL */
	const char			*random_label;	/* to find a wildcard */
	int64_t				 now;
	const struct advice_server	*servers;
	size_t				 nservers;
	bool				 has_negative_ttl;
	uint32_t			 negative_ttl;	/* seconds */
	const struct advice_record	*records;
	size_t				 nrecords;
};

struct advice_resolver {
	/*
	 * Query name (without a final dot) and type with recursion and the DO
	 * bit, and with the CD bit if checking_disabled.  Returns the answer,
	 * whatever its rcode, which the caller frees; NULL if there is none.
	 */
	ldns_pkt	*(*ask)(void *context, const char *name,
			    ldns_rr_type type, bool checking_disabled);
	void		*context;
};

/*
 * Add the notes about a domain.  If a resolver fails to answer two queries, it
 * is not queried again, and a note says that the rest was not checked.
 */
void	advice_gather(const struct advice_facts *facts,
	    const struct advice_resolver *resolver, struct advice *advice);

const char *advice_severity_name(enum advice_severity severity);

#endif /* ADVICE_H */
