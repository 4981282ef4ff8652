/* SPDX-License-Identifier: ISC */

/*
 * Resolvers: see resolver.h.
 *
 * libunbound works in its own thread and passes results to our thread, which
 * wakes the thread that waits for them.  If a lookup is abandoned, libunbound
 * still finishes it later; the last user frees it.
 *
 * What libunbound learns about a server in one lookup decides whether it asks
 * that server in the next one.  Therefore names that a sender may have chosen
 * are looked up by a separate resolver that is freed afterwards: a sender could
 * have servers that do not answer for such names, and then libunbound would
 * avoid them for honest mail too.  There are at most MAX_APART separate
 * resolvers at the same time; further calls wait.
 */

#include "resolver/resolver.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/meters.h"
#include "resolver/answer.h"
#include "resolver/context.h"
#include "resolver/private.h"

#define MAX_LABEL	63	/* octets */

/*
 * Separate resolvers at the same time: more than the default number of
 * connections of a mail server, but never more than half of the descriptors
 * allow.
 */
#define MAX_APART	128
#define APART_DESCRIPTORS 20	/* of one resolver, with all its sockets */

/*
 * A SERVFAIL within BLIND_MS did not come from a timeout: the server that we
 * asked avoids all servers of the zone, because they did not answer for other
 * names.  It does so for a few seconds, so retry after BLIND_PAUSE_MS.
 */
#define BLIND_MS	500
#define BLIND_PAUSE_MS	1000

void
resolver_forget(struct lookup *lookup)
{
	LIST_REMOVE(lookup, entry);
	dns_answer_free(&lookup->answer);
	(void)pthread_cond_destroy(&lookup->done_cond);
	free(lookup);
}

/* Called in our thread when libunbound has an answer. */
static void
take_result(void *arg, int error, struct ub_result *result)
{
	struct lookup *lookup = arg;
	struct dns_resolver *resolver = lookup->resolver;

	pthread_mutex_lock(&resolver->lock);
	if (lookup->is_abandoned)
		resolver_forget(lookup);
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
		/* It may have lost its place in the pipe: read no more. */
		if (fds[0].revents != 0 && ub_process(resolver->ctx) != 0) {
			atomic_store(&resolver->is_stuck, true);
			break;
		}
	}
	return NULL;
}

/* With the clock of deadlines. */
static void
cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attr;

	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(cond, &attr);
	(void)pthread_condattr_destroy(&attr);
}

static struct dns_resolver *
resolver_open(const struct dns_options *options, bool is_apart, char *error,
    size_t errorsize)
{
	struct dns_resolver *resolver;

	(void)snprintf(error, errorsize, "out of memory");
	if ((resolver = calloc(1, sizeof(*resolver))) == NULL)
		return NULL;
	LIST_INIT(&resolver->lookups);
	resolver->ctx = dns_context_new(options, is_apart, error, errorsize);
	if (resolver->ctx == NULL)
		goto fail;
	if (pipe2(resolver->stop, O_CLOEXEC) == -1) {
		(void)snprintf(error, errorsize, "pipe: %s", strerror(errno));
		goto fail;
	}
	(void)pthread_mutex_init(&resolver->lock, NULL);
	cond_init(&resolver->apart_cond);
	if (pthread_create(&resolver->thread, NULL, serve, resolver) == 0)
		return resolver;
	(void)snprintf(error, errorsize, "cannot start a thread for lookups");
	(void)pthread_cond_destroy(&resolver->apart_cond);
	(void)pthread_mutex_destroy(&resolver->lock);
	(void)close(resolver->stop[0]);
	(void)close(resolver->stop[1]);
fail:
	dns_context_free(resolver->ctx);
	free(resolver);
	return NULL;
}

struct dns_resolver *
dns_resolver_new(const struct dns_options *options, char *error,
    size_t errorsize)
{
	struct dns_resolver *resolver;

	if ((resolver = resolver_open(options, false, error, errorsize)) ==
	    NULL)
		return NULL;
	if ((resolver->options = dns_options_copy(options)) != NULL)
		return resolver;
	(void)snprintf(error, errorsize, "out of memory");
	dns_resolver_free(resolver);
	return NULL;
}

void
dns_resolver_free(struct dns_resolver *resolver)
{
	struct lookup *lookup;
	bool lets_go;

	if (resolver == NULL)
		return;
	lets_go = resolver_lets_go(resolver);
	(void)close(resolver->stop[1]);
	(void)pthread_join(resolver->thread, NULL);
	(void)close(resolver->stop[0]);
	if (lets_go)
		dns_context_free(resolver->ctx);
	while ((lookup = LIST_FIRST(&resolver->lookups)) != NULL)
		resolver_forget(lookup);
	(void)pthread_cond_destroy(&resolver->apart_cond);
	(void)pthread_mutex_destroy(&resolver->lock);
	dns_options_free(resolver->options);
	free(resolver);
}

static struct lookup *
lookup_new(struct dns_resolver *resolver, enum dns_type type)
{
	struct lookup *lookup;

	if ((lookup = calloc(1, sizeof(*lookup))) == NULL)
		return NULL;
	lookup->resolver = resolver;
	lookup->type = type;
	cond_init(&lookup->done_cond);
	pthread_mutex_lock(&resolver->lock);
	LIST_INSERT_HEAD(&resolver->lookups, lookup, entry);
	pthread_mutex_unlock(&resolver->lock);
	return lookup;
}

struct timespec
resolver_timespec(int64_t ms)
{
	return (struct timespec){ .tv_sec = (time_t)(ms / 1000),
	    .tv_nsec = (long)(ms % 1000 * 1000000) };
}

/*
 * Whether a name is valid.  To libunbound a backslash begins an escape, which
 * would change where labels end.
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

struct lookup *
resolver_start(struct dns_resolver *resolver, const char *name,
    enum dns_type type, struct dns_answer *answer)
{
	struct lookup *lookup;
	int r;

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
	resolver_forget(lookup);
	pthread_mutex_unlock(&resolver->lock);
	return NULL;
}

static void
lookup_wait(struct lookup *lookup, const struct timespec *deadline,
    struct dns_answer *answer)
{
	struct dns_resolver *resolver = lookup->resolver;
	int late = 0;

	pthread_mutex_lock(&resolver->lock);
	while (!lookup->is_done && late == 0)
		late = pthread_cond_timedwait(&lookup->done_cond,
		    &resolver->lock, deadline);
	if (!lookup->is_done) {
		dns_answer_fail(answer, "no answer in time");
		lookup->is_abandoned = true;
		lookup->abandoned_ms = monotonic_ms();
	} else {
		*answer = lookup->answer;
		memset(&lookup->answer, 0, sizeof(lookup->answer));
		resolver_forget(lookup);
	}
	pthread_mutex_unlock(&resolver->lock);
}

static unsigned int
max_apart(void)
{
	struct rlimit limit;
	rlim_t most = MAX_APART;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
	    limit.rlim_cur / 2 / APART_DESCRIPTORS < most)
		most = limit.rlim_cur / 2 / APART_DESCRIPTORS;
	return most > 0 ? (unsigned int)most : 1;
}

/* Wait until one more separate resolver is allowed; false on timeout. */
static bool
enter_apart(struct dns_resolver *resolver, const struct timespec *deadline)
{
	const unsigned int most = max_apart();
	bool is_free;
	int late = 0;

	pthread_mutex_lock(&resolver->lock);
	while (resolver->napart >= most && late == 0)
		late = pthread_cond_timedwait(&resolver->apart_cond,
		    &resolver->lock, deadline);
	if ((is_free = resolver->napart < most))
		resolver->napart++;
	pthread_mutex_unlock(&resolver->lock);
	return is_free;
}

static void
leave_apart(struct dns_resolver *resolver)
{
	pthread_mutex_lock(&resolver->lock);
	resolver->napart--;
	(void)pthread_cond_signal(&resolver->apart_cond);
	pthread_mutex_unlock(&resolver->lock);
}

/* Make a separate resolver if a question wants one; else NULL. */
static struct dns_resolver *
open_apart(struct dns_resolver *resolver,
    const struct dns_question *questions, size_t n,
    const struct timespec *deadline, char *error, size_t errorsize)
{
	struct dns_resolver *apart;
	size_t i;

	for (i = 0; i < n && !questions[i].apart; i++)
		continue;
	if (i == n)
		return NULL;
	if (!enter_apart(resolver, deadline)) {
		(void)snprintf(error, errorsize, "too many DNS lookups at "
		    "once");
		return NULL;
	}
	if ((apart = resolver_open(resolver->options, true, error,
	    errorsize)) == NULL)
		leave_apart(resolver);
	return apart;
}

static void
close_apart(struct dns_resolver *resolver, struct dns_resolver *apart)
{
	if (apart == NULL)
		return;
	dns_resolver_free(apart);
	leave_apart(resolver);
}

/* Start the lookups that are apart, or those that are not. */
static void
start_all(struct dns_resolver *resolver, const struct dns_question *questions,
    size_t n, bool apart, enum dns_type type, struct lookup **lookups,
    struct dns_answer *answers)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (questions[i].apart == apart)
			lookups[i] = resolver_start(resolver,
			    questions[i].name, type, &answers[i]);
}

/* Ask once, and wait for the answers until the deadline. */
static void
ask(struct dns_resolver *resolver, const struct dns_question *questions,
    size_t n, enum dns_type type, const struct timespec *deadline,
    struct dns_answer *answers)
{
	struct lookup *lookups[DNS_MAX_PARALLEL] = { NULL };
	struct dns_resolver *apart;
	char error[256];
	size_t i;

	/* These run while the others wait for a separate resolver. */
	start_all(resolver, questions, n, false, type, lookups, answers);
	apart = open_apart(resolver, questions, n, deadline, error,
	    sizeof(error));
	if (apart != NULL)
		start_all(apart, questions, n, true, type, lookups, answers);
	for (i = 0; i < n; i++)
		if (lookups[i] != NULL)
			lookup_wait(lookups[i], deadline, &answers[i]);
		else if (questions[i].apart && apart == NULL)
			dns_answer_fail(&answers[i], error);
	close_apart(resolver, apart);
}

/* Retry the separate lookups that got SERVFAIL; false if there are none. */
static bool
ask_once_more(struct dns_resolver *resolver,
    const struct dns_question *questions, size_t n, enum dns_type type,
    const struct timespec *deadline, struct dns_answer *answers)
{
	struct dns_question again[DNS_MAX_PARALLEL];
	struct dns_answer found[DNS_MAX_PARALLEL];
	size_t which[DNS_MAX_PARALLEL], nagain = 0, i;

	for (i = 0; i < n; i++)
		if (questions[i].apart && answers[i].servfail) {
			which[nagain] = i;
			again[nagain++] = questions[i];
		}
	if (nagain == 0)
		return false;
	(void)usleep(BLIND_PAUSE_MS * 1000);
	memset(found, 0, sizeof(found));
	ask(resolver, again, nagain, type, deadline, found);
	for (i = 0; i < nagain; i++) {
		dns_answer_free(&answers[which[i]]);
		answers[which[i]] = found[i];
	}
	return true;
}

/* dns_lookup_all() of a number that can be asked at the same time. */
static void
ask_until_sure(struct dns_resolver *resolver,
    const struct dns_question *questions, size_t n, enum dns_type type,
    struct dns_answer *answers)
{
	struct timespec deadline;
	int64_t begin, end;

	begin = monotonic_ms();
	end = begin + resolver->options->timeout_ms;
	deadline = resolver_timespec(end);
	ask(resolver, questions, n, type, &deadline, answers);
	while (monotonic_ms() - begin < BLIND_MS &&
	    begin + BLIND_PAUSE_MS + BLIND_MS < end) {
		begin = monotonic_ms() + BLIND_PAUSE_MS;
		if (!ask_once_more(resolver, questions, n, type, &deadline,
		    answers))
			break;
	}
}

void
dns_lookup_all(void *arg, const struct dns_question *questions, size_t n,
    enum dns_type type, struct dns_answer *answers)
{
	const int64_t begin_us = monotonic_us();
	uint64_t nfailed = 0;
	size_t i;

	memset(answers, 0, n * sizeof(*answers));
	for (i = DNS_MAX_PARALLEL; i < n; i++)
		dns_answer_fail(&answers[i], "too many lookups at the same "
		    "time");
	ask_until_sure(arg, questions, n < DNS_MAX_PARALLEL ? n :
	    DNS_MAX_PARALLEL, type, answers);
	for (i = 0; i < n; i++)
		nfailed += answers[i].status == DNS_TEMPFAIL;
	meters_count(METERS_DNS_LOOKUPS, n);
	meters_count(METERS_DNS_FAILURES, nfailed);
	meters_time(METERS_DNS_TIME, monotonic_us() - begin_us);
}

enum dns_status
dns_lookup(void *arg, const char *name, enum dns_type type,
    struct dns_answer *answer)
{
	const struct dns_question question = { .name = name };

	dns_lookup_all(arg, &question, 1, type, answer);
	return answer->status;
}
