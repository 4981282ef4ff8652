/* SPDX-License-Identifier: ISC */

/*
 * A resolver: see dns.h.
 *
 * libunbound works in a thread of its own and hands results to ours, which
 * wakes the thread that waits for them.  A lookup that was given up stays
 * with libunbound, which ends it some time; whoever comes last frees it.
 *
 * libunbound would answer for some names itself, such as those of private
 * addresses, which a server for many strangers must.  Here the servers that
 * are asked know better: a relay inside has a name, too.
 */

#include "dns.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>
#include <unbound.h>
#include <unistd.h>

#include "dns_answer.h"

/* Octets of the caches; what does not fit is asked for again. */
#define CACHE_SIZE	"4m"
/*
 * Seconds for which a server is remembered to be dead or slow: none.  It is
 * enough that it does not answer for the names of one forged message, and it
 * would pass for dead, so that honest mail could not be judged.  What a dead
 * server costs is a second try at another one.
 */
#define DEAD_SERVER_TTL	"0"
/*
 * From this minor version on a silent server is probed.  With 1.26 that makes
 * honest mail wait less often, but does not end it; with 1.17 it is worse.
 */
#define PROBING_MINOR	23
/*
 * Sockets, and so questions under way.  Of the 16 that libunbound has by
 * default the names of two forged messages take all, for as long as no server
 * answers, and longer than anybody waits for it.
 */
#define SOCKETS		"1024"

#define MAX_LABEL	63	/* octets */

struct lookup {
	LIST_ENTRY(lookup) entry;
	struct dns_resolver *resolver;
	pthread_cond_t	 done_cond;
	bool		 is_done;
	bool		 is_abandoned;
	enum dns_type	 type;
	struct dns_answer answer;
};

struct dns_resolver {
	struct ub_ctx	*ctx;
	pthread_t	 thread;
	pthread_mutex_t	 lock;		/* of the list and what is in it */
	LIST_HEAD(, lookup) lookups;
	int		 stop[2];	/* a pipe; its end stops the thread */
	unsigned int	 timeout_ms;
};

static void
lookup_free(struct lookup *lookup)
{
	LIST_REMOVE(lookup, entry);
	dns_answer_free(&lookup->answer);
	(void)pthread_cond_destroy(&lookup->done_cond);
	free(lookup);
}

/* libunbound has an answer; called by our thread. */
static void
take_result(void *arg, int error, struct ub_result *result)
{
	struct lookup *lookup = arg;
	struct dns_resolver *resolver = lookup->resolver;

	pthread_mutex_lock(&resolver->lock);
	if (lookup->is_abandoned)
		lookup_free(lookup);
	else {
		if (error != 0)
			dns_answer_fail(&lookup->answer, ub_strerror(error));
		else
			dns_answer_take(&lookup->answer, lookup->type, result);
		lookup->is_done = true;
		(void)pthread_cond_signal(&lookup->done_cond);
	}
	pthread_mutex_unlock(&resolver->lock);
	ub_resolve_free(result);
}

static void *
serve(void *arg)
{
	struct dns_resolver *resolver = arg;
	struct pollfd fds[2] = {
		{ .fd = ub_fd(resolver->ctx), .events = POLLIN },
		{ .fd = resolver->stop[0], .events = POLLIN },
	};

	while (poll(fds, 2, -1) != -1 || errno == EINTR) {
		if (fds[1].revents != 0)
			break;
		if (fds[0].revents != 0 && ub_process(resolver->ctx) != 0)
			break;
	}
	return NULL;
}

/* Whether this libunbound is better told to probe servers. */
static bool
wants_probing(void)
{
	int major, minor;

	return sscanf(ub_version(), "%d.%d", &major, &minor) == 2 &&
	    (major > 1 || minor >= PROBING_MINOR);
}

static int
set_options(struct ub_ctx *ctx, const struct dns_options *options,
    char *error, size_t errorsize)
{
	static const struct {
		const char *name, *value;
	} settings[] = {
		{ "do-not-query-localhost:", "no" },
		{ "unblock-lan-zones:", "yes" },
		{ "insecure-lan-zones:", "yes" },
		{ "msg-cache-size:",	CACHE_SIZE },
		{ "rrset-cache-size:",	CACHE_SIZE },
		{ "key-cache-size:",	CACHE_SIZE },
		{ "infra-host-ttl:",	DEAD_SERVER_TTL },
		{ "outgoing-range:",	SOCKETS },
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
	if (wants_probing() && (r = ub_ctx_set_option(ctx,
	    "infra-keep-probing:", "yes")) != 0) {
		(void)snprintf(error, errorsize, "libunbound: "
		    "infra-keep-probing: %s", ub_strerror(r));
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
 * The first change of a zone makes libunbound use its options, so that what
 * is wrong with them is known now and not when mail comes.
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

struct dns_resolver *
dns_resolver_new(const struct dns_options *options, char *error,
    size_t errorsize)
{
	struct dns_resolver *resolver;

	(void)snprintf(error, errorsize, "out of memory");
	if ((resolver = calloc(1, sizeof(*resolver))) == NULL)
		return NULL;
	LIST_INIT(&resolver->lookups);
	resolver->timeout_ms = options->timeout_ms;
	if ((resolver->ctx = ub_ctx_create()) == NULL)
		goto fail;
	if (set_options(resolver->ctx, options, error, errorsize) != 0)
		goto fail;
	/* Threads, not processes: a fork would copy what others hold. */
	(void)ub_ctx_async(resolver->ctx, 1);
	if (open_zones(resolver->ctx, options, error, errorsize) != 0)
		goto fail;
	if (pipe2(resolver->stop, O_CLOEXEC) == -1) {
		(void)snprintf(error, errorsize, "pipe: %s", strerror(errno));
		goto fail;
	}
	(void)pthread_mutex_init(&resolver->lock, NULL);
	if (pthread_create(&resolver->thread, NULL, serve, resolver) == 0)
		return resolver;
	(void)snprintf(error, errorsize, "no thread for lookups");
	(void)pthread_mutex_destroy(&resolver->lock);
	(void)close(resolver->stop[0]);
	(void)close(resolver->stop[1]);
fail:
	ub_ctx_delete(resolver->ctx);
	free(resolver);
	return NULL;
}

void
dns_resolver_free(struct dns_resolver *resolver)
{
	struct lookup *lookup;

	if (resolver == NULL)
		return;
	(void)close(resolver->stop[1]);
	(void)pthread_join(resolver->thread, NULL);
	(void)close(resolver->stop[0]);
	ub_ctx_delete(resolver->ctx);
	while ((lookup = LIST_FIRST(&resolver->lookups)) != NULL)
		lookup_free(lookup);
	(void)pthread_mutex_destroy(&resolver->lock);
	free(resolver);
}

static struct lookup *
lookup_new(struct dns_resolver *resolver, enum dns_type type)
{
	pthread_condattr_t attr;
	struct lookup *lookup;

	if ((lookup = calloc(1, sizeof(*lookup))) == NULL)
		return NULL;
	lookup->resolver = resolver;
	lookup->type = type;
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&lookup->done_cond, &attr);
	(void)pthread_condattr_destroy(&attr);
	pthread_mutex_lock(&resolver->lock);
	LIST_INSERT_HEAD(&resolver->lookups, lookup, entry);
	pthread_mutex_unlock(&resolver->lock);
	return lookup;
}

static void
set_deadline(struct timespec *deadline, unsigned int timeout_ms)
{
	(void)clock_gettime(CLOCK_MONOTONIC, deadline);
	deadline->tv_sec += timeout_ms / 1000;
	deadline->tv_nsec += timeout_ms % 1000 * 1000000L;
	if (deadline->tv_nsec >= 1000000000L) {
		deadline->tv_nsec -= 1000000000L;
		deadline->tv_sec++;
	}
}

/*
 * Whether there may be such a name.  libunbound takes a backslash for the
 * begin of an escape, which would move the bounds of labels.
 */
static bool
is_name(const char *name)
{
	size_t len = 0, label;

	do {
		label = strcspn(name, ".");
		if (label == 0 || label > MAX_LABEL ||
		    memchr(name, '\\', label) != NULL)
			return false;
		len += label + 1;
		name += label;
		if (*name == '.')
			name++;
	} while (*name != '\0');
	return len - 1 <= DNS_MAX_NAME;
}

/* Ask; NULL: there is nothing to wait for, and the answer is filled. */
static struct lookup *
lookup_start(struct dns_resolver *resolver, const char *name,
    enum dns_type type, struct dns_answer *answer)
{
	struct lookup *lookup;
	int r;

	memset(answer, 0, sizeof(*answer));
	if (!is_name(name)) {
		answer->status = DNS_NXDOMAIN;
		return NULL;
	}
	if ((lookup = lookup_new(resolver, type)) == NULL) {
		dns_answer_fail(answer, "out of memory");
		return NULL;
	}
	if ((r = ub_resolve_async(resolver->ctx, name, (int)type, 1, lookup,
	    take_result, NULL)) == 0)
		return lookup;
	dns_answer_fail(answer, ub_strerror(r));
	pthread_mutex_lock(&resolver->lock);
	lookup_free(lookup);
	pthread_mutex_unlock(&resolver->lock);
	return NULL;
}

static void
lookup_wait(struct dns_resolver *resolver, struct lookup *lookup,
    const struct timespec *deadline, struct dns_answer *answer)
{
	int late = 0;

	pthread_mutex_lock(&resolver->lock);
	while (!lookup->is_done && late == 0)
		late = pthread_cond_timedwait(&lookup->done_cond,
		    &resolver->lock, deadline);
	if (!lookup->is_done) {
		dns_answer_fail(answer, "no answer in time");
		lookup->is_abandoned = true;
	} else {
		*answer = lookup->answer;
		memset(&lookup->answer, 0, sizeof(lookup->answer));
		lookup_free(lookup);
	}
	pthread_mutex_unlock(&resolver->lock);
}

void
dns_lookup_all(void *arg, const char *const *names, size_t n,
    enum dns_type type, struct dns_answer *answers)
{
	struct dns_resolver *resolver = arg;
	struct lookup *lookups[DNS_MAX_PARALLEL];
	struct timespec deadline;
	size_t i;

	for (i = DNS_MAX_PARALLEL; i < n; i++) {
		memset(&answers[i], 0, sizeof(answers[i]));
		dns_answer_fail(&answers[i], "too many names at a time");
	}
	if (n > DNS_MAX_PARALLEL)
		n = DNS_MAX_PARALLEL;
	set_deadline(&deadline, resolver->timeout_ms);
	for (i = 0; i < n; i++)
		lookups[i] = lookup_start(resolver, names[i], type,
		    &answers[i]);
	for (i = 0; i < n; i++)
		if (lookups[i] != NULL)
			lookup_wait(resolver, lookups[i], &deadline,
			    &answers[i]);
}

enum dns_status
dns_lookup(void *arg, const char *name, enum dns_type type,
    struct dns_answer *answer)
{
	dns_lookup_all(arg, &name, 1, type, answer);
	return answer->status;
}
