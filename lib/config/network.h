/* SPDX-License-Identifier: ISC */

/*
 * Address blocks like 192.0.2.0/24 and 2001:db8::/32: RFC 4632 section 3.1,
 * RFC 4291 section 2.3.
 */

#ifndef NETWORK_H
#define NETWORK_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"

/* Octets of the longest block as text, with NUL. */
#define NETWORK_TEXT_SIZE	56

enum network_error {
	NETWORK_OK		= 0,
	NETWORK_E_ADDRESS	= -1,	/* not an IPv4 or IPv6 address */
	NETWORK_E_PREFIX	= -2,	/* not a number, or too large */
	NETWORK_E_HOST_BITS	= -3,	/* bits set after the prefix */
	NETWORK_E_MAPPED	= -4	/* IPv4 written as ::ffff:192.0.2.1 */
};

/*
 * Parse a block; without a prefix length it is a single address.  Even after
 * NETWORK_E_HOST_BITS network is set, with those bits zero.
 */
int	network_parse(const char *text, struct network *network);

/* Write a block as text; buf has NETWORK_TEXT_SIZE octets. */
void	network_print(const struct network *network, char *buf);

/*
 * Whether an address is in the block.  An address in ::ffff:0:0/96 is compared
 * as IPv4, because dual-stack sockets report IPv4 clients like that (RFC 4291
 * section 2.5.5.2).
 */
bool	network_contains(const struct network *network, int family,
	    const unsigned char address[16]);

#endif /* NETWORK_H */
