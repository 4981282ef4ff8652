/* SPDX-License-Identifier: ISC */

/*
 * countersign-key rotate: do what is due now, for the domains named or for all.
 *
 * Only one run at a time holds the lock of the store, so a run started by the
 * timer and one started by hand do not interfere.  The report of each domain is
 * printed when that domain is finished.  Only after a run over all domains, the
 * metrics file is written, and people are told what is wrong.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/rfc3339.h"
#include "command/domain_list.h"
#include "command/lease.h"
#include "command/left_out.h"
#include "command/notices.h"
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
	/* Why the run failed as a whole, or "". */
	char			 failure[sizeof(((struct ks_error *)0)->text)];
	bool			 has_changed;	/* a step was taken */
};

/* Some records cannot be published: a TSIG key or a hook is missing, say. */
static void
say_unpublished(struct rotation_output *output)
{
	const char *file = output->tool->config->file;

	(void)snprintf(output->failure, sizeof(output->failure), "records of "
	    "some domains cannot be published, because a TSIG key or a hook "
	    "cannot be used: see 'countersign-milter%s%s -n'",
	    config_option(file), config_option_file(file));
}

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

	lease_keep(output->tool);
	progress_show(&output->progress, "rotate: %zu of %zu domains, %zu "
	    "changed, %zu failed", tally->ndone, tally->ndomains,
	    tally->nchanged, tally->nfailed);
}

/* What there is none of is left out. */
static void
print_count(size_t n, const char *what)
{
	if (n > 0)
		(void)printf(", %zu %s", n, what);
}

static void
print_summary(const struct tool *tool, const struct rotate_tally *tally)
{
	const char *changed = tool->dry_run ? "due" : "changed";
	char next[RFC3339_SIZE];

	(void)printf("%zu domain%s: ", tally->ndomains,
	    tally->ndomains == 1 ? "" : "s");
	if (tally->nsteps == 0)
		(void)printf("nothing %s", changed);
	else
		(void)printf("%zu %s in %zu step%s", tally->nchanged, changed,
		    tally->nsteps, tally->nsteps == 1 ? "" : "s");
	print_count(tally->nwaiting, "waiting");
	print_count(tally->ntodo, "waiting for you");
	print_count(tally->nfailed, "failed");
	print_count(tally->nbusy, "busy");
	print_count(tally->nskipped, "not automatic");
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

/* The run failed, apart from its domains: print why, and keep the first. */
static int
fail_run(struct rotation_output *output, const struct ks_error *error)
{
	warnx("%s", error->text);
	if (output->failure[0] == '\0')
		(void)strlcpy(output->failure, error->text,
		    sizeof(output->failure));
	return TOOL_FAILED;
}

/* Write what the run leaves in files. */
static int
write_files(struct rotation_output *output, const struct rotation_run *run,
    const struct rotate_tally *tally, bool forced)
{
	const struct tool *tool = output->tool;
	struct ks_error error;
	int status = TOOL_DONE;

	if (tool->dry_run)
		return status;
	if (dns_silents_write(run->silents, tool->ks, &error) != 0)
		status = fail_run(output, &error);
	/* A run for some domains says nothing about the others. */
	if (forced)
		return status;
	if (tool->config->metrics_file != NULL &&
	    metrics_file_write(&output->metrics, tool->config->metrics_file,
	    tally, tool->clock(), &error) != 0)
		status = fail_run(output, &error);
	if (ks_last_run_write(tool->ks, tool->clock(), &error) != 0)
		status = fail_run(output, &error);
	return status;
}

static int
rotate(struct rotation_output *output, struct rotation_run *run,
    const struct domain_list *list, bool forced)
{
	const struct tool *tool = output->tool;
	const struct rotate_listener listener = {
		.finished = print_report, .progress = show_progress,
		.context = output
	};
	struct rotate_tally tally;
	struct ks_error error;
	int r, status;

	progress_begin(&output->progress, !tool->json && !tool->no_progress);
	metrics_file_begin(&output->metrics, tool->clock());
	if (tool->json)
		(void)printf("[");
	r = rotate_all(run, list->names, list->n,
	    tool->config->rotation_parallel, forced, &listener, &tally,
	    &error);
	progress_clear(&output->progress);
	if (tool->json)
		(void)printf("%s]\n", output->nprinted > 0 ? "\n" : "");
	if (r != 0)
		status = fail_run(output, &error);
	else {
		if (!tool->json)
			print_summary(tool, &tally);
		status = status_of(&tally);
		output->has_changed = tally.nsteps > 0;
		if (write_files(output, run, &tally, forced) != TOOL_DONE)
			status = TOOL_FAILED;
	}
	metrics_file_finish(&output->metrics);
	return status;
}

/*
 * Check that records can be published, even if none has to be, and rotate.  A
 * run over all domains tells people what is wrong, last of all: a program that
 * hangs keeps nothing else waiting.
 */
static int
run_all(const struct tool *tool, struct rotation_run *run,
    const struct domain_list *list, bool forced, int spread)
{
	struct rotation_output output = { .tool = tool };
	const bool tells = !forced && !tool->dry_run;
	bool can_publish, has_begun;
	int status;

	has_begun = !tells || notices_begin(tool);
	if (!tool->dry_run)
		dns_silents_watch(run->silents);
	can_publish = tool_check_publish_all(run, list->names, list->n);
	status = rotate(&output, run, list, forced);
	/* Tell hosts of new keys, and of those that ended. */
	if (output.has_changed)
		spread = spread_all(tool);
	if (!can_publish && output.failure[0] == '\0')
		say_unpublished(&output);
	if (tells && notices_end(tool, run, output.failure[0] == '\0' ? NULL :
	    output.failure) != TOOL_DONE)
		status = TOOL_FAILED;
	return can_publish && has_begun && spread == TOOL_DONE ? status :
	    TOOL_FAILED;
}

/* JSON is one list, also if nothing is rotated. */
static void
print_none(const struct tool *tool)
{
	if (tool->json)
		(void)printf("[]\n");
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
	print_none(tool);
	return r == KS_E_LOCKED ? TOOL_NOT_YET : TOOL_FAILED;
}

/*
 * In a fleet, one host at a time rotates the keys.  If it is another one, that
 * is as good as a run here.
 */
static int
run_leased(struct tool *tool, struct rotation_run *run,
    struct domain_list *list, bool forced, int spread)
{
	struct ks_error error;
	int status = TOOL_DONE;

	if (tool->dry_run || tool->lease == NULL)
		return run_all(tool, run, list, forced, spread);
	switch (lease_take(tool, run)) {
	case LEASE_TAKEN:
		/* The mirror may have brought other domains. */
		if (!forced) {
			domain_list_finish(list);
			status = domain_list_init(list, tool, 0, NULL);
		}
		return status == TOOL_DONE ? run_all(tool, run, list, forced,
		    spread) : status;
	case LEASE_FAILED:
		/* Nothing is rotated, but people are told what is wrong. */
		if (!forced && tool->config->notify_hook != NULL)
			(void)notices_catch_up(tool, run);
		print_none(tool);
		return TOOL_FAILED;
	case LEASE_HELD:
		break;
	}
	print_none(tool);
	if (forced)
		return TOOL_NOT_YET;
	status = notices_of_fleet(tool, run);
	if (ks_last_run_write(tool->ks, tool->clock(), &error) == 0)
		return status;
	warnx("%s", error.text);
	return TOOL_FAILED;
}

int
cmd_rotate(struct tool *tool, int argc, char **argv)
{
	struct rotation_run run;
	struct domain_list list;
	int fd, spread, status;

	if (tool->nwithout > 0 && tool->config->fleet_database == NULL) {
		warnx("--without: this host is in no fleet");
		return TOOL_USAGE;
	}
	if (!left_out_check(tool))
		return TOOL_USAGE;
	status = domain_list_init(&list, tool, argc, argv);
	if (status == TOOL_DONE)
		status = take_run_lock(tool, &fd);
	if (status == TOOL_DONE) {
		/* What hosts have by now decides which steps may be taken. */
		spread = spread_all(tool);
		status = tool_run_init(tool, &run) ? run_leased(tool, &run,
		    &list, argc > 0, spread) : TOOL_FAILED;
		rotation_run_finish(&run);
		if (fd != -1)
			(void)close(fd);
	}
	domain_list_finish(&list);
	return status;
}
