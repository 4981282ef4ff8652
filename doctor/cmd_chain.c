/* SPDX-License-Identifier: ISC */

/*
 * countersign-doctor without a command: examine the whole chain, and print what
 * is wrong with the commands that fix it.
 *
 * The exit status is DOCTOR_NO if there is a problem, DOCTOR_NOT_YET if
 * something could not be found out, else DOCTOR_YES.  Nothing is changed.
 */

#include <stdio.h>

#include "base/privileges.h"
#include "chain/chain.h"
#include "doctor.h"

enum { OPTION_LOOP = OPTION_OWN, OPTION_PROBLEMS };

static const struct option options[] = {
	{ "config",	required_argument,	NULL, OPTION_CONFIG },
	{ "dns",	required_argument,	NULL, OPTION_DNS },
	{ "json",	optional_argument,	NULL, OPTION_JSON },
	{ "loop",	no_argument,		NULL, OPTION_LOOP },
	{ "no-color",	no_argument,		NULL, OPTION_NO_COLOR },
	{ "problems",	no_argument,		NULL, OPTION_PROBLEMS },
	{ NULL,		0,			NULL, 0 }
};

static int
exit_status(const struct findings *findings)
{
	if (findings_count(findings, FINDING_PROBLEM) > 0)
		return DOCTOR_NO;
	if (findings_count(findings, FINDING_UNKNOWN) > 0 ||
	    findings->is_incomplete)
		return DOCTOR_NOT_YET;
	return DOCTOR_YES;
}

static int
run(struct doctor *doctor, int argc, char **argv)
{
	struct chain chain = { .now = doctor->now };
	struct chain_style style = { .only_problems = false };
	struct findings findings = { .n = 0 };
	int option, status;

	while ((option = doctor_next_option(doctor, &command_chain, argc,
	    argv)) != -1)
		if (option == OPTION_LOOP)
			chain.loops = true;
		else
			style.only_problems = true;
	style.colours = doctor->colours;
	chain.config_file = doctor->config != NULL ? doctor->config :
	    CONFIG_DEFAULT_FILE;
	chain.dns = doctor->dns;
	chain.is_root = privileges_are_root();
	if (!doctor_find_programs(chain.programs))
		return DOCTOR_NO;
	chain_run(&chain, &findings);
	if (doctor->json)
		chain_print_json(stdout, &findings, &style);
	else
		chain_print_text(stdout, &findings, &style);
	status = exit_status(&findings);
	findings_finish(&findings);
	chain_finish(&chain);
	return status;
}

const struct command command_chain = {
	.name = "",
	.synopsis = "[-c FILE] [--dns SERVER[@PORT]] [--json] [--loop] "
	    "[--no-color] [--problems]",
	.options = options,
	.run = run,
};
