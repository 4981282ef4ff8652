/* SPDX-License-Identifier: ISC */

/*
 * The recursive resolvers: those in the configuration, or those of the system.
 *
 * resolv.conf(5) is read here and not by ldns_resolver_new_frm_file(), which
 * cuts the scope off a link-local address and rejects the whole file for one
 * address that it cannot parse.  Only the nameserver lines are read.  If there
 * are none, the resolver is the one on this host, as resolv.conf(5) says.
 */

#include "probe/private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RESOLV_CONF	"/etc/resolv.conf"
#define LOCAL_RESOLVER	"127.0.0.1"

#define BLANKS		" \t\r\n"

/* Add a resolver; invalid addresses and those over the maximum are ignored. */
static void
add_resolver(struct dns_resolvers *resolvers, const char *text)
{
	if (resolvers->naddresses < DNS_MAX_RESOLVERS &&
	    dns_address_parse(text,
	    &resolvers->addresses[resolvers->naddresses]))
		resolvers->naddresses++;
}

static void
read_line(struct dns_resolvers *resolvers, char *line)
{
	const char *word, *address;

	if ((word = strsep(&line, BLANKS)) == NULL ||
	    strcmp(word, "nameserver") != 0)
		return;
	while ((address = strsep(&line, BLANKS)) != NULL && *address == '\0')
		continue;
	/* ADDRESS@PORT is our notation; this file has no ports. */
	if (address != NULL && strchr(address, '@') == NULL)
		add_resolver(resolvers, address);
}

int
dns_resolvers_read(struct dns_resolvers *resolvers, const char *path,
    struct ks_error *error)
{
	char *line = NULL;
	size_t size = 0;
	int saved;
	FILE *fp;

	memset(resolvers, 0, sizeof(*resolvers));
	if ((fp = fopen(path, "re")) == NULL && errno != ENOENT)
		return dns_fail(error, KS_E_SYSTEM, "%s: %s", path,
		    strerror(errno));
	errno = 0;
	while (fp != NULL && getline(&line, &size, fp) != -1)
		read_line(resolvers, line);
	saved = fp != NULL && ferror(fp) ? errno : 0;
	free(line);
	if (fp != NULL)
		(void)fclose(fp);
	if (saved != 0)
		return dns_fail(error, KS_E_SYSTEM, "%s: %s", path,
		    strerror(saved));
	if (resolvers->naddresses == 0)
		add_resolver(resolvers, LOCAL_RESOLVER);
	return 0;
}

int
dns_resolvers_init(struct dns_resolvers *resolvers, const char *const *texts,
    size_t ntexts, struct ks_error *error)
{
	size_t i;

	if (ntexts == 0)
		return dns_resolvers_read(resolvers, RESOLV_CONF, error);
	memset(resolvers, 0, sizeof(*resolvers));
	for (i = 0; i < ntexts && i < DNS_MAX_RESOLVERS; i++) {
		add_resolver(resolvers, texts[i]);
		if (resolvers->naddresses != i + 1)
			return dns_fail(error, KS_E_ARG,
			    "\"%s\" is not the address of a resolver: write it "
			    "as 192.0.2.1 or 127.0.0.1@5353", texts[i]);
	}
	return 0;
}
