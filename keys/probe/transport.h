/* SPDX-License-Identifier: ISC */

/*
 * Messages to one DNS server and back: sockets, and of DNS only what tells the
 * answer from other datagrams.
 */

#ifndef DNS_TRANSPORT_H
#define DNS_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe/query.h"

#define DNS_MESSAGE_MAX	65535	/* octets */

/*
 * Whether an answer belongs to a request; its context is the caller's.  What
 * does not is dropped on UDP, and is DNS_GARBLED on TCP.
 */
struct dns_match {
	bool	(*matches)(const void *context, const uint8_t *answer,
		    size_t len);
	const void	*context;
};

/*
 * Send len octets and wait for what matches.  *answer is the caller's
 * (free()) when DNS_ANSWERED is returned.  UDP is one try of timeout_ms.
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
