/* SPDX-License-Identifier: ISC */

/*
 * The DNS servers of the host, and the resolver: see host_dns.h.
 *
 * The servers that resolv.conf(5) names are compared, not the file, because
 * some programs rewrite it with another comment each time.  Reading it every
 * few seconds needs no watch on the folder of the file, on that of the file
 * which it may be a link to, and on the link.
 *
 * A file that is unreadable or names no server is probably about to be
 * replaced: the servers that are known stay in use, and that is logged once.
 * If it does not exist when the front starts, such as before the network is up,
 * the local host is asked until it does, as the C library does.
 *
 * A resolver that is stuck, because memory ran out while it worked, is replaced
 * by one with the same servers.  What cannot be freed of it is left; when that
 * is too much, the process ends, and the master starts another.
 */

#include "front/host_dns.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "front/counters.h"
#include "front/snapshot.h"
#include "message/answers.h"
#include "resolver/host_servers.h"

#define LOCAL_SERVER	"127.0.0.1"	/* if the file names none */
/*
 * libunbound gives up one dead server after 7 seconds, three after 18, eight
 * after 28.  A lookup that is under way for longer after its timeout will never
 * end.
 */
#define STUCK_MS	60000

/* What the current resolver asks; n is 0 if that is not from the host. */
static struct host_servers asked;
static bool is_kept;		/* and that was logged */

static bool
uses_host(const struct config *config)
{
	return config->dns.servers.n == 0 && answers_need_dns(config);
}

/* "192.0.2.1, 2001:db8::1" */
static const char *
print_servers(char *buf, size_t size, const struct host_servers *servers)
{
	size_t i;

	(void)strlcpy(buf, servers->n == 0 ? LOCAL_SERVER : "", size);
	for (i = 0; i < servers->n; i++)
		if (strlcat(buf, i > 0 ? ", " : "", size) >= size ||
		    strlcat(buf, servers->texts[i], size) >= size)
			break;
	return buf;
}

static void
keep(const char *why)
{
	char text[256];

	if (!is_kept)
		log_warnx(M_DNS_SERVERS_KEPT, "DNS servers not changed: %s: "
		    "still asking %s", why, print_servers(text, sizeof(text),
		    &asked));
	is_kept = true;
}

/*
 * Read the servers of the host: 0; 1 if those that are known stay in use, or
 * the local host; -1, with a text in error, if none are known.
 */
static int
look(struct host_servers *found, char *error, size_t errorsize)
{
	const char *why = "names no server";
	bool is_missing = false;

	if (host_servers_read(found, HOST_SERVERS_FILE) != 0) {
		is_missing = errno == ENOENT;
		why = strerror(errno);
	} else if (found->n > 0 || asked.n == 0)
		return 0;
	(void)snprintf(error, errorsize, HOST_SERVERS_FILE ": %s", why);
	if (asked.n == 0 && !is_missing)
		return -1;
	keep(error);
	host_servers_copy(found, &asked);
	return 1;
}

/* The servers are those of the host; those of a configuration come first. */
static int
make_resolver(const struct config *config, const struct host_servers *servers,
    struct dns_resolver **resolver, char *error, size_t errorsize)
{
	static const char *const local[] = { LOCAL_SERVER };

	return answers_resolver_new(config,
	    servers->n > 0 ? servers->texts : local,
	    servers->n > 0 ? servers->n : uses_host(config), resolver, error,
	    errorsize);
}

int
host_dns_open(const struct config *config, struct dns_resolver **resolver,
    char *error, size_t errorsize)
{
	struct host_servers found = { .n = 0 };
	int r = 0;

	*resolver = NULL;
	if (uses_host(config) && (r = look(&found, error, errorsize)) == -1)
		return -1;
	if (make_resolver(config, &found, resolver, error, errorsize) != 0)
		return -1;
	host_servers_copy(&asked, &found);
	if (r == 0)
		is_kept = false;
	return 0;
}

static void
replace(struct config *config, const struct host_servers *found)
{
	struct dns_resolver *resolver;
	char text[256];

	if (make_resolver(config, found, &resolver, text, sizeof(text)) !=
	    0) {
		keep(text);
		return;
	}
	if (snapshot_replace_take(config_ref(config), resolver) != 0) {
		keep("out of memory");
		return;
	}
	host_servers_copy(&asked, found);
	is_kept = false;
	log_info(M_DNS_SERVERS_CHANGED, HOST_SERVERS_FILE ": DNS servers "
	    "changed: asking %s", print_servers(text, sizeof(text), &asked));
}

/* If that fails, the resolver is still stuck the next time. */
static void
restart(struct config *config, const char *why)
{
	struct dns_resolver *resolver;
	char error[256];

	if (dns_contexts_left() >= HOST_DNS_MAX_LEFT) {
		log_warnx(M_DNS_RESTARTED, "DNS lookups are stuck: %s: this "
		    "happened %u times, so this process ends, and another is "
		    "started", why, dns_contexts_left());
		_exit(EX_SOFTWARE);
	}
	(void)strlcpy(error, "out of memory", sizeof(error));
	if (make_resolver(config, &asked, &resolver, error, sizeof(error)) !=
	    0 || snapshot_replace_take(config_ref(config), resolver) != 0) {
		log_warnx(M_DNS_RESTARTED, "DNS lookups are stuck: %s: cannot "
		    "restart them now: %s", why, error);
		return;
	}
	counters_add(COUNTER_DNS_RESTARTS, 1);
	log_warnx(M_DNS_RESTARTED, "DNS lookups were stuck: %s: restarted",
	    why);
}

static void
follow_servers(struct config *config)
{
	struct host_servers found;
	char error[256];
	int r;

	r = look(&found, error, sizeof(error));
	if (r == -1)
		keep(error);
	else if (r == 0 && host_servers_are_same(&found, &asked))
		is_kept = false;
	else if (r == 0)
		replace(config, &found);
}

void
host_dns_attend(void)
{
	struct snapshot *snapshot;
	char why[128];

	if ((snapshot = snapshot_acquire()) == NULL)
		return;
	if (snapshot->resolver != NULL && dns_resolver_is_stuck(
	    snapshot->resolver, STUCK_MS, why, sizeof(why)))
		restart(snapshot->config, why);
	else if (uses_host(snapshot->config))
		follow_servers(snapshot->config);
	snapshot_release(snapshot);
}
