/* SPDX-License-Identifier: ISC */

/*
 * Pushing to several hosts: see hosts.h.
 *
 * One thread for each host, as a host that is down keeps its thread waiting.
 * Threads share nothing that they change; the record is put together when all
 * have ended.
 *
 * The program gets private keys only through the pipe at its standard input.
 */

#include "sync/hosts.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/program.h"
#include "store/replica.h"

/* NOLINTNEXTLINE(misc-redundant-expression): that is what it asserts */
_Static_assert(SYNC_PUSH_END == PROGRAM_INPUT_END, "the same end of input");

/* Names of domains, sorted. */
struct names {
	char	**list;
	size_t	 n, size;
};

/* The push to one host. */
struct job {
	const struct sync_plan		*plan;
	const struct sync_push_means	*means;
	struct sync_result		*result;
	const struct ks_host_record	*record;	/* from before */
	struct ks_host_record		 after;
	struct sync_push		*push;
	struct program_result		 end;
	pthread_t			 thread;
	bool				 has_thread;
	int				 r;
};

static int
add_name(const char *domain, void *arg)
{
	struct names *names = arg;
	size_t size;
	char **list;

	if (names->n == SYNC_MAX_DOMAINS)
		return KS_E_ARG;
	if (names->n == names->size) {
		size = names->size * 2 + 64;
		list = recallocarray(names->list, names->size, size,
		    sizeof(*list));
		if (list == NULL)
			return KS_E_NOMEM;
		names->list = list;
		names->size = size;
	}
	if ((names->list[names->n] = strdup(domain)) == NULL)
		return KS_E_NOMEM;
	names->n++;
	return 0;
}

static void
free_names(struct names *names)
{
	size_t i;

	for (i = 0; i < names->n; i++)
		free(names->list[i]);
	free(names->list);
}

static size_t
give_input(void *context, const char **chunk)
{
	struct job *job = context;

	return sync_push_give(job->push, chunk);
}

static void
take_output(void *context, const char *chunk, size_t len)
{
	struct job *job = context;

	sync_push_take(job->push, chunk, len);
}

/* The program with the name of the host in its place. */
static void
run_program(struct job *job)
{
	static const char *const environment[] = { PROGRAM_PATH, NULL };
	const struct sync_plan *plan = job->plan;
	const char *argv[SYNC_MAX_WORDS + 1];
	const struct program_talk talk = {
		.input = -1, .limit_ms = SYNC_LIMIT_MS,
		.silence_ms = SYNC_SILENCE_S * 1000,
		.give_input = give_input, .take_output = take_output,
		.context = job
	};
	size_t i;

	for (i = 0; i < plan->nwords && i < SYNC_MAX_WORDS; i++)
		argv[i] = strcmp(plan->words[i], SYNC_HOST_WORD) == 0 ?
		    job->result->host : plan->words[i];
	argv[i] = NULL;
	program_talk(argv, environment, &talk, &job->end);
}

/* Why the push did not come to its end, if the other host did not say so. */
static void
judge(struct job *job)
{
	struct sync_outcome *outcome = &job->result->outcome;
	const char *program = job->plan->words[0];
	const char *words = job->end.complaint[0] == '\0' ? "no output" :
	    job->end.complaint;
	char *text = outcome->fault.text;
	const size_t size = sizeof(outcome->fault.text);

	if (outcome->is_done || text[0] != '\0')
		return;
	switch (job->end.end) {
	case PROGRAM_NOT_RUN:
		(void)snprintf(text, size, "%.300s: cannot run: %s", program,
		    strerror(job->end.code));
		break;
	case PROGRAM_LATE:
		(void)snprintf(text, size, "no answer for %d s: %s",
		    SYNC_SILENCE_S, words);
		break;
	case PROGRAM_KILLED:
		(void)snprintf(text, size, "%.300s: killed by signal %d: %s",
		    program, job->end.code, words);
		break;
	case PROGRAM_EXITED:
		(void)snprintf(text, size, "%.300s: exit status %d: %s",
		    program, job->end.code, words);
		break;
	}
}

static void *
run_job(void *arg)
{
	struct job *job = arg;

	job->push = sync_push_new(job->means, job->record);
	if (job->push == NULL) {
		job->r = KS_E_NOMEM;
		return NULL;
	}
	run_program(job);
	job->r = sync_push_finish(job->push, &job->result->outcome,
	    &job->after);
	sync_push_free(job->push);
	judge(job);
	return NULL;
}

/* Put what one push learned into the record of its host. */
static int
keep(struct job *job, struct ks_hosts *hosts, int64_t now)
{
	const struct sync_outcome *outcome = &job->result->outcome;
	struct ks_host_record *record;

	if ((record = ks_hosts_get(hosts, job->result->host)) == NULL)
		return KS_E_NOMEM;
	ks_host_take_keys(record, job->after.keys, job->after.nkeys);
	if (outcome->is_done && outcome->nfailed == 0) {
		record->reached = now;
		record->failing = KS_NEVER;
		record->fault[0] = '\0';
		return 0;
	}
	if (record->failing == KS_NEVER || record->failing > now)
		record->failing = now;
	(void)snprintf(record->fault, sizeof(record->fault), "%.500s",
	    outcome->fault.text);
	return 0;
}

static int
run_jobs(struct job *jobs, size_t n, struct ks_error *error)
{
	size_t i;
	int r = 0;

	for (i = 0; i < n; i++)
		jobs[i].has_thread = pthread_create(&jobs[i].thread, NULL,
		    run_job, &jobs[i]) == 0;
	for (i = 0; i < n; i++) {
		if (jobs[i].has_thread)
			(void)pthread_join(jobs[i].thread, NULL);
		else
			(void)run_job(&jobs[i]);
		if (jobs[i].r != 0 && r == 0) {
			r = jobs[i].r;
			(void)strlcpy(error->text, "out of memory",
			    sizeof(error->text));
		}
	}
	return r;
}

static int
push_all(const struct sync_plan *plan, const struct sync_push_means *means,
    struct ks_hosts *hosts, struct sync_result *results,
    struct ks_error *error)
{
	struct job *jobs;
	size_t i;
	int r;

	if ((jobs = calloc(plan->nhosts + 1, sizeof(*jobs))) == NULL) {
		(void)strlcpy(error->text, "out of memory",
		    sizeof(error->text));
		return KS_E_NOMEM;
	}
	for (i = 0; i < plan->nhosts; i++) {
		memset(&results[i], 0, sizeof(results[i]));
		results[i].host = plan->hosts[i];
		jobs[i].plan = plan;
		jobs[i].means = means;
		jobs[i].result = &results[i];
		jobs[i].record = ks_hosts_find(hosts, plan->hosts[i]);
	}
	r = run_jobs(jobs, plan->nhosts, error);
	for (i = 0; i < plan->nhosts && r == 0; i++)
		if ((r = keep(&jobs[i], hosts, plan->clock())) != 0)
			(void)strlcpy(error->text, "out of memory",
			    sizeof(error->text));
	free(jobs);
	return r != 0 ? r : ks_hosts_write(plan->ks, hosts, plan->wait_s,
	    error);
}

static int
list_domains(const struct sync_plan *plan, struct names *domains,
    struct names *gone, struct ks_error *error)
{
	int r;

	if ((r = ks_each_domain(plan->ks, add_name, domains, error)) == 0)
		r = ks_each_archived(plan->ks, add_name, gone, error);
	if (r == KS_E_ARG)
		(void)snprintf(error->text, sizeof(error->text),
		    "more than %d domains", SYNC_MAX_DOMAINS);
	else if (r == KS_E_NOMEM)
		(void)strlcpy(error->text, "out of memory",
		    sizeof(error->text));
	return r;
}

int
sync_hosts_push(const struct sync_plan *plan, struct ks_hosts *hosts,
    struct sync_result *results, struct ks_error *error)
{
	struct sync_push_means means = {
		.ks = plan->ks, .clock = plan->clock
	};
	struct names domains = { NULL, 0, 0 }, gone = { NULL, 0, 0 };
	int fd, r;

	memset(hosts, 0, sizeof(*hosts));
	r = ks_push_lock(plan->ks, plan->wait_s > SYNC_WAIT_S ?
	    plan->wait_s : SYNC_WAIT_S, &fd, error);
	if (r != 0)
		return r;
	r = ks_hosts_read(plan->ks, hosts, error);
	/* What a damaged file said is learned again. */
	if ((r == 0 || r == KS_E_DAMAGED) &&
	    (r = ks_rotator_holder(plan->ks, &means.holder, error)) == 0 &&
	    (r = ks_generation_next(plan->ks, plan->clock(), plan->wait_s,
	    &means.generation, error)) == 0 &&
	    (r = list_domains(plan, &domains, &gone, error)) == 0) {
		means.domains = domains.list;
		means.ndomains = domains.n;
		means.gone = gone.list;
		means.ngone = gone.n;
		r = push_all(plan, &means, hosts, results, error);
	}
	free_names(&domains);
	free_names(&gone);
	(void)close(fd);
	return r;
}
