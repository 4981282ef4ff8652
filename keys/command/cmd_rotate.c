/* SPDX-License-Identifier: ISC */

/*
 * countersign-key rotate: do what is due now, for the domains named or for all.
 *
 * Only one run at a time holds the lock of the store, so a run started by the
 * timer and one started by hand do not interfere.  The report of each domain is
 * printed when that domain is finished.  The metrics file is written only after
 * a run over all domains.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/rfc3339.h"
#include "command/domain_list.h"
#include "command/progress.h"
#include "command/spread.h"
#include "command/tool.h"
#include "config/config.h"
#include "rotate/all.h"
#include "rotate/metrics_file.h"
#include "store/last_run.h"

struct rotation_output {
	const struct tool	*tool;
	struct progress		 progress;
	struct metrics_file	 metrics;
	size_t			 nprinted;
};

static void
print_report(void *context, const struct domain_report *report)
{
	struct rotation_output *output = context;

	metrics_file_count(&output->metrics, report);
	if (output->tool->json) {
		(void)printf("%s\n  ", output->nprinted++ == 0 ? "" : ",");
		domain_report_print_json(stdout, report);
		return;
	}
	if (report->nlines == 0)
		return;
	progress_clear(&output->progress);
	domain_report_print(stdout, report);
	(void)fflush(stdout);
}

static void
show_progress(void *context, const struct rotate_tally *tally)
{
	struct rotation_output *output = context;

	progress_show(&output->progress, "rotate: %zu of %zu domains, %zu "
	    "changed, %zu failed", tally->ndone, tally->ndomains,
	    tally->nchanged, tally->nfailed);
}

static void
print_summary(const struct tool *tool, const struct rotate_tally *tally)
{
	char next[RFC3339_SIZE];

	(void)printf("%zu domain%s: %zu %s in %zu step%s, %zu waiting, %zu "
	    "waiting for you, %zu failed", tally->ndomains,
	    tally->ndomains == 1 ? "" : "s", tally->nchanged,
	    tool->dry_run ? "due" : "changed", tally->nsteps,
	    tally->nsteps == 1 ? "" : "s",
	    tally->nwaiting, tally->ntodo, tally->nfailed);
	if (tally->nbusy > 0)
		(void)printf(", %zu busy", tally->nbusy);
	if (tally->nskipped > 0)
		(void)printf(", %zu not automatic", tally->nskipped);
	if (tally->next != KS_NEVER && rfc3339_print(tally->next, next))
		(void)printf("; next step at %s", next);
	(void)putchar('\n');
}

static int
status_of(const struct rotate_tally *tally)
{
	if (tally->nfailed > 0)
		return TOOL_FAILED;
	return tally->ntodo > 0 || tally->nbusy > 0 ? TOOL_NOT_YET : TOOL_DONE;
}

static int
rotate(const struct tool *tool, struct rotation_run *run,
    const struct domain_list *list, bool forced, bool *has_changed)
{
	struct rotation_output output = { .tool = tool };
	const struct rotate_listener listener = {
		.finished = print_report, .progress = show_progress,
		.context = &output
	};
	struct rotate_tally tally;
	struct ks_error error;
	int status;

	*has_changed = false;
	progress_begin(&output.progress, !tool->json && !tool->no_progress);
	metrics_file_begin(&output.metrics, tool->clock());
	if (tool->json)
		(void)printf("[");
	if (rotate_all(run, list->names, list->n,
	    tool->config->rotation_parallel, forced, &listener, &tally,
	    &error) != 0) {
		progress_clear(&output.progress);
		metrics_file_finish(&output.metrics);
		if (tool->json)
			(void)printf("]\n");
		warnx("%s", error.text);
		return TOOL_FAILED;
	}
	progress_clear(&output.progress);
	status = status_of(&tally);
	*has_changed = tally.nsteps > 0;
	if (tool->json)
		(void)printf("%s]\n", output.nprinted > 0 ? "\n" : "");
	else
		print_summary(tool, &tally);
	if (!tool->dry_run && dns_silents_write(run->silents, tool->ks,
	    &error) != 0) {
		warnx("%s", error.text);
		status = TOOL_FAILED;
	}
	/* A run for some domains says nothing about the others. */
	if (tool->config->metrics_file != NULL && !forced && !tool->dry_run &&
	    metrics_file_write(&output.metrics, tool->config->metrics_file,
	    &tally, tool->clock(), &error) != 0) {
		warnx("%s", error.text);
		status = TOOL_FAILED;
	}
	metrics_file_finish(&output.metrics);
	if (!forced && !tool->dry_run && ks_last_run_write(tool->ks,
	    tool->clock(), &error) != 0) {
		warnx("%s", error.text);
		status = TOOL_FAILED;
	}
	return status;
}

/* Take the lock of the store; if another run has it, leave the work to it. */
static int
take_run_lock(const struct tool *tool, int *fd)
{
	struct ks_error error;
	int r;

	*fd = -1;
	if (tool->dry_run || (r = ks_run_lock(tool->ks, fd, &error)) == 0)
		return TOOL_DONE;
	warnx("%s", error.text);
	return r == KS_E_LOCKED ? TOOL_NOT_YET : TOOL_FAILED;
}

int
cmd_rotate(struct tool *tool, int argc, char **argv)
{
	struct rotation_run run;
	struct domain_list list;
	bool can_publish, has_changed;
	int fd, spread, status;

	status = domain_list_init(&list, tool, argc, argv);
	if (status == TOOL_DONE)
		status = take_run_lock(tool, &fd);
	if (status == TOOL_DONE) {
		/* What hosts have by now decides which steps may be taken. */
		spread = spread_all(tool);
		status = TOOL_FAILED;
		if (tool_run_init(tool, &run)) {
			if (!tool->dry_run)
				dns_silents_watch(run.silents);
			can_publish = tool_check_publish_all(&run, list.names,
			    list.n);
			status = rotate(tool, &run, &list, argc > 0,
			    &has_changed);
			/* Tell them of new keys, and of those that ended. */
			if (has_changed)
				spread = spread_all(tool);
			/* Fail even if there was nothing to publish. */
			if (!can_publish || spread != TOOL_DONE)
				status = TOOL_FAILED;
		}
		rotation_run_finish(&run);
		if (fd != -1)
			(void)close(fd);
	}
	domain_list_finish(&list);
	return status;
}
