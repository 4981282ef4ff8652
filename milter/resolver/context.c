/* SPDX-License-Identifier: ISC */

/*
 * libunbound contexts: see context.h.
 *
 * By default libunbound answers some names itself, such as those of private
 * addresses, as a public resolver must.  We always ask the servers, because an
 * internal relay has a name too.
 *
 * Fails if libunbound rejects an option or a file, and when out of memory or
 * file descriptors.
 */

#include "resolver/context.h"

#include <sys/eventfd.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Octets of each cache; answers that do not fit are looked up again. */
#define CACHE_SIZE	"4m"
/*
 * Seconds for which libunbound remembers that a server is dead or slow: none.
 * A server that did not answer for one name would be avoided for other names
 * too, and mail could not be judged.  The price is that a lookup may first try
 * a dead server and then another one.
 */
#define DEAD_SERVER_TTL	"0"
/*
 * Sockets, one for each query.  libunbound's default of 16 is soon exhausted
 * if a server does not answer.
 */
#define SOCKETS		"1024"
#define SOCKETS_APART	"64"	/* for DNS_MAX_PARALLEL names and DNSSEC */
/*
 * File descriptors that must be free for a new context.  It takes about nine,
 * and a library that libunbound uses ends the program if it cannot get one.
 * Other threads may open some in the meantime.
 */
#define SPARE_DESCRIPTORS 24

/*
 * libunbound has global variables that creating a context sets up and deleting
 * one tears down: the locks of a server's listening side, which are not used
 * here, and numbers that are the same for all our contexts.
 */
static pthread_mutex_t globals_lock = PTHREAD_MUTEX_INITIALIZER;

static int
set_options(struct ub_ctx *ctx, const struct dns_options *options,
    bool is_apart, char *error, size_t errorsize)
{
	const struct {
		const char *name, *value;
	} settings[] = {
		{ "do-not-query-localhost:", "no" },
		{ "unblock-lan-zones:", "yes" },
		{ "insecure-lan-zones:", "yes" },
		{ "msg-cache-size:",	CACHE_SIZE },
		{ "rrset-cache-size:",	CACHE_SIZE },
		{ "key-cache-size:",	CACHE_SIZE },
		{ "infra-host-ttl:",	DEAD_SERVER_TTL },
		{ "outgoing-range:",	is_apart ? SOCKETS_APART : SOCKETS },
	};
	size_t i;
	int r;

	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if ((r = ub_ctx_set_option(ctx, settings[i].name,
		    settings[i].value)) != 0) {
			(void)snprintf(error, errorsize, "libunbound: %s %s",
			    settings[i].name, ub_strerror(r));
			return -1;
		}
	if (options->trust_anchor == NULL)
		r = ub_ctx_set_option(ctx, "module-config:", "iterator");
	else
		r = ub_ctx_add_ta_file(ctx, options->trust_anchor);
	if (r != 0) {
		(void)snprintf(error, errorsize, "trust_anchor: %s",
		    ub_strerror(r));
		return -1;
	}
	for (i = 0; i < options->nservers; i++)
		if ((r = ub_ctx_set_fwd(ctx, options->servers[i])) != 0) {
			(void)snprintf(error, errorsize, "server %s: %s",
			    options->servers[i], ub_strerror(r));
			return -1;
		}
	if (options->nservers == 0 &&
	    (r = ub_ctx_resolvconf(ctx, NULL)) != 0) {
		(void)snprintf(error, errorsize, "/etc/resolv.conf: %s",
		    ub_strerror(r));
		return -1;
	}
	return 0;
}

/*
 * The first change of a zone makes libunbound apply its options, so that errors
 * in them are found now and not when mail comes.
 */
static int
open_zones(struct ub_ctx *ctx, const struct dns_options *options, char *error,
    size_t errorsize)
{
	static const char *const zones[] = { "home.arpa.", "test." };
	size_t i;
	int r;

	for (i = 0; i < sizeof(zones) / sizeof(zones[0]); i++)
		if ((r = ub_ctx_zone_remove(ctx, zones[i])) != 0) {
			(void)snprintf(error, errorsize, "libunbound%s%s: %s",
			    options->trust_anchor != NULL ?
			    ", trust_anchor " : "",
			    options->trust_anchor != NULL ?
			    options->trust_anchor : "", ub_strerror(r));
			return -1;
		}
	return 0;
}

static bool
has_descriptors(void)
{
	int spare[SPARE_DESCRIPTORS];
	size_t n = 0, i;

	while (n < SPARE_DESCRIPTORS &&
	    (spare[n] = eventfd(0, EFD_CLOEXEC)) != -1)
		n++;
	for (i = 0; i < n; i++)
		(void)close(spare[i]);
	return n == SPARE_DESCRIPTORS;
}

static void
ignore(void *arg, int error, struct ub_result *result)
{
	(void)arg;
	(void)error;
	ub_resolve_free(result);
}

/* The first lookup starts libunbound's thread; localhost needs no server. */
static int
start(struct ub_ctx *ctx, char *error, size_t errorsize)
{
	int r;

	if ((r = ub_resolve_async(ctx, "localhost", 1, 1, NULL, ignore,
	    NULL)) == 0)
		return 0;
	(void)snprintf(error, errorsize, "libunbound: %s", ub_strerror(r));
	return -1;
}

static struct ub_ctx *
create(const struct dns_options *options, bool is_apart, char *error,
    size_t errorsize)
{
	struct ub_ctx *ctx;

	if (!has_descriptors()) {
		(void)snprintf(error, errorsize, "too few file descriptors "
		    "are free: raise RLIMIT_NOFILE");
		return NULL;
	}
	if ((ctx = ub_ctx_create()) == NULL) {
		(void)snprintf(error, errorsize, "out of memory or "
		    "file descriptors");
		return NULL;
	}
	if (set_options(ctx, options, is_apart, error, errorsize) == 0) {
		/* A thread: a fork would copy the state of other threads. */
		(void)ub_ctx_async(ctx, 1);
		if (open_zones(ctx, options, error, errorsize) == 0 &&
		    start(ctx, error, errorsize) == 0)
			return ctx;
	}
	ub_ctx_delete(ctx);
	return NULL;
}

struct ub_ctx *
dns_context_new(const struct dns_options *options, bool is_apart,
    char *error, size_t errorsize)
{
	struct ub_ctx *ctx;

	pthread_mutex_lock(&globals_lock);
	ctx = create(options, is_apart, error, errorsize);
	pthread_mutex_unlock(&globals_lock);
	return ctx;
}

void
dns_warm_up(void)
{
	struct ub_ctx *ctx;

	pthread_mutex_lock(&globals_lock);
	if ((ctx = ub_ctx_create()) != NULL) {
		/* This has it apply its options, as open_zones() does. */
		(void)ub_ctx_set_option(ctx, "module-config:", "iterator");
		(void)ub_ctx_zone_remove(ctx, "test.");
		ub_ctx_delete(ctx);
	}
	pthread_mutex_unlock(&globals_lock);
}

void
dns_context_free(struct ub_ctx *ctx)
{
	pthread_mutex_lock(&globals_lock);
	ub_ctx_delete(ctx);
	pthread_mutex_unlock(&globals_lock);
}

void
dns_options_free(struct dns_options *options)
{
	size_t i;

	if (options == NULL)
		return;
	for (i = 0; i < options->nservers; i++)
		free((char *)(uintptr_t)options->servers[i]);
	free((void *)(uintptr_t)options->servers);
	free((char *)(uintptr_t)options->trust_anchor);
	free(options);
}

struct dns_options *
dns_options_copy(const struct dns_options *options)
{
	struct dns_options *copy;
	const char **servers;
	size_t i;

	if ((copy = calloc(1, sizeof(*copy))) == NULL ||
	    (servers = calloc(options->nservers + 1, sizeof(*servers))) ==
	    NULL)
		goto fail;
	copy->servers = servers;
	copy->timeout_ms = options->timeout_ms;
	for (i = 0; i < options->nservers; i++) {
		if ((servers[i] = strdup(options->servers[i])) == NULL)
			goto fail;
		copy->nservers++;
	}
	if (options->trust_anchor != NULL && (copy->trust_anchor =
	    strdup(options->trust_anchor)) == NULL)
		goto fail;
	return copy;
fail:
	dns_options_free(copy);
	return NULL;
}
