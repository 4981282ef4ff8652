/* SPDX-License-Identifier: ISC */

/*
 * countersign-doctor: options and the choice of a command.
 *
 * Options may stand anywhere.  They are collected first, and refused when the
 * command does not know them.
 */

#include "doctor.h"

#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "print.h"

/* Options as bits, to say which a command knows. */
#define OPT_DNS		0x01u
#define OPT_JSON	0x02u
#define OPT_KEY_FILE	0x04u
#define OPT_NO_COLOR	0x08u

static const struct command {
	const char	*name;
	int		(*run)(struct doctor *);
	unsigned int	 options;
	const char	*synopsis;
} commands[] = {
	{ "verify", cmd_verify, OPT_DNS | OPT_JSON | OPT_KEY_FILE |
	    OPT_NO_COLOR, "verify [--dns SERVER[@PORT] | --key-file FILE] "
	    "[--json] [--no-color] < MESSAGE" },
};
#define NCOMMANDS	(sizeof(commands) / sizeof(commands[0]))

enum { LONG_DNS = 256, LONG_JSON, LONG_KEY_FILE, LONG_NO_COLOR, LONG_VERSION };

static const struct option longopts[] = {
	{ "dns",	required_argument,	NULL, LONG_DNS },
	{ "help",	no_argument,		NULL, 'h' },
	{ "json",	no_argument,		NULL, LONG_JSON },
	{ "key-file",	required_argument,	NULL, LONG_KEY_FILE },
	{ "no-color",	no_argument,		NULL, LONG_NO_COLOR },
	{ "version",	no_argument,		NULL, LONG_VERSION },
	{ NULL,		0,			NULL, 0 }
};

struct options {
	unsigned int	 given;		/* OPT_* bits */
	bool		 no_color, help, version;
};

static void
print_usage(FILE *fp)
{
	size_t i;

	for (i = 0; i < NCOMMANDS; i++)
		(void)fprintf(fp, "%s countersign-doctor %s\n",
		    i == 0 ? "usage:" : "      ", commands[i].synopsis);
	(void)fprintf(fp, "       countersign-doctor help | --version\n"
	    "See countersign-doctor(8).\n");
}

/* False when an option is unknown or wrong; that has been said then. */
static bool
read_options(int argc, char **argv, struct doctor *doctor,
    struct options *options)
{
	int c;

	while ((c = getopt_long(argc, argv, "h", longopts, NULL)) != -1) {
		switch (c) {
		case 'h':
			options->help = true;
			break;
		case LONG_DNS:
			doctor->dns = optarg;
			options->given |= OPT_DNS;
			break;
		case LONG_JSON:
			doctor->json = true;
			options->given |= OPT_JSON;
			break;
		case LONG_KEY_FILE:
			doctor->key_file = optarg;
			options->given |= OPT_KEY_FILE;
			break;
		case LONG_NO_COLOR:
			options->no_color = true;
			options->given |= OPT_NO_COLOR;
			break;
		case LONG_VERSION:
			options->version = true;
			break;
		default:
			return false;
		}
	}
	return true;
}

static const struct command *
find_command(const char *name)
{
	size_t i;

	for (i = 0; i < NCOMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	warnx("%s: no such command", name);
	return NULL;
}

/* Whether options and operands are those of the command. */
static bool
fits(const struct command *command, const struct options *options, int nargs)
{
	if ((options->given & ~command->options) != 0) {
		warnx("%s: an option that this command does not have: see "
		    "'countersign-doctor help'", command->name);
		return false;
	}
	if (nargs > 0) {
		warnx("%s: takes no operands: usage: countersign-doctor %s",
		    command->name, command->synopsis);
		return false;
	}
	return true;
}

/* Output that did not reach its reader is a failure. */
static int
finish_output(int status)
{
	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return status;
	warn("standard output");
	return status == DOCTOR_YES ? DOCTOR_NO : status;
}

int
main(int argc, char **argv)
{
	struct doctor doctor = { .key_file = NULL };
	struct options options = { .given = 0 };
	const struct command *command;

	if (!read_options(argc, argv, &doctor, &options))
		return DOCTOR_USAGE;
	argc -= optind;
	argv += optind;
	if (options.version) {
		(void)printf("countersign-doctor %s\n", COUNTERSIGN_VERSION);
		return finish_output(DOCTOR_YES);
	}
	if (options.help || (argc > 0 && strcmp(argv[0], "help") == 0)) {
		print_usage(stdout);
		return finish_output(DOCTOR_YES);
	}
	if (argc == 0) {
		print_usage(stderr);
		return DOCTOR_USAGE;
	}
	if ((command = find_command(argv[0])) == NULL ||
	    !fits(command, &options, argc - 1))
		return DOCTOR_USAGE;
	doctor.now = time(NULL);
	doctor.colours = !options.no_color && print_wants_colour(stdout);
	return finish_output(command->run(&doctor));
}
