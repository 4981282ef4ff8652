/* SPDX-License-Identifier: ISC */

/*
 * One query to one DNS server.  Each query has its own connected UDP socket,
 * with a random port and ID; if the answer is truncated, TCP is used.  An
 * answer is accepted if its ID, question, opcode and QR bit match.  The caller
 * checks the rcode.  No state is kept, so any number of threads may send
 * queries at the same time.
 */

#ifndef DNS_QUERY_H
#define DNS_QUERY_H

#include <stdbool.h>

#include <ldns/ldns.h>

#include "probe/address.h"

#define DNS_QUERY_TIMEOUT_MS	3000	/* per try */
#define DNS_QUERY_TRIES		3

enum dns_query_status {
	DNS_ANSWERED,
	DNS_TIMEOUT,		/* no answer, or none that matches */
	DNS_UNREACHABLE,	/* port closed, network down */
	DNS_NO_ROUTE,		/* no route from this host: no IPv6, ... */
	DNS_NO_TCP,		/* truncated over UDP, no answer over TCP */
	DNS_GARBLED,		/* an answer that cannot be parsed */
	DNS_NO_TLS,		/* it does not speak TLS */
	DNS_UNTRUSTED,		/* no CA of this system vouches for it */
	DNS_OTHER_NAME,		/* its certificate has another name */
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
	int		 timeout_ms;	/* per try */
};

/*
 * Send a query and wait for its answer.  If DNS_ANSWERED is returned, the
 * caller frees the answer with ldns_pkt_free(); otherwise it is NULL.  The
 * query has EDNS with a size of 1232 octets, and the DO bit.
 */
enum dns_query_status dns_query(const struct dns_address *server,
	    const struct dns_question *question, ldns_pkt **answer);

/* The same, but waiting only as long as patience allows. */
enum dns_query_status dns_query_within(const struct dns_address *server,
	    const struct dns_question *question,
	    const struct dns_patience *patience, ldns_pkt **answer);

/*
 * The same over TLS, RFC 7858, to a server whose certificate has that name.
 * There is one try, in which patience allows the time of one for each round
 * trip: TCP, TLS, the answer.  tls is shared by all queries; see transport.h.
 */
struct dns_tls;
enum dns_query_status dns_query_tls(const struct dns_address *server,
	    struct dns_tls *tls, const char *name,
	    const struct dns_question *question,
	    const struct dns_patience *patience, ldns_pkt **answer);

/*
 * Send a message in wire format over TCP, for UPDATE.  If DNS_ANSWERED is
 * returned, the caller frees the answer; otherwise it is NULL.
 */
enum dns_query_status dns_exchange(const struct dns_address *server,
	    const uint8_t *request, size_t len, uint8_t **answer,
	    size_t *answer_len);

/* "no answer", ...; static. */
const char *dns_query_text(enum dns_query_status status);

/* "SERVFAIL", ...; static. */
const char *dns_rcode_name(int rcode);

#endif /* DNS_QUERY_H */
