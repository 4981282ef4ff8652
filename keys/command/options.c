/* SPDX-License-Identifier: ISC */

/*
 * The command line of countersign-key: reads options in any order, and checks
 * that the subcommand accepts them.
 *
 * Each option has a bit, and the table in main.c lists the bits of each
 * subcommand; an option that is not among them is refused, never ignored.
 * Such an error is printed with the usage of the subcommand.
 */

#include "command/options.h"

#include <err.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "store/rotator.h"
#include "text/option.h"

#define MAX_WAIT		3600	/* seconds, for the lock of a domain */
#define OPTION_FAULT_SIZE	128

enum { LONG_ALGORITHM = 256, LONG_ALL, LONG_AT, LONG_CHANGE, LONG_DRY_RUN,
	LONG_FLEET, LONG_FORCE, LONG_FORMAT, LONG_JSON, LONG_KEEP, LONG_MEMBERS,
	LONG_MONITOR, LONG_NEW_KEK, LONG_NO_PROGRESS, LONG_OUTPUT,
	LONG_PROBLEMS, LONG_REMOVED, LONG_SELECTOR, LONG_STATUS,
	LONG_STREAM, LONG_STRICT, LONG_TEST, LONG_VERSION, LONG_WAIT,
	LONG_WITHOUT, LONG_YES };

static const struct option longopts[] = {
	{ "algorithm",	required_argument,	NULL, LONG_ALGORITHM },
	{ "all",	no_argument,		NULL, LONG_ALL },
	{ "at",		required_argument,	NULL, LONG_AT },
	{ "change",	required_argument,	NULL, LONG_CHANGE },
	{ "config",	required_argument,	NULL, 'c' },
	{ "dry-run",	no_argument,		NULL, LONG_DRY_RUN },
	{ "fleet",	no_argument,		NULL, LONG_FLEET },
	{ "force",	no_argument,		NULL, LONG_FORCE },
	{ "format",	required_argument,	NULL, LONG_FORMAT },
	{ "help",	no_argument,		NULL, 'h' },
	{ "json",	optional_argument,	NULL, LONG_JSON },
	{ "keep",	no_argument,		NULL, LONG_KEEP },
	{ "keydir",	required_argument,	NULL, 'k' },
	{ "lock-wait",	required_argument,	NULL, 'w' },
	{ "members",	required_argument,	NULL, LONG_MEMBERS },
	{ "monitor",	no_argument,		NULL, LONG_MONITOR },
	{ "new-kek",	required_argument,	NULL, LONG_NEW_KEK },
	{ "no-progress", no_argument,		NULL, LONG_NO_PROGRESS },
	{ "output",	required_argument,	NULL, LONG_OUTPUT },
	{ "problems",	no_argument,		NULL, LONG_PROBLEMS },
	{ "removed",	no_argument,		NULL, LONG_REMOVED },
	{ "selector",	required_argument,	NULL, LONG_SELECTOR },
	{ "status",	no_argument,		NULL, LONG_STATUS },
	{ "stream",	required_argument,	NULL, LONG_STREAM },
	{ "strict",	no_argument,		NULL, LONG_STRICT },
	{ "test",	no_argument,		NULL, LONG_TEST },
	{ "version",	no_argument,		NULL, LONG_VERSION },
	{ "wait",	optional_argument,	NULL, LONG_WAIT },
	{ "without",	required_argument,	NULL, LONG_WITHOUT },
	{ "yes",	no_argument,		NULL, LONG_YES },
	{ NULL,		0,			NULL, 0 }
};

/* Set an option that has a value.  Returns its bit; 0 for any other. */
static unsigned int
set_value(struct tool *tool, int option, const char *value)
{
	switch (option) {
	case LONG_ALGORITHM:
		tool->algorithm = value;
		return OPT_ALGORITHM;
	case LONG_AT:
		tool->at = value;
		return OPT_AT;
	case LONG_CHANGE:
		tool->change = value;
		return OPT_CHANGE;
	case LONG_FORMAT:
		tool->format = value;
		return OPT_FORMAT;
	case LONG_MEMBERS:
		tool->members = value;
		return OPT_MEMBERS;
	case LONG_NEW_KEK:
		tool->new_kek = value;
		return OPT_NEW_KEK;
	case LONG_OUTPUT:
		tool->output = value;
		return OPT_OUTPUT;
	case LONG_SELECTOR:
		tool->selector = value;
		return OPT_SELECTOR;
	case LONG_STREAM:
		tool->stream = strcmp(value, "default") == 0 ? "" : value;
		return OPT_STREAM;
	case LONG_WAIT:
		tool->waits = true;
		tool->wait = value;
		return OPT_WAIT;
	case LONG_WITHOUT:
		return OPT_WITHOUT;	/* add_without() */
	default:
		return 0;
	}
}

/* Set an option that has no value.  Returns its bit; 0 for any other. */
static unsigned int
set_flag(struct tool *tool, int option)
{
	switch (option) {
	case LONG_ALL:
		tool->all = true;
		return OPT_ALL;
	case LONG_DRY_RUN:
		tool->dry_run = true;
		return OPT_DRY_RUN;
	case LONG_FLEET:
		tool->fleet = true;
		return OPT_FLEET;
	case LONG_FORCE:
		tool->force = true;
		return OPT_FORCE;
	case LONG_JSON:
		tool->json = true;
		return OPT_JSON;
	case LONG_KEEP:
		tool->keep = true;
		return OPT_KEEP;
	case LONG_MONITOR:
		tool->monitor = true;
		return OPT_MONITOR;
	case LONG_NO_PROGRESS:
		tool->no_progress = true;
		return OPT_NO_PROGRESS;
	case LONG_PROBLEMS:
		tool->problems = true;
		return OPT_PROBLEMS;
	case LONG_REMOVED:
		tool->removed = true;
		return OPT_REMOVED;
	case LONG_STATUS:
		tool->status = true;
		return OPT_STATUS;
	case LONG_STRICT:
		tool->strict = true;
		return OPT_STRICT;
	case LONG_TEST:
		tool->test = true;
		return OPT_TEST;
	case LONG_YES:
		tool->yes = true;
		return OPT_YES;
	default:
		return 0;
	}
}

static void
note_given(struct options *options, unsigned int bit, const char *name)
{
	options->given |= bit;
	options->names[ffs((int)bit) - 1] = name;
}

/* Set -c, -k or -w; prints an error and returns false if it is invalid. */
static bool
set_common(struct tool *tool, struct options *options, int option,
    const char *value)
{
	const char *reason;

	if (option == 'w') {
		tool->wait_s = (unsigned int)strtonum(value, 0, MAX_WAIT,
		    &reason);
		tool->has_wait = true;
		if (reason == NULL)
			return true;
		warnx("-w %s: %s: give seconds, 0 to %d", value, reason,
		    MAX_WAIT);
		return false;
	}
	if (value[0] == '\0') {
		warnx("-%c: empty name: give the name of %s", option,
		    option == 'c' ? "the configuration file" :
		    "the key directory");
		return false;
	}
	if (option == 'c')
		options->config = value;
	else
		options->keydir = value;
	return true;
}

/* Check the value of --stream; prints an error and returns false. */
static bool
check_stream(const char *value)
{
	if (ks_stream_is_valid(value) || strcmp(value, "default") == 0)
		return true;
	warnx("--stream %s: not the name of a stream: a lower-case letter, and "
	    "up to %d lower-case letters and digits", value,
	    KS_STREAM_SIZE - 2);
	return false;
}

/* Add the value of --without; prints an error and returns false. */
static bool
add_without(struct tool *tool, const char *value)
{
	if (!ks_host_name_is_valid(value))
		warnx("--without %s: not the name of a host", value);
	else if (tool->nwithout == MAX_WITHOUT)
		warnx("--without %s: no more than %d hosts", value,
		    MAX_WITHOUT);
	else {
		tool->without[tool->nwithout++] = value;
		return true;
	}
	return false;
}

static bool
check_json(const char *value)
{
	if (json_is_our_format(value))
		return true;
	warnx("--json=%s: this version writes only format %d of its JSON: "
	    "install a version that has the other one, or use --json=%d",
	    value, JSON_FORMAT, JSON_FORMAT);
	return false;
}

bool
options_read(int argc, char **argv, struct tool *tool,
    struct options *options)
{
	char fault[OPTION_FAULT_SIZE];
	int at, c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":c:hk:w:", longopts, &at)) !=
	    -1) {
		switch (c) {
		case 'c':
		case 'k':
		case 'w':
			if (!set_common(tool, options, c, optarg))
				return false;
			break;
		case 'h':
			options->help = true;
			break;
		case LONG_VERSION:
			options->version = true;
			break;
		case '?':
		case ':':
			warnx("%s", text_option_fault(fault, sizeof(fault), c,
			    argv, longopts, "see 'countersign-key help'"));
			return false;
		default:
			if ((c == LONG_STREAM && !check_stream(optarg)) ||
			    (c == LONG_WITHOUT &&
			    !add_without(tool, optarg)) ||
			    (c == LONG_JSON && !check_json(optarg)))
				return false;
			note_given(options, set_value(tool, c, optarg) |
			    set_flag(tool, c), longopts[at].name);
		}
	}
	return true;
}

bool
options_check(const struct subcommand *sub, const struct options *options,
    int noperands)
{
	const unsigned int foreign = options->given & ~sub->options;

	if (foreign != 0) {
		warnx("%s: this command does not have --%s: usage: "
		    "countersign-key %s", sub->name,
		    options->names[ffs((int)foreign) - 1],
		    sub->synopsis);
		return false;
	}
	if (noperands < sub->min ||
	    (sub->max != -1 && noperands > sub->max)) {
		warnx("%s: too %s operands: usage: countersign-key %s",
		    sub->name, noperands < sub->min ? "few" : "many",
		    sub->synopsis);
		return false;
	}
	return true;
}
