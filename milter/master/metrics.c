/* SPDX-License-Identifier: ISC */

/*
 * The child that shows metrics, and the table in which the service counts.
 *
 * The table is made at the start and stays until this process ends: without a
 * section metrics in the configuration, only countersign-doctor(8) reads it, by
 * way of proc(5).  systemd keeps it for the next process, as a master ends with
 * its front there.  The front gets it for counting, countersign-metrics(8) for
 * reading.
 *
 * Mail does not depend on metrics: no failure of that child ends the service,
 * keeps it from being ready, or makes another child wait.  If it cannot run as
 * configured, it is tried again after a while, as another program may have its
 * port.  Fails if memory is short, which is logged.
 */

#include "master/private.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/meters.h"

#define RETRY_MS	60000	/* if it cannot run as configured */

void
metrics_finish(struct master *master)
{
	struct metrics *metrics = &master->metrics;

	child_finish(&metrics->child);
	meters_use_own(NULL);
	meters_free(metrics->meters);
	if (metrics->fd != -1)
		(void)close(metrics->fd);
	if (metrics->reader != -1)
		(void)close(metrics->reader);
	free(metrics->listen);
	free(metrics->textfile);
	free(metrics->user);
}

/* Copy an option that may be NULL. */
static bool
copy(char **to, const char *text)
{
	*to = NULL;
	return text == NULL || (*to = strdup(text)) != NULL;
}

static bool
differs(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a != b : strcmp(a, b) != 0;
}

/* Go on with the table that systemd has kept, if there is one. */
static void
adopt_table(struct metrics *metrics)
{
	metrics->meters = meters_adopt(metrics->fd, &metrics->reader);
	if (metrics->meters == NULL) {
		(void)close(metrics->fd);
		metrics->fd = -1;
	}
}

static void
make_table(struct master *master)
{
	struct metrics *metrics = &master->metrics;

	if (metrics->fd != -1)
		adopt_table(metrics);
	if (metrics->meters == NULL) {
		metrics->meters = meters_make(&metrics->fd, &metrics->reader);
		if (metrics->meters == NULL) {
			log_warn(M_METRICS_OFF, "cannot make the table for "
			    "metrics: nothing is counted");
			return;
		}
		notify_keep(&master->notify, METRICS_KEPT, metrics->fd);
	}
	meters_use_own(metrics->meters);
}

void
metrics_init(struct master *master)
{
	struct metrics *metrics = &master->metrics;

	child_init(&metrics->child, "metrics", master->opts->start_limit_ms);
	metrics->fd = master->opts->kept;
	metrics->reader = -1;
	if (master->opts->part != MASTER_SIGNERS)
		make_table(master);
	metrics_configure(master, master->opts->config);
}

static bool
take_options(struct metrics *metrics, const struct config *config)
{
	free(metrics->listen);
	free(metrics->textfile);
	free(metrics->user);
	metrics->textfile = metrics->user = NULL;
	if (copy(&metrics->listen, config->metrics_listen) &&
	    copy(&metrics->textfile, config->metrics_textfile) &&
	    copy(&metrics->user, config->metrics_user != NULL ?
	    config->metrics_user : config->user))
		return true;
	log_warnx(M_OUT_OF_MEMORY, "out of memory");
	return false;
}

void
metrics_configure(struct master *master, const struct config *config)
{
	struct metrics *metrics = &master->metrics;
	const char *user = config->metrics_user != NULL ?
	    config->metrics_user : config->user;

	metrics->is_on = false;
	if (master->opts->part == MASTER_SIGNERS)
		return;
	if (differs(metrics->listen, config->metrics_listen) ||
	    differs(metrics->textfile, config->metrics_textfile) ||
	    differs(metrics->user, user)) {
		child_stop(&metrics->child,
		    master->now_ms + STOP_SIGNERS_MS);
		metrics->child.restart_at_ms = 0;
		if (!take_options(metrics, config))
			return;
	}
	metrics->is_on = metrics->meters != NULL &&
	    (metrics->listen != NULL || metrics->textfile != NULL);
}

void
metrics_tell_front(struct master *master)
{
	if (master->metrics.meters == NULL || master->front.control.fd == -1)
		return;
	if (ipc_send(&master->front.control, IPC_CTL_METERS, 0, NULL, 0,
	    master->metrics.fd, IPC_NOWAIT) != 0)
		log_warnx(M_METRICS_OFF, "the front cannot be given the "
		    "table for metrics: it counts nothing until its restart");
}

bool
metrics_are_wanted(const struct master *master)
{
	/* They can wait until mail can pass. */
	return master->phase == RUNNING && master->is_up &&
	    master->metrics.is_on && master->metrics.child.pid == 0;
}

void
metrics_start_due(struct master *master)
{
	struct metrics *metrics = &master->metrics;
	const char *options[13];
	char *argv[13];
	size_t n = 0;

	if (!metrics_are_wanted(master) ||
	    metrics->child.restart_at_ms > master->now_ms)
		return;
	options[n++] = master->opts->metrics;
	if (metrics->listen != NULL) {
		options[n++] = "-l";
		options[n++] = metrics->listen;
	}
	if (metrics->textfile != NULL) {
		options[n++] = "-o";
		options[n++] = metrics->textfile;
	}
	options[n++] = "-u";
	options[n++] = metrics->user;
	/* execv(2) does not change its arguments, but they are not const. */
	memcpy(argv, options, n * sizeof(*argv));
	start_add_log_options(master, argv + n);
	if (child_start(&metrics->child, master->opts->metrics, argv,
	    master->now_ms) == -1)
		return;
	if (ipc_send(&metrics->child.control, IPC_CTL_METERS, 0, NULL, 0,
	    metrics->reader, IPC_NOWAIT) != 0)
		child_lose(&metrics->child, master->now_ms);
}

bool
metrics_ended(struct master *master, pid_t pid, int wait_status)
{
	struct child *child = &master->metrics.child;
	const bool is_renewed = child->is_told_to_stop;

	if (pid != child->pid)
		return false;
	/* One that a reload replaces had another configuration. */
	if (child_ended(child, wait_status, master->now_ms) == EX_CONFIG &&
	    !is_renewed)
		child->restart_at_ms = master->now_ms + RETRY_MS;
	if (master->phase != RUNNING || is_renewed)
		return true;
	meters_count(METERS_METRICS_RESTARTS, 1);
	log_info(M_PROCESS_RESTARTING, "%s: restarting in %u ms", child->name,
	    (unsigned int)(child->restart_at_ms - master->now_ms));
	return true;
}

/* Signers of another service are counted by the front's, which is told. */
void
metrics_count_end(struct master *master, const struct child *child)
{
	if (child == &master->front)
		meters_count(METERS_FRONT_RESTARTS, 1);
	else if (master->opts->part == MASTER_SIGNERS)
		master->nended++;
	else
		meters_count(METERS_SIGNER_RESTARTS, 1);
}

void
metrics_attend(struct master *master)
{
	struct child *child = &master->metrics.child;

	child_ask(child, master->now_ms);
	child_end_late(child, master->now_ms);
	if (child->pid == 0 || !child->is_ready || !child->is_hung)
		return;
	log_warnx(M_PROCESS_HUNG, "%s: process %ld hangs: killed", child->name,
	    (long)child->pid);
	child_kill(child);
}
