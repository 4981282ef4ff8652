/* SPDX-License-Identifier: ISC */

/*
 * Wake libmilter's listener, so that it notices that it has to stop.
 *
 * libmilter checks that only every five seconds and after each connection, so
 * connect to our own socket and close the connection.  If that fails, stopping
 * takes up to five seconds; the failure is not reported.
 */

#include "front/stop.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
knock(int family, const struct sockaddr *address, socklen_t len)
{
	int fd;

	if ((fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return;
	(void)connect(fd, address, len);
	(void)close(fd);
}

static void
knock_unix(const char *path)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	if (strlcpy(un.sun_path, path, sizeof(un.sun_path)) <
	    sizeof(un.sun_path))
		knock(AF_UNIX, (const struct sockaddr *)&un, sizeof(un));
}

static void
knock_inet(const char *port_and_address)
{
	const struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *info;
	char *port, *address;

	if ((port = strdup(port_and_address)) == NULL)
		return;
	if ((address = strchr(port, '@')) != NULL) {
		*address++ = '\0';
		if (getaddrinfo(address, port, &hints, &info) == 0) {
			knock(info->ai_family, info->ai_addr,
			    info->ai_addrlen);
			freeaddrinfo(info);
		}
	}
	free(port);
}

void
wake_listener(const char *socket_name)
{
	const char *rest = strchr(socket_name, ':');

	if (rest == NULL)
		return;
	if (strncmp(socket_name, "unix:", 5) == 0)
		knock_unix(rest + 1);
	else
		knock_inet(rest + 1);
}
