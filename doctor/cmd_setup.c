/* SPDX-License-Identifier: ISC */

/*
 * countersign-doctor setup: what has to change on this host before the first
 * mail is signed; see setup/setup.h.
 *
 * Here the options become a request.  What a platform needs is known only when
 * its preset is read, so it is not checked here.
 */

#include <err.h>
#include <limits.h>
#include <string.h>

#include "base/duration.h"
#include "config/config.h"
#include "doctor.h"
#include "setup/ledger.h"
#include "setup/setup.h"

#define DEFAULT_WAIT	3600		/* seconds */
#define MAX_WAIT	604800

enum { OPTION_APPLY = OPTION_OWN, OPTION_CHECK_RESOLVERS, OPTION_DAEMON,
	OPTION_DOMAIN, OPTION_ENFORCE, OPTION_LEDGER, OPTION_LOGIN,
	OPTION_MTA, OPTION_NAME, OPTION_PLATFORM, OPTION_POSTFIX,
	OPTION_PUBLISH, OPTION_SECRET_HEADER, OPTION_SELECTOR, OPTION_TENANT,
	OPTION_TSIG_KEY, OPTION_UNDO, OPTION_WAIT };

static const struct option options[] = {
	{ "apply",	no_argument,		NULL, OPTION_APPLY },
	{ "check-resolvers", required_argument,	NULL,
	    OPTION_CHECK_RESOLVERS },
	{ "config",	required_argument,	NULL, OPTION_CONFIG },
	{ "daemon",	required_argument,	NULL, OPTION_DAEMON },
	{ "domain",	required_argument,	NULL, OPTION_DOMAIN },
	{ "enforce",	no_argument,		NULL, OPTION_ENFORCE },
	{ "ledger",	required_argument,	NULL, OPTION_LEDGER },
	{ "login",	required_argument,	NULL, OPTION_LOGIN },
	{ "mta",	required_argument,	NULL, OPTION_MTA },
	{ "name",	required_argument,	NULL, OPTION_NAME },
	{ "no-color",	no_argument,		NULL, OPTION_NO_COLOR },
	{ "platform",	required_argument,	NULL, OPTION_PLATFORM },
	{ "postfix",	required_argument,	NULL, OPTION_POSTFIX },
	{ "publish",	required_argument,	NULL, OPTION_PUBLISH },
	{ "secret-header", required_argument,	NULL, OPTION_SECRET_HEADER },
	{ "selector",	required_argument,	NULL, OPTION_SELECTOR },
	{ "tenant",	required_argument,	NULL, OPTION_TENANT },
	{ "tsig-key",	required_argument,	NULL, OPTION_TSIG_KEY },
	{ "undo",	no_argument,		NULL, OPTION_UNDO },
	{ "wait",	optional_argument,	NULL, OPTION_WAIT },
	{ NULL,		0,			NULL, 0 }
};

/* The list of an option that can be repeated; NULL for any other. */
static struct setup_words *
list_of(struct setup_request *request, int option)
{
	switch (option) {
	case OPTION_CHECK_RESOLVERS:
		return &request->check_resolvers;
	case OPTION_DAEMON:
		return &request->daemons;
	case OPTION_DOMAIN:
		return &request->domains;
	case OPTION_LOGIN:
		return &request->logins;
	case OPTION_SELECTOR:
		return &request->selectors;
	case OPTION_TENANT:
		return &request->tenants;
	default:
		return NULL;
	}
}

/* Where the value of an option is stored that has one; else NULL. */
static const char **
value_of(struct setup_request *request, int option)
{
	switch (option) {
	case OPTION_LEDGER:
		return &request->ledger;
	case OPTION_NAME:
		return &request->name;
	case OPTION_PLATFORM:
		return &request->platform;
	case OPTION_POSTFIX:
		return &request->postfix_dir;
	case OPTION_PUBLISH:
		return &request->publish;
	case OPTION_SECRET_HEADER:
		return &request->secret_header;
	case OPTION_TSIG_KEY:
		return &request->tsig_key;
	default:
		return NULL;
	}
}

static bool
set_mta(struct setup_request *request, const char *name)
{
	static const char *const names[] = {
		[SETUP_MTA_POSTFIX] = "postfix",
		[SETUP_MTA_SENDMAIL] = "sendmail",
		[SETUP_MTA_NONE] = "none",
	};
	size_t i;

	for (i = SETUP_MTA_POSTFIX; i <= SETUP_MTA_NONE; i++)
		if (strcmp(names[i], name) == 0) {
			request->mta = (enum setup_mta)i;
			return true;
		}
	warnx("setup: --mta %s: write postfix, sendmail or none", name);
	return false;
}

static bool
set_wait(struct setup_request *request, const char *duration)
{
	long long seconds = DEFAULT_WAIT;

	request->wait = true;
	if (duration != NULL && !duration_parse(duration, MAX_WAIT,
	    &seconds)) {
		warnx("setup: --wait=%s: write a duration up to 7d, such as "
		    "--wait=30m", duration);
		return false;
	}
	request->wait_seconds = seconds;
	return true;
}

static bool
set_option(struct setup_request *request, int option, const char *value)
{
	struct setup_words *list = list_of(request, option);
	const char **single = value_of(request, option);

	if (single != NULL) {
		*single = value;
		return true;
	}
	if (list != NULL) {
		if (list->n < SETUP_MAX_WORDS) {
			list->list[list->n++] = value;
			return true;
		}
		warnx("setup: \"%s\": more than %d of this option; write the "
		    "others into the configuration", value, SETUP_MAX_WORDS);
		return false;
	}
	switch (option) {
	case OPTION_APPLY:
		request->apply = true;
		return true;
	case OPTION_ENFORCE:
		request->enforce = true;
		return true;
	case OPTION_UNDO:
		request->undo = true;
		return true;
	case OPTION_MTA:
		return set_mta(request, value);
	default:
		return set_wait(request, value);
	}
}

/* The first option that is given, of those that only a new source has. */
static const char *
option_of_new(const struct setup_request *request)
{
	const struct {
		const char	*name;
		bool		 is_given;
	} only[] = {
		{ "platform",		request->platform != NULL },
		{ "tenant",		request->tenants.n > 0 },
		{ "login",		request->logins.n > 0 },
		{ "daemon",		request->daemons.n > 0 },
		{ "selector",		request->selectors.n > 0 },
		{ "domain",		request->domains.n > 0 },
		{ "secret-header",	request->secret_header != NULL },
		{ "publish",		request->publish != NULL },
		{ "tsig-key",		request->tsig_key != NULL },
		{ "check-resolvers",	request->check_resolvers.n > 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(only) / sizeof(only[0]); i++)
		if (only[i].is_given)
			return only[i].name;
	return NULL;
}

/* Options that contradict each other. */
static bool
is_consistent(const struct setup_request *request)
{
	const char *name = option_of_new(request);

	if (request->undo + request->enforce > 1)
		warnx("setup: give --enforce or --undo");
	else if ((request->undo || request->enforce) && name != NULL)
		warnx("setup: --%s is for a new source: leave it out with "
		    "--enforce and --undo", name);
	else if (request->config[0] != '/' || request->ledger[0] != '/' ||
	    (request->tsig_key != NULL && request->tsig_key[0] != '/'))
		warnx("setup: the files of --config, --ledger and --tsig-key "
		    "need whole paths, beginning with \"/\"");
	else
		return true;
	return false;
}

static int
run(struct doctor *doctor, int argc, char **argv)
{
	struct setup_request request = { .ledger = LEDGER_DEFAULT };
	char programs[PATH_MAX];
	int option;

	while ((option = doctor_next_option(doctor, &command_setup, argc,
	    argv)) != -1)
		if (!set_option(&request, option, optarg))
			return DOCTOR_USAGE;
	if (optind < argc) {
		warnx("setup: \"%s\": what is it? Give everything with "
		    "options, such as --domain %s", argv[optind],
		    argv[optind]);
		return DOCTOR_USAGE;
	}
	request.config = doctor->config != NULL ? doctor->config :
	    CONFIG_DEFAULT_FILE;
	request.colours = doctor->colours;
	if (!is_consistent(&request))
		return DOCTOR_USAGE;
	if (!doctor_find_programs(programs))
		return DOCTOR_NO;
	request.programs = programs;
	return setup_run(&request);
}

const struct command command_setup = {
	.name = "setup",
	.synopsis = "setup [-c FILE] [--platform NAME] [--tenant ID] "
	    "[--login NAME] [--daemon NAME] [--secret-header FIELD] "
	    "[--selector NAME] [--domain DOMAIN] [--name NAME] "
	    "[--publish HOW] [--tsig-key FILE] [--check-resolvers ADDRESS] "
	    "[--mta NAME] [--postfix DIRECTORY] [--ledger FILE] [--apply] "
	    "[--wait[=TIME]] [--no-color]\n"
	    "setup [-c FILE] [--name NAME] --enforce [--wait[=TIME]]\n"
	    "setup [-c FILE] --undo",
	.options = options,
	.run = run,
};
