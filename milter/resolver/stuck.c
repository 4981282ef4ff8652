/* SPDX-License-Identifier: ISC */

/*
 * Resolvers that are stuck, and what becomes of them.
 *
 * If memory runs out while libunbound works, it may lose its place in the pipe
 * by which it is asked, or the timer of a lookup.  Then it answers nothing any
 * more, or nothing about that name, and says nothing; and ub_ctx_delete(3)
 * waits for ever for its thread.
 *
 * "localhost" needs no server.  If libunbound does not answer that, either, it
 * is stuck, and so it is if a lookup has no result long after all servers must
 * have been given up.  Only a resolver with an abandoned lookup is in doubt.
 *
 * A context that is stuck is left as it is, with its thread: some memory and
 * descriptors, which only the end of the process frees.
 */

#include "resolver/private.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

#define PROBE_NAME	"localhost"
/*
 * Waiting is counted in slices: if the whole process was stopped, libunbound
 * gets time in the others.
 */
#define SLICE_MS	1000
#define SLICES		5
/* The same for dns_resolver_is_stuck(): so often it looks at a probe. */
#define LOOKS		2

static atomic_uint nleft;	/* contexts */

/* The age of the oldest abandoned lookup; -1: there is none. */
static int64_t
oldest_ms(const struct dns_resolver *resolver)
{
	const int64_t now_ms = monotonic_ms();
	const struct lookup *lookup;
	int64_t oldest = -1;

	LIST_FOREACH(lookup, &resolver->lookups, entry)
		if (lookup->is_abandoned &&
		    now_ms - lookup->abandoned_ms > oldest)
			oldest = now_ms - lookup->abandoned_ms;
	return oldest;
}

static void
start_probe(struct dns_resolver *resolver)
{
	struct dns_answer answer = { .status = DNS_OK };

	resolver->nwaits = 0;
	/* Without memory for it, nothing is learnt now. */
	resolver->probe = resolver_start(resolver, PROBE_NAME, DNS_A, &answer);
	dns_answer_free(&answer);
}

static bool
end_probe(struct dns_resolver *resolver)
{
	bool is_done;

	pthread_mutex_lock(&resolver->lock);
	if ((is_done = resolver->probe->is_done)) {
		resolver_forget(resolver->probe);
		resolver->probe = NULL;
	}
	pthread_mutex_unlock(&resolver->lock);
	return is_done;
}

bool
dns_resolver_is_stuck(struct dns_resolver *resolver, unsigned int most_ms,
    char *why, size_t size)
{
	int64_t age_ms;

	if (atomic_load(&resolver->is_stuck)) {
		(void)strlcpy(why, "libunbound lost an answer", size);
		return true;
	}
	if (resolver->probe != NULL && !end_probe(resolver) &&
	    ++resolver->nwaits >= LOOKS) {
		atomic_store(&resolver->is_stuck, true);
		(void)strlcpy(why, "libunbound does not answer", size);
		return true;
	}
	pthread_mutex_lock(&resolver->lock);
	age_ms = oldest_ms(resolver);
	pthread_mutex_unlock(&resolver->lock);
	if (age_ms > (int64_t)most_ms) {
		(void)snprintf(why, size, "libunbound has no result after "
		    "%lld s", (long long)(age_ms / 1000));
		return true;
	}
	if (age_ms != -1 && resolver->probe == NULL)
		start_probe(resolver);
	return false;
}

/* Wait for the probe, and whether it is done. */
static bool
await_probe(struct dns_resolver *resolver)
{
	struct timespec until;
	int n;

	pthread_mutex_lock(&resolver->lock);
	for (n = 0; n < SLICES && !resolver->probe->is_done; n++) {
		until = resolver_timespec(monotonic_ms() + SLICE_MS);
		(void)pthread_cond_timedwait(&resolver->probe->done_cond,
		    &resolver->lock, &until);
	}
	pthread_mutex_unlock(&resolver->lock);
	return end_probe(resolver);
}

bool
resolver_lets_go(struct dns_resolver *resolver)
{
	bool is_idle, answers = false;

	pthread_mutex_lock(&resolver->lock);
	is_idle = LIST_EMPTY(&resolver->lookups);
	pthread_mutex_unlock(&resolver->lock);
	if (!atomic_load(&resolver->is_stuck)) {
		if (!is_idle && resolver->probe == NULL)
			start_probe(resolver);
		answers = is_idle || (resolver->probe != NULL &&
		    await_probe(resolver));
	}
	if (!answers)
		atomic_fetch_add(&nleft, 1);
	return answers;
}

unsigned int
dns_contexts_left(void)
{
	return atomic_load(&nleft);
}
