/* SPDX-License-Identifier: ISC */

/*
 * Room keys/advice: what check says of a domain beyond its keys.
 *
 * What "countersign-key check" says of a domain beyond its keys: DNSSEC,
 * aliases, wildcards, records that went astray, DMARC, SPF, MX, times to live
 * and name servers.  None of it makes a key right or wrong.
 *
 * The questions go to a recursive resolver through the caller's function;
 * what was learned of the zone already is handed in.  Nothing here opens a
 * socket, reads a clock, or prints.
 */

#ifndef ADVICE_H
#define ADVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <ldns/ldns.h>

#include "dkimsig/dkimsig.h"

#define ADVICE_MAX_NOTES	100
#define ADVICE_TEXT_SIZE	640

enum advice_severity {
	ADVICE_FINE,		/* as it should be */
	ADVICE_NOTE,		/* unusual; may be meant so */
	ADVICE_WARNING		/* mail or keys are likely to suffer */
};

struct advice_note {
	enum advice_severity	 severity;
	const char		*topic;	/* "dnssec", "dmarc", ...; static */
	char			 name[DKIMSIG_DOMAIN_SIZE];	/* record */
	char			 text[ADVICE_TEXT_SIZE];	/* one line */
};

/* Large: keep it on the heap.  To be zeroed before the first use. */
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
	const char	*alias;		/* the CNAME wanted there, or NULL */
	bool		 is_absent;	/* wanted, and no server has it */
	bool		 has_ttl;
	uint32_t	 ttl_min, ttl_max;	/* seconds, over all servers */
};

/* What is known before the resolver is asked.  All is borrowed. */
struct advice_facts {
	const char			*domain;	/* d= */
	const char			*zone;		/* its apex, or NULL */
	const char			*cname_zone;	/* ours, or NULL */
	const char			*random_label;	/* for the wildcard */
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
	 * Ask for name (without final dot) and type with recursion and the
	 * DO bit, and with CD if checking is disabled.  The answer is the
	 * caller's, of any rcode; NULL if none came.
	 */
	ldns_pkt	*(*ask)(void *context, const char *name,
			    ldns_rr_type type, bool checking_disabled);
	void		*context;
};

/*
 * Add the notes of a domain.  A resolver that leaves two questions without
 * an answer is asked no more, and a note says what was not looked at.
 */
void	advice_gather(const struct advice_facts *facts,
	    const struct advice_resolver *resolver, struct advice *advice);

const char *advice_severity_name(enum advice_severity severity);

/* A line a note, warnings first. */
void	advice_print(FILE *fp, const struct advice *advice);

/* The notes as a JSON array of objects, without a final newline. */
void	advice_print_json(FILE *fp, const struct advice *advice);

#endif /* ADVICE_H */
