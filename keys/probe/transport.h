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

/*
 * The same over TLS (RFC 7858): one connection for one question.  The server
 * must show a certificate with that name, from a CA that this system trusts.
 * SIGPIPE must be blocked in the calling thread.
 *
 * struct dns_tls has the certificates of the CAs; they are read when they are
 * first needed.  Safe for any number of threads.
 */
struct dns_tls *dns_tls_new(void);	/* NULL: out of memory */
void	dns_tls_free(struct dns_tls *tls);
enum dns_query_status dns_transport_tls(const struct dns_address *server,
	    struct dns_tls *tls, const char *name, const uint8_t *request,
	    size_t len, int timeout_ms, const struct dns_match *match,
	    uint8_t **answer, size_t *answer_len);

/* -- For both files of the transport ------------------------------------- */

/* Open a socket that is connected or, on TCP, still connecting. */
enum dns_query_status dns_transport_open(const struct dns_address *server,
	    int type, int *fd);

/* Wait for events of poll(2); DNS_ANSWERED if one occurred. */
enum dns_query_status dns_transport_wait(int fd, short events,
	    int64_t deadline_ms);

/* What the errno of a socket call tells about the server. */
enum dns_query_status dns_transport_status(int error);

/* A message with its length before it, RFC 1035 section 4.2.2; the caller
 * frees it.  NULL if out of memory. */
#define DNS_LENGTH_SIZE		2	/* octets */
uint8_t	*dns_transport_frame(const uint8_t *message, size_t len);

#endif /* DNS_TRANSPORT_H */
