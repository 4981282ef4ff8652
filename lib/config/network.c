/* SPDX-License-Identifier: ISC */

/*
 * Address blocks: parse, print, match.  RFC 4632 section 3.1 for IPv4, RFC
 * 4291 section 2.3 for IPv6.
 *
 * A block with bits set after its prefix length is refused, because it may be a
 * typing error, and so is IPv4 in IPv6 form.  A client address in that form
 * matches IPv4 blocks.
 */

#include "config/network.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const unsigned char mapped_prefix[12] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff
};

/* Zero the bits after the prefix; true if one was set. */
static bool
clear_host_bits(struct network *network)
{
	size_t octets = network->family == AF_INET ? 4 : 16, i;
	unsigned int prefix = network->prefix_length;
	unsigned char mask;
	bool cleared = false;

	for (i = prefix / 8; i < octets; i++) {
		mask = i == prefix / 8 ?
		    (unsigned char)(0xff >> (prefix % 8)) : 0xff;
		if ((network->address[i] & mask) != 0) {
			network->address[i] &= (unsigned char)~mask;
			cleared = true;
		}
	}
	return cleared;
}

int
network_parse(const char *text, struct network *network)
{
	char address[INET6_ADDRSTRLEN];
	const char *slash, *error;
	unsigned int bits;
	size_t len;

	memset(network, 0, sizeof(*network));
	slash = strchr(text, '/');
	len = slash == NULL ? strlen(text) : (size_t)(slash - text);
	if (len >= sizeof(address))
		return NETWORK_E_ADDRESS;
	memcpy(address, text, len);
	address[len] = '\0';
	if (inet_pton(AF_INET, address, network->address) == 1) {
		network->family = AF_INET;
		bits = 32;
	} else if (inet_pton(AF_INET6, address, network->address) == 1) {
		network->family = AF_INET6;
		bits = 128;
		if (memcmp(network->address, mapped_prefix,
		    sizeof(mapped_prefix)) == 0)
			return NETWORK_E_MAPPED;
	} else
		return NETWORK_E_ADDRESS;

	network->prefix_length = bits;
	if (slash != NULL) {
		if (slash[1] < '0' || slash[1] > '9')
			return NETWORK_E_PREFIX;
		network->prefix_length = (unsigned int)strtonum(slash + 1, 0,
		    bits, &error);
		if (error != NULL)
			return NETWORK_E_PREFIX;
	}
	return clear_host_bits(network) ? NETWORK_E_HOST_BITS : NETWORK_OK;
}

void
network_print(const struct network *network, char *buf)
{
	char address[INET6_ADDRSTRLEN];

	if (inet_ntop(network->family, network->address, address,
	    sizeof(address)) == NULL)
		address[0] = '\0';
	(void)snprintf(buf, NETWORK_TEXT_SIZE, "%s/%u", address,
	    network->prefix_length);
}

bool
network_contains(const struct network *network, int family,
    const unsigned char address[16])
{
	unsigned int octets, rest;
	unsigned char mask;

	if (family == AF_INET6 && memcmp(address, mapped_prefix,
	    sizeof(mapped_prefix)) == 0) {
		family = AF_INET;
		address += sizeof(mapped_prefix);
	}
	if (family != network->family)
		return false;
	octets = network->prefix_length / 8;
	rest = network->prefix_length % 8;
	if (memcmp(address, network->address, octets) != 0)
		return false;
	if (rest == 0)
		return true;
	mask = (unsigned char)(0xff << (8 - rest));
	return (address[octets] & mask) == (network->address[octets] & mask);
}
