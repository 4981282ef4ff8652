/* SPDX-License-Identifier: ISC */

/*
 * Addresses on this host: see loopback.h.
 *
 * Names are not looked up, because "localhost" can have any address.  Nothing
 * is opened here.
 */

#include "config/loopback.h"

#include <sys/un.h>

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define IS_LOCAL(address)	((ntohl(address) >> 24) == 127)

static bool
parse_unix(const char *path, struct sockaddr_storage *address, socklen_t *len)
{
	struct sockaddr_un *un = (struct sockaddr_un *)(void *)address;

	if (path[0] != '/' || strlcpy(un->sun_path, path,
	    sizeof(un->sun_path)) >= sizeof(un->sun_path))
		return false;
	un->sun_family = AF_UNIX;
	*len = (socklen_t)sizeof(*un);
	return true;
}

/* The port before the "@", in network order; 0: none. */
static in_port_t
parse_port(const char *text, const char **host)
{
	const char *at = strchr(text, '@'), *fault;
	char port[8];
	long long n;

	if (at == NULL || (size_t)(at - text) >= sizeof(port) ||
	    !isdigit((unsigned char)text[0]))
		return 0;
	memcpy(port, text, (size_t)(at - text));
	port[at - text] = '\0';
	n = strtonum(port, LOOPBACK_LEAST_PORT, UINT16_MAX, &fault);
	*host = at + 1;
	return fault == NULL ? htons((uint16_t)n) : 0;
}

static bool
parse_inet(const char *text, struct sockaddr_storage *address, socklen_t *len)
{
	struct sockaddr_in *in = (struct sockaddr_in *)(void *)address;
	const char *host;

	in->sin_family = AF_INET;
	*len = (socklen_t)sizeof(*in);
	return (in->sin_port = parse_port(text, &host)) != 0 &&
	    inet_pton(AF_INET, host, &in->sin_addr) == 1 &&
	    IS_LOCAL(in->sin_addr.s_addr);
}

static bool
parse_inet6(const char *text, struct sockaddr_storage *address,
    socklen_t *len)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)(void *)address;
	const char *host;

	in6->sin6_family = AF_INET6;
	*len = (socklen_t)sizeof(*in6);
	return (in6->sin6_port = parse_port(text, &host)) != 0 &&
	    inet_pton(AF_INET6, host, &in6->sin6_addr) == 1 &&
	    IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
}

bool
loopback_parse(const char *text, struct sockaddr_storage *address,
    socklen_t *len)
{
	memset(address, 0, sizeof(*address));
	if (strncmp(text, "unix:", 5) == 0)
		return parse_unix(text + 5, address, len);
	if (strncmp(text, "inet:", 5) == 0)
		return parse_inet(text + 5, address, len);
	return strncmp(text, "inet6:", 6) == 0 &&
	    parse_inet6(text + 6, address, len);
}
