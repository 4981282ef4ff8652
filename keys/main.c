/* SPDX-License-Identifier: ISC */

/*
 * countersign-key: options, the choice of a subcommand, and what every
 * process that handles private keys does first.
 *
 * Options may stand anywhere.  They are collected first, and refused when the
 * subcommand does not know them.
 */

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <err.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config.h"
#include "tool.h"

#define DEFAULT_WAIT	10	/* seconds, for the lock of a domain */
#define MAX_WAIT	3600

/* Options as bits, to say which a subcommand knows. */
#define OPT_ALGORITHM	0x01u
#define OPT_AT		0x02u
#define OPT_FORCE	0x04u
#define OPT_JSON	0x08u
#define OPT_SELECTOR	0x10u
#define OPT_STRICT	0x20u

static const struct subcommand {
	const char	*name;
	int		(*run)(struct tool *, int, char **);
	int		 min, max;	/* operands; max -1: any number */
	unsigned int	 options;
	const char	*synopsis;
} subcommands[] = {
	{ "generate", cmd_generate, 1, 1, OPT_ALGORITHM | OPT_SELECTOR |
	    OPT_STRICT, "generate DOMAIN [--algorithm KIND] "
	    "[--selector SELECTOR] [--strict]" },
	{ "list", cmd_list, 0, 1, OPT_JSON,
	    "list [DOMAIN] [--json]" },
	{ "show", cmd_show, 1, 2, OPT_JSON,
	    "show DOMAIN [SELECTOR] [--json]" },
	{ "activate", cmd_activate, 1, -1, OPT_AT,
	    "activate DOMAIN [SELECTOR ...] [--at TIME]" },
	{ "retire", cmd_retire, 2, 2, OPT_AT | OPT_FORCE,
	    "retire DOMAIN SELECTOR [--at TIME] [--force]" }
};
#define NSUBCOMMANDS	(sizeof(subcommands) / sizeof(subcommands[0]))

enum { LONG_ALGORITHM = 256, LONG_AT, LONG_FORCE, LONG_JSON, LONG_SELECTOR,
	LONG_STRICT, LONG_VERSION };

static const struct option longopts[] = {
	{ "algorithm",	required_argument,	NULL, LONG_ALGORITHM },
	{ "at",		required_argument,	NULL, LONG_AT },
	{ "config",	required_argument,	NULL, 'c' },
	{ "force",	no_argument,		NULL, LONG_FORCE },
	{ "help",	no_argument,		NULL, 'h' },
	{ "json",	no_argument,		NULL, LONG_JSON },
	{ "keydir",	required_argument,	NULL, 'k' },
	{ "selector",	required_argument,	NULL, LONG_SELECTOR },
	{ "strict",	no_argument,		NULL, LONG_STRICT },
	{ "version",	no_argument,		NULL, LONG_VERSION },
	{ "wait",	required_argument,	NULL, 'w' },
	{ NULL,		0,			NULL, 0 }
};

struct options {
	const char	*config, *keydir;
	unsigned int	 given;		/* OPT_* bits */
	bool		 help, version;
};

static void
print_usage(FILE *fp)
{
	size_t i;

	(void)fprintf(fp, "usage: countersign-key [-c FILE] [-k KEYDIR] "
	    "[-w SECONDS] COMMAND ...\n");
	for (i = 0; i < NSUBCOMMANDS; i++)
		(void)fprintf(fp, "       countersign-key %s\n",
		    subcommands[i].synopsis);
	(void)fprintf(fp, "       countersign-key help | --version\n"
	    "KIND is rsa2048 (the default), rsa3072, rsa4096, ed25519 or "
	    "both; TIME is as\n2026-11-23T09:00:00Z.  See "
	    "countersign-key(8).\n");
}

/* Returns the bit of an option of subcommands, 0 for any other. */
static unsigned int
set_command_option(struct tool *tool, int option, const char *value)
{
	switch (option) {
	case LONG_ALGORITHM:
		tool->algorithm = value;
		return OPT_ALGORITHM;
	case LONG_AT:
		tool->at = value;
		return OPT_AT;
	case LONG_FORCE:
		tool->force = true;
		return OPT_FORCE;
	case LONG_JSON:
		tool->json = true;
		return OPT_JSON;
	case LONG_SELECTOR:
		tool->selector = value;
		return OPT_SELECTOR;
	case LONG_STRICT:
		tool->strict = true;
		return OPT_STRICT;
	default:
		return 0;
	}
}

/* False when an option is unknown or wrong; that has been said then. */
static bool
read_options(int argc, char **argv, struct tool *tool,
    struct options *options)
{
	const char *reason;
	int c;

	while ((c = getopt_long(argc, argv, "c:hk:w:", longopts, NULL)) !=
	    -1) {
		switch (c) {
		case 'c':
			options->config = optarg;
			break;
		case 'h':
			options->help = true;
			break;
		case 'k':
			options->keydir = optarg;
			break;
		case 'w':
			tool->wait_s = (unsigned int)strtonum(optarg, 0,
			    MAX_WAIT, &reason);
			if (reason != NULL) {
				warnx("-w %s: %s: give seconds, 0 to %d",
				    optarg, reason, MAX_WAIT);
				return false;
			}
			break;
		case LONG_VERSION:
			options->version = true;
			break;
		case '?':
			return false;
		default:
			options->given |= set_command_option(tool, c, optarg);
		}
	}
	return true;
}

/* Private keys pass through this process. */
static void
harden(void)
{
	const struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) == -1)
		err(TOOL_FAILED, "cannot forbid core dumps");
	if (prctl(PR_SET_DUMPABLE, 0) == -1)
		err(TOOL_FAILED, "cannot forbid tracing");
	/* A file size limit shall be an error of write(2), not a death. */
	(void)signal(SIGXFSZ, SIG_IGN);
	(void)umask(077);
}

/* The key directory of the configuration; NULL if it cannot be read. */
static char *
configured_keydir(const char *file)
{
	struct config *config;
	size_t nfaults;
	char *keydir;

	if ((config = config_load(file, stderr, &nfaults)) == NULL) {
		warnx("%s: %zu faults: mend them, or name the key directory "
		    "with -k", file, nfaults);
		return NULL;
	}
	keydir = strdup(config->keydir);
	config_unref(config);
	if (keydir == NULL)
		warn(NULL);
	return keydir;
}

static const struct subcommand *
find_subcommand(const char *name)
{
	size_t i;

	for (i = 0; i < NSUBCOMMANDS; i++)
		if (strcmp(subcommands[i].name, name) == 0)
			return &subcommands[i];
	warnx("%s: no such command", name);
	return NULL;
}

/* Whether options and operands are those of the subcommand. */
static bool
fits(const struct subcommand *sub, const struct options *options, int nargs)
{
	if ((options->given & ~sub->options) != 0) {
		warnx("%s: an option that this command does not have: see "
		    "'countersign-key help'", sub->name);
		return false;
	}
	if (nargs < sub->min || (sub->max != -1 && nargs > sub->max)) {
		warnx("%s: too %s operands: usage: countersign-key %s",
		    sub->name, nargs < sub->min ? "few" : "many",
		    sub->synopsis);
		return false;
	}
	return true;
}

static int
run(const struct subcommand *sub, struct tool *tool,
    const struct options *options, char **operands, int noperands)
{
	struct ks_error error;
	const char *file;
	char *command, *keydir;
	int n, status;

	file = options->config == NULL ? CONFIG_DEFAULT_FILE :
	    options->config;
	keydir = options->keydir == NULL ? configured_keydir(file) :
	    strdup(options->keydir);
	if (keydir == NULL)
		return TOOL_FAILED;
	status = TOOL_FAILED;
	if (options->keydir != NULL)
		n = asprintf(&command, "%s -k %s", getprogname(), keydir);
	else if (options->config != NULL)
		n = asprintf(&command, "%s -c %s", getprogname(), file);
	else
		n = asprintf(&command, "%s", getprogname());
	if (n == -1) {
		warn(NULL);
		free(keydir);
		return TOOL_FAILED;
	}
	tool->keydir = keydir;
	tool->command = command;
	if (ks_open(&tool->ks, keydir, &error) != 0)
		warnx("%s", error.text);
	else
		status = sub->run(tool, noperands, operands);
	ks_close(tool->ks);
	free(command);
	free(keydir);
	return status;
}

/* Output that did not reach its reader is a failure. */
static int
finish_output(int status)
{
	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return status;
	warn("standard output");
	return status == TOOL_DONE ? TOOL_FAILED : status;
}

int
main(int argc, char **argv)
{
	struct tool tool = { .wait_s = DEFAULT_WAIT };
	struct options options = { .given = 0 };
	const struct subcommand *sub;

	harden();
	if (!read_options(argc, argv, &tool, &options))
		return TOOL_USAGE;
	argc -= optind;
	argv += optind;
	if (options.version) {
		(void)printf("countersign-key %s\n", COUNTERSIGN_VERSION);
		return finish_output(TOOL_DONE);
	}
	if (options.help || (argc > 0 && strcmp(argv[0], "help") == 0)) {
		print_usage(stdout);
		return finish_output(TOOL_DONE);
	}
	if (argc == 0) {
		print_usage(stderr);
		return TOOL_USAGE;
	}
	if ((sub = find_subcommand(argv[0])) == NULL ||
	    !fits(sub, &options, argc - 1))
		return TOOL_USAGE;
	tool.now = time(NULL);
	return finish_output(run(sub, &tool, &options, argv + 1, argc - 1));
}
