/* SPDX-License-Identifier: ISC */

/*
 * A resolver for tests that answers from text.
 */

#ifndef FAKEDNS_H
#define FAKEDNS_H

#include <ldns/ldns.h>

struct fakedns {
	/*
	 * Lines "NAME TYPE DATA" of records, or "NAME WORD": SERVFAIL; BOGUS
	 * (SERVFAIL unless checking is disabled); SILENT (no answer); AD
	 * (answers are authentic).  Names without final dot.
	 */
	const char	*text;
	unsigned int	 nasked;
};

/* Answers a question as a resolver does, aliases followed. */
ldns_pkt *fakedns_ask(void *context, const char *name, ldns_rr_type type,
	    bool checking_disabled);

#endif /* FAKEDNS_H */
