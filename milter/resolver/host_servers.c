/* SPDX-License-Identifier: ISC */

/*
 * The servers of resolv.conf(5): see host_servers.h.
 *
 * The file is read here, not by libunbound, so that a later change is noticed
 * and a file that was damaged since does not matter.  Only nameserver lines are
 * read: neither options nor search lists concern libunbound.  What is not an
 * address is ignored, as the C library does.
 *
 * Fails if the file cannot be read.
 */

#include "resolver/host_servers.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS	" \t\r\n"

/* An address, also with a scope: fe80::1%eth0. */
static bool
is_address(const char *text)
{
	char address[INET6_ADDRSTRLEN];
	unsigned char octets[16];
	size_t len = strcspn(text, "%");

	if (len >= sizeof(address))
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	return inet_pton(AF_INET6, address, octets) == 1 ||
	    (text[len] == '\0' && inet_pton(AF_INET, text, octets) == 1);
}

static void
add(struct host_servers *servers, const char *text)
{
	char *address;

	if (servers->n == HOST_SERVERS_MAX || !is_address(text))
		return;
	address = servers->addresses[servers->n];
	if (strlcpy(address, text, HOST_SERVER_SIZE) < HOST_SERVER_SIZE)
		servers->texts[servers->n++] = address;
}

static void
read_line(struct host_servers *servers, char *line)
{
	const char *word, *address;

	if ((word = strsep(&line, BLANKS)) == NULL ||
	    strcmp(word, "nameserver") != 0)
		return;
	while ((address = strsep(&line, BLANKS)) != NULL && *address == '\0')
		continue;
	if (address != NULL)
		add(servers, address);
}

int
host_servers_read(struct host_servers *servers, const char *path)
{
	char *line = NULL;
	size_t size = 0;
	int error;
	FILE *fp;

	servers->n = 0;
	if ((fp = fopen(path, "re")) == NULL)
		return -1;
	errno = 0;
	while (getline(&line, &size, fp) != -1)
		read_line(servers, line);
	error = ferror(fp) != 0 ? errno : 0;
	free(line);
	(void)fclose(fp);
	errno = error;
	return error == 0 ? 0 : -1;
}

void
host_servers_copy(struct host_servers *to, const struct host_servers *from)
{
	for (to->n = 0; to->n < from->n; to->n++) {
		(void)strlcpy(to->addresses[to->n], from->addresses[to->n],
		    HOST_SERVER_SIZE);
		to->texts[to->n] = to->addresses[to->n];
	}
}

bool
host_servers_are_same(const struct host_servers *a,
    const struct host_servers *b)
{
	size_t i;

	for (i = 0; i < a->n && i < b->n; i++)
		if (strcmp(a->addresses[i], b->addresses[i]) != 0)
			return false;
	return a->n == b->n;
}
