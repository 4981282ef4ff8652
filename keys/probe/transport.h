/* SPDX-License-Identifier: ISC */

/*
 * Sending a message to one DNS server and receiving its answer: sockets and
 * timeouts.  What is in the messages is up to the caller.
 */

#ifndef DNS_TRANSPORT_H
#define DNS_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe/query.h"

#define DNS_MESSAGE_MAX	65535	/* octets */

/*
 * A function of the caller that tells whether an answer belongs to the request.
 * One that does not is ignored on UDP, and is DNS_GARBLED on TCP.
 */
struct dns_match {
	bool	(*matches)(const void *context, const uint8_t *answer,
		    size_t len);
	const void	*context;
};

/*
 * Send a request of len octets and wait for an answer that matches.  If
 * DNS_ANSWERED is returned, the caller frees *answer; otherwise it is NULL.
 * UDP makes one try of timeout_ms.
 */
enum dns_query_status dns_transport_udp(const struct dns_address *server,
	    const uint8_t *request, size_t len, int timeout_ms,
	    const struct dns_match *match, uint8_t **answer,
	    size_t *answer_len);
enum dns_query_status dns_transport_tcp(const struct dns_address *server,
	    const uint8_t *request, size_t len,
	    const struct dns_match *match, uint8_t **answer,
	    size_t *answer_len);

#endif /* DNS_TRANSPORT_H */
