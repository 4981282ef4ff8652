/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: resolv.conf, as the front reads it.  Each server is an address,
 * which libunbound takes and getaddrinfo(3) knows; a copy is the same; and what
 * was read, written again, is read again to the same.
 */

#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/host_servers.h"

#define MAX_LENGTH	4096	/* octets of input */
#define PATH		"/etc/resolv.conf"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
FILE	*__real_fopen64(const char *path, const char *mode);
FILE	*__wrap_fopen64(const char *path, const char *mode);

static const void *file;
static size_t filelen;

FILE *
__wrap_fopen64(const char *path, const char *mode)
{
	void *text;

	if (strcmp(path, PATH) != 0)
		return __real_fopen64(path, mode);
	memcpy(&text, &file, sizeof(text));
	return fmemopen(text, filelen, "r");
}

/* A scope that no interface has is not known; the address before it is. */
static void
check_address(const char *text)
{
	const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST };
	struct addrinfo *info;
	char address[HOST_SERVER_SIZE];

	(void)strlcpy(address, text, sizeof(address));
	address[strcspn(address, "%")] = '\0';
	if (getaddrinfo(address, NULL, &hints, &info) != 0)
		abort();
	freeaddrinfo(info);
}

static void
check_again(const struct host_servers *servers)
{
	struct host_servers again;
	char *text = NULL;
	size_t i;
	FILE *out;

	if ((out = open_memstream(&text, &filelen)) == NULL)
		abort();
	for (i = 0; i < servers->n; i++)
		(void)fprintf(out, "nameserver\t%s\n", servers->texts[i]);
	(void)fputc('\n', out);
	(void)fclose(out);
	file = text;
	if (host_servers_read(&again, PATH) != 0 ||
	    !host_servers_are_same(servers, &again))
		abort();
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct host_servers servers, copy;
	size_t i;

	if (len == 0 || len > MAX_LENGTH)
		return 0;
	file = data;
	filelen = len;
	if (host_servers_read(&servers, PATH) != 0 ||
	    servers.n > HOST_SERVERS_MAX)
		abort();
	for (i = 0; i < servers.n; i++)
		check_address(servers.texts[i]);
	host_servers_copy(&copy, &servers);
	if (!host_servers_are_same(&servers, &copy))
		abort();
	check_again(&servers);
	return 0;
}
