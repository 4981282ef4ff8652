/* SPDX-License-Identifier: ISC */

/*
 * The address of a DNS server.  IPv4 is four decimal numbers, without the
 * older forms that getaddrinfo(3) takes ("127.1"); IPv6 may have the zone of
 * a link-local address ("fe80::1%eth0"), as in /etc/resolv.conf.
 */

#include "probe/address.h"

#include <netinet/in.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <netdb.h>

#define V4_PREFIX	{ 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff }
#define V4(a, b) \
	{ 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, (a), (b) }

static void
make_text(struct dns_address *address, unsigned int port)
{
	const struct sockaddr *sockaddr;
	char host[DNS_ADDRESS_SIZE];

	sockaddr = (const struct sockaddr *)&address->sockaddr;
	if (getnameinfo(sockaddr, address->len, host, sizeof(host), NULL, 0,
	    NI_NUMERICHOST) != 0)
		(void)strlcpy(host, "?", sizeof(host));
	if (port == DNS_PORT ||
	    snprintf(address->text, sizeof(address->text), "%s@%u", host,
	    port) >= (int)sizeof(address->text))
		(void)strlcpy(address->text, host, sizeof(address->text));
}

void
dns_address_make(const struct sockaddr *sockaddr, unsigned int port,
    struct dns_address *address)
{
	struct sockaddr_in6 in6;
	struct sockaddr_in in;

	memset(address, 0, sizeof(*address));
	if (sockaddr->sa_family == AF_INET6) {
		memcpy(&in6, sockaddr, sizeof(in6));
		in6.sin6_port = htons((uint16_t)port);
		memcpy(&address->sockaddr, &in6, sizeof(in6));
		address->len = sizeof(in6);
	} else {
		memcpy(&in, sockaddr, sizeof(in));
		in.sin_port = htons((uint16_t)port);
		memcpy(&address->sockaddr, &in, sizeof(in));
		address->len = sizeof(in);
	}
	make_text(address, port);
}

static bool
parse_ipv4(const char *host, unsigned int port, struct dns_address *address)
{
	struct sockaddr_in in;

	memset(&in, 0, sizeof(in));
	in.sin_family = AF_INET;
	if (inet_pton(AF_INET, host, &in.sin_addr) != 1)
		return false;
	dns_address_make((const struct sockaddr *)&in, port, address);
	return true;
}

static bool
parse_ipv6(const char *host, unsigned int port, struct dns_address *address)
{
	const struct addrinfo hints = {
		.ai_family = AF_INET6, .ai_flags = AI_NUMERICHOST,
		.ai_socktype = SOCK_DGRAM,
	};
	struct addrinfo *found;

	if (getaddrinfo(host, NULL, &hints, &found) != 0)
		return false;
	dns_address_make(found->ai_addr, port, address);
	freeaddrinfo(found);
	return true;
}

bool
dns_address_parse(const char *text, struct dns_address *address)
{
	char host[DNS_ADDRESS_SIZE];
	const char *at, *error = NULL;
	unsigned int port = DNS_PORT;
	size_t len;

	at = strchr(text, '@');
	len = at != NULL ? (size_t)(at - text) : strlen(text);
	if (len >= sizeof(host))
		return false;
	memcpy(host, text, len);
	host[len] = '\0';
	if (at != NULL)
		port = (unsigned int)strtonum(at + 1, 1, 65535, &error);
	if (error != NULL)
		return false;
	return parse_ipv4(host, port, address) ||
	    parse_ipv6(host, port, address);
}

/* An address in its 16 octets; an IPv4 address is mapped. */
static void
copy_octets(const struct dns_address *address, unsigned char octets[16])
{
	static const unsigned char mapped[12] = V4_PREFIX;
	struct sockaddr_in6 in6;
	struct sockaddr_in in;

	if (address->sockaddr.ss_family == AF_INET6) {
		memcpy(&in6, &address->sockaddr, sizeof(in6));
		memcpy(octets, &in6.sin6_addr, sizeof(in6.sin6_addr));
		return;
	}
	memcpy(&in, &address->sockaddr, sizeof(in));
	memcpy(octets, mapped, sizeof(mapped));
	memcpy(octets + sizeof(mapped), &in.sin_addr, sizeof(in.sin_addr));
}

static bool
is_in_block(const unsigned char octets[16], const unsigned char block[16],
    unsigned int prefix_length)
{
	const unsigned int whole = prefix_length / 8, rest = prefix_length % 8;
	const unsigned int mask = 0xffu << (8 - rest) & 0xffu;

	return memcmp(octets, block, whole) == 0 && (rest == 0 ||
	    (octets[whole] & mask) == (block[whole] & mask));
}

bool
dns_address_is_private(const struct dns_address *address)
{
	static const struct {
		unsigned char	octets[16];
		unsigned int	prefix_length;
	} blocks[] = {
		/* IPv4 as IPv6 has it, RFC 4291 section 2.5.5.2. */
		{ V4(0, 0), 104 },		/* this network */
		{ V4(10, 0), 104 },		/* RFC 1918 */
		{ V4(100, 64), 106 },		/* RFC 6598 */
		{ V4(127, 0), 104 },
		{ V4(169, 254), 112 },		/* RFC 3927 */
		{ V4(172, 16), 108 },		/* RFC 1918 */
		{ V4(192, 168), 112 },		/* RFC 1918 */
		{ { 0 }, 127 },			/* unspecified, and loopback */
		{ { 0xfc }, 7 },		/* RFC 4193 */
		{ { 0xfe, 0x80 }, 10 }		/* link-local */
	};
	unsigned char octets[16];
	size_t i;

	copy_octets(address, octets);
	for (i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
		if (is_in_block(octets, blocks[i].octets,
		    blocks[i].prefix_length))
			return true;
	return false;
}
