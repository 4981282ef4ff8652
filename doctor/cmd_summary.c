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

#include "doctor.h"
#include "logfiles.h"
#include "report/compare.h"
#include "report/summary.h"

#define USUAL_SINCE	"1d"

enum { OPTION_SINCE = OPTION_OWN };

static const struct option options[] = {
	{ "config",	required_argument,	NULL, OPTION_CONFIG },
	{ "json",	optional_argument,	NULL, OPTION_JSON },
	{ "log",	required_argument,	NULL, OPTION_LOG },
	{ "since",	required_argument,	NULL, OPTION_SINCE },
	{ NULL,		0,			NULL, 0 }
};

/* Read the options into files; false after saying what is wrong. */
static bool
read_options(struct doctor *doctor, const struct command *command, int argc,
    char **argv, struct logfiles *files)
{
	const char *since = USUAL_SINCE;
	int option;

	while ((option = doctor_next_option(doctor, command, argc, argv)) !=
	    -1) {
		if (option == OPTION_LOG && !logfiles_add(files, optarg))
			return false;
		if (option == OPTION_SINCE)
			since = optarg;
	}
	if (optind < argc) {
		warnx("%s: too many operands", command->name);
		return false;
	}
	return logfiles_look_back(files, since, "12h, 1d or 7d",
	    doctor->now);
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
