/* SPDX-License-Identifier: ISC */

/*
 * A run over many domains, by several threads.
 *
 * Each thread takes the next domain, works on it, and hands over its report.
 * A failure in one domain is in its report, and does not affect the others.
 * The run itself fails only if no thread can be started.
 *
 * With hooks there are more threads than may work at a time: those that wait
 * for a hook let others work, see publish/crew.h.
 */

#include "rotate/all.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "rotate/troubles.h"
#include "rotate/work.h"

#define PROGRESS_MS	100	/* at most, between two progress calls */
#define MAX_WORKERS	64
#define MAX_THREADS	(MAX_WORKERS + PUBLISH_CREW_WAITING)

struct pool {
	struct rotation_run		*run;
	char				*const *domains;
	bool				 forced;
	const struct rotate_listener	*listener;

	pthread_mutex_t			 mutex;		/* for all below */
	pthread_cond_t			 changed;	/* a worker has ended */
	size_t				 next;		/* domain to take */
	unsigned int			 nworkers;	/* still running */
	struct rotate_tally		*tally;
};

void
rotate_domain(struct rotation_run *run, struct domain_report *report)
{
	struct domain_work work;
	struct ks_error error;
	int r;

	r = domain_work_open(&work, run, report->domain, false, report,
	    &error);
	if (r == 0)
		r = domain_work_run(&work, &error);
	/* The process that holds the lock may be taking the steps itself. */
	if (r == KS_E_LOCKED)
		domain_report_add(report, REPORT_BUSY, "-", LIFECYCLE_NOTHING,
		    KS_NEVER, "%s", error.text);
	else if (r != 0)
		domain_report_trouble(report, REPORT_FAIL, "-",
		    TROUBLE_ROTATION, "%s", error.text);
	if (work.lock != NULL && !work.is_archived &&
	    domain_troubles_save(run->ks, work.lock, report, run->clock(),
	    &error) != 0)
		domain_report_trouble(report, REPORT_FAIL, "-",
		    TROUBLE_ROTATION, "%s", error.text);
	domain_work_close(&work);
}

static void
count(struct rotate_tally *tally, const struct domain_report *report)
{
	size_t nsteps;

	nsteps = report->count[REPORT_STEP] + report->count[REPORT_DUE];
	tally->ndone++;
	tally->nsteps += nsteps;
	if (nsteps > 0)
		tally->nchanged++;
	if (report->count[REPORT_FAIL] > 0)
		tally->nfailed++;
	else if (report->count[REPORT_TODO] > 0)
		tally->ntodo++;
	else if (report->count[REPORT_BUSY] > 0)
		tally->nbusy++;
	else if (report->count[REPORT_WAIT] > 0)
		tally->nwaiting++;
	if (report->next != KS_NEVER && (tally->next == KS_NEVER ||
	    report->next < tally->next))
		tally->next = report->next;
}

/* The next domain that is not skipped, or NULL if none is left. */
static const char *
take_domain(struct pool *pool)
{
	const char *domain;

	domain = NULL;
	(void)pthread_mutex_lock(&pool->mutex);
	while (domain == NULL && pool->next < pool->tally->ndomains) {
		domain = pool->domains[pool->next++];
		if (pool->forced ||
		    config_rotation(pool->run->config, domain)->automatic)
			continue;
		pool->tally->ndone++;
		pool->tally->nskipped++;
		domain = NULL;
	}
	(void)pthread_mutex_unlock(&pool->mutex);
	return domain;
}

static void *
run_worker(void *arg)
{
	struct pool *pool = arg;
	struct domain_report report;
	const char *domain;

	publish_crew_enter(&pool->run->crew);
	while ((domain = take_domain(pool)) != NULL) {
		domain_report_init(&report, domain);
		rotate_domain(pool->run, &report);
		(void)pthread_mutex_lock(&pool->mutex);
		count(pool->tally, &report);
		pool->listener->finished(pool->listener->context, &report);
		(void)pthread_mutex_unlock(&pool->mutex);
		domain_report_finish(&report);
		/* Those that come back from the hook have their turn. */
		publish_crew_leave(&pool->run->crew);
		publish_crew_enter(&pool->run->crew);
	}
	publish_crew_leave(&pool->run->crew);
	(void)pthread_mutex_lock(&pool->mutex);
	pool->nworkers--;
	(void)pthread_cond_signal(&pool->changed);
	(void)pthread_mutex_unlock(&pool->mutex);
	return NULL;
}

/* How many threads so many places need. */
static unsigned int
count_threads(const struct config *config, unsigned int nplaces,
    size_t ndomains)
{
	size_t i;

	for (i = 0; i < config->nrotations; i++)
		if (config->rotations[i].publish == ROTATION_HOOK) {
			nplaces += PUBLISH_CREW_WAITING;
			break;
		}
	return nplaces < ndomains ? nplaces : (unsigned int)ndomains;
}

static void
wait_for_workers(struct pool *pool)
{
	struct timespec until;
	int64_t until_ms;

	(void)pthread_mutex_lock(&pool->mutex);
	/* Once more when all is done, also if that was before this began. */
	do {
		until_ms = monotonic_ms() + PROGRESS_MS;
		until.tv_sec = (time_t)(until_ms / 1000);
		until.tv_nsec = (long)(until_ms % 1000) * 1000000L;
		if (pool->nworkers > 0)
			(void)pthread_cond_timedwait(&pool->changed,
			    &pool->mutex, &until);
		pool->listener->progress(pool->listener->context,
		    pool->tally);
	} while (pool->nworkers > 0);
	(void)pthread_mutex_unlock(&pool->mutex);
}

int
rotate_all(struct rotation_run *run, char *const *domains, size_t ndomains,
    unsigned int workers, bool forced,
    const struct rotate_listener *listener, struct rotate_tally *tally,
    struct ks_error *error)
{
	struct pool pool = {
		.run = run, .domains = domains, .forced = forced,
		.listener = listener, .tally = tally
	};
	pthread_t threads[MAX_THREADS];
	pthread_condattr_t attr;
	unsigned int i, n, nthreads;
	int r = 0;

	memset(tally, 0, sizeof(*tally));
	tally->next = KS_NEVER;
	tally->ndomains = ndomains;
	if (workers > MAX_WORKERS)
		workers = MAX_WORKERS;
	nthreads = count_threads(run->config, workers, ndomains);
	run->max_new = ROTATE_NEW_KEYS + ndomains / ROTATE_NEW_KEY_PART;
	publish_crew_open(&run->crew, workers);
	(void)pthread_mutex_init(&pool.mutex, NULL);
	(void)pthread_condattr_init(&attr);
	/* The clock of monotonic_ms(), used in wait_for_workers(). */
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&pool.changed, &attr);
	(void)pthread_condattr_destroy(&attr);
	(void)pthread_mutex_lock(&pool.mutex);
	for (n = 0; n < nthreads; n++) {
		if ((r = pthread_create(&threads[n], NULL, run_worker,
		    &pool)) != 0)
			break;
		pool.nworkers++;
	}
	(void)pthread_mutex_unlock(&pool.mutex);
	if (n > 0)
		wait_for_workers(&pool);
	for (i = 0; i < n; i++)
		(void)pthread_join(threads[i], NULL);
	(void)pthread_cond_destroy(&pool.changed);
	(void)pthread_mutex_destroy(&pool.mutex);
	if (n > 0 || ndomains == 0)
		return 0;
	(void)snprintf(error->text, sizeof(error->text),
	    "cannot start a thread: %s", strerror(r));
	return KS_E_SYSTEM;
}
