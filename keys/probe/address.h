/* SPDX-License-Identifier: ISC */

/*
 * The address of a DNS server, written ADDRESS[@PORT] in configurations.
 */

#ifndef DNS_ADDRESS_H
#define DNS_ADDRESS_H

#include <sys/socket.h>

#include <stdbool.h>

#define DNS_PORT		53
#define DNS_ADDRESS_SIZE	64	/* octets of the text, NUL included */

struct dns_address {
	struct sockaddr_storage	 sockaddr;
	socklen_t		 len;
	/* Printed: "192.0.2.1", "2001:db8::1@5353". */
	char			 text[DNS_ADDRESS_SIZE];
};

/* False if the text is not a numeric address with an optional port. */
bool	dns_address_parse(const char *text, struct dns_address *address);

/*
 * Make an address from the host part of an IPv4 or IPv6 socket address and a
 * port in host byte order.
 */
void	dns_address_make(const struct sockaddr *sockaddr, unsigned int port,
	    struct dns_address *address);

/*
 * Whether an address can only be reached from inside of a network: private
 * (RFC 1918, RFC 4193), shared by a provider's customers (RFC 6598), loopback
 * or link-local.
 */
bool	dns_address_is_private(const struct dns_address *address);

#endif /* DNS_ADDRESS_H */
