/* SPDX-License-Identifier: ISC */

/*
 * One question to one DNS server: a connected UDP socket of its own with a
 * random port and ID, TCP if the answer was truncated.  An answer counts if ID,
 * question and the QR bit are right; its rcode is the caller's concern.
 * No state is kept, so any number of threads may ask at once.
 */

#ifndef DNS_QUERY_H
#define DNS_QUERY_H

#include <stdbool.h>

#include <ldns/ldns.h>

#include "probe/address.h"

#define DNS_QUERY_TIMEOUT_MS	3000	/* for one try */
#define DNS_QUERY_TRIES		3

enum dns_query_status {
	DNS_ANSWERED,
	DNS_TIMEOUT,		/* no answer that counts */
	DNS_UNREACHABLE,	/* port closed, network down */
	DNS_NO_ROUTE,		/* this host has no route: no IPv6, ... */
	DNS_NO_TCP,		/* truncated over UDP, no answer over TCP */
	DNS_GARBLED,		/* an answer that cannot be parsed */
	DNS_FAILED		/* out of memory, of descriptors, ... */
};

struct dns_question {
	const char	*name;		/* without final dot */
	ldns_rr_type	 type;
	bool		 recursive;	/* RD */
	bool		 checking_disabled;	/* CD */
};

/* How long to wait for an answer over UDP. */
struct dns_patience {
	unsigned int	 ntries;
	int		 timeout_ms;	/* for one */
};

/*
 * The answer is the caller's (ldns_pkt_free) when DNS_ANSWERED is returned,
 * otherwise NULL.  The query has EDNS with 1232 octets, and DO.
 */
enum dns_query_status dns_query(const struct dns_address *server,
	    const struct dns_question *question, ldns_pkt **answer);

enum dns_query_status dns_query_within(const struct dns_address *server,
	    const struct dns_question *question,
	    const struct dns_patience *patience, ldns_pkt **answer);

/* Send one message in wire format over TCP, for UPDATE. */
enum dns_query_status dns_exchange(const struct dns_address *server,
	    const uint8_t *request, size_t len, uint8_t **answer,
	    size_t *answer_len);

/* "no answer", ...; static. */
const char *dns_query_text(enum dns_query_status status);

/* "SERVFAIL", ...; static. */
const char *dns_rcode_name(int rcode);

#endif /* DNS_QUERY_H */
