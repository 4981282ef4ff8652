/* SPDX-License-Identifier: ISC */

/*
 * The DNS servers of this host, as resolv.conf(5) names them.
 */

#ifndef HOST_SERVERS_H
#define HOST_SERVERS_H

#include <stdbool.h>
#include <stddef.h>

#define HOST_SERVERS_FILE	"/etc/resolv.conf"
#define HOST_SERVERS_MAX	16	/* further ones are ignored */
#define HOST_SERVER_SIZE	64	/* octets of an address and its scope */

struct host_servers {
	/* In the order of the file; texts for struct dns_options. */
	const char	*texts[HOST_SERVERS_MAX];
	size_t		 n;		/* 0: the file names none */
	char		 addresses[HOST_SERVERS_MAX][HOST_SERVER_SIZE];
};

/*
 * Read the file.  Returns 0, or -1 with errno set; *servers points into itself,
 * so it must not be copied but by host_servers_copy().
 */
int	host_servers_read(struct host_servers *servers, const char *path);

void	host_servers_copy(struct host_servers *to,
	    const struct host_servers *from);

/* Whether both have the same servers in the same order. */
bool	host_servers_are_same(const struct host_servers *a,
	    const struct host_servers *b);

#endif /* HOST_SERVERS_H */
