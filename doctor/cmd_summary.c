/* SPDX-License-Identifier: ISC */

/*
 * countersign-doctor summary and compare: what the logs say about a day or a
 * week of mail.
 *
 * Log files are opened with the caller's rights; before anything in them is
 * read, the process becomes the user of the milter for good.  The exit status
 * is DOCTOR_YES if there was mail, else DOCTOR_NO.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/duration.h"
#include "doctor.h"
#include "logfiles.h"
#include "report/compare.h"
#include "report/summary.h"

#define DAY		(24 * 60 * 60)
#define MAX_SINCE	((long long)3660 * DAY)

enum { OPTION_SINCE = OPTION_OWN };

static const struct option options[] = {
	{ "config",	required_argument,	NULL, OPTION_CONFIG },
	{ "json",	no_argument,		NULL, OPTION_JSON },
	{ "log",	required_argument,	NULL, OPTION_LOG },
	{ "since",	required_argument,	NULL, OPTION_SINCE },
	{ NULL,		0,			NULL, 0 }
};

/* Read the options into files; false after saying what is wrong. */
static bool
read_options(struct doctor *doctor, const struct command *command, int argc,
    char **argv, struct logfiles *files)
{
	long long ago = DAY;
	int option;

	while ((option = doctor_next_option(doctor, command, argc, argv)) !=
	    -1) {
		if (option == OPTION_LOG && !logfiles_add(files, optarg))
			return false;
		if (option == OPTION_SINCE && (!duration_parse(optarg,
		    MAX_SINCE, &ago) || ago == 0)) {
			warnx("--since %s: not a span of time: use 12h, 1d or "
			    "7d", optarg);
			return false;
		}
	}
	if (optind < argc) {
		warnx("%s: too many operands", command->name);
		return false;
	}
	files->since = doctor->now > ago ? doctor->now - ago : 0;
	files->until = doctor->now;
	return true;
}

static int
run_summary(struct doctor *doctor, int argc, char **argv)
{
	struct logfiles files = { .ngiven = 0 };
	struct summary *summary;
	int status = DOCTOR_NO;

	if (!read_options(doctor, &command_summary, argc, argv, &files))
		return DOCTOR_USAGE;
	if ((summary = calloc(1, sizeof(*summary))) == NULL)
		warnx("out of memory");
	else if (logfiles_open(&files, doctor->config, doctor->now)) {
		(void)logs_search(files.logs, summary_take, summary);
		summary_sort(summary);
		if (doctor->json)
			summary_print_json(stdout, summary, files.logs);
		else
			summary_print_text(stdout, summary, files.logs);
		status = summary->n > 0 ? DOCTOR_YES : DOCTOR_NO;
		logfiles_close(&files);
	}
	free(summary);
	return status;
}

static int
run_compare(struct doctor *doctor, int argc, char **argv)
{
	struct logfiles files = { .ngiven = 0 };
	struct compare *compare;
	int status = DOCTOR_NO;

	if (!read_options(doctor, &command_compare, argc, argv, &files))
		return DOCTOR_USAGE;
	if ((compare = calloc(1, sizeof(*compare))) == NULL)
		warnx("out of memory");
	else if (logfiles_open(&files, doctor->config, doctor->now)) {
		(void)logs_search(files.logs, compare_take, compare);
		compare_sort(compare);
		if (doctor->json)
			compare_print_json(stdout, compare, files.logs);
		else
			compare_print_text(stdout, compare, files.logs);
		status = compare->n + compare->nothers > 0 ? DOCTOR_YES :
		    DOCTOR_NO;
		logfiles_close(&files);
	}
	free(compare);
	return status;
}

const struct command command_summary = {
	.name = "summary",
	.synopsis = "summary [-c FILE] [--since SPAN] [--log FILE]... [--json]",
	.options = options,
	.run = run_summary,
};

const struct command command_compare = {
	.name = "compare",
	.synopsis = "compare [-c FILE] [--since SPAN] [--log FILE]... [--json]",
	.options = options,
	.run = run_compare,
};
