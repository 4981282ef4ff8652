/* SPDX-License-Identifier: ISC */

/*
 * countersign-doctor: parse the options and run the command.
 *
 * Options may be given before or after the command.  All are collected first;
 * then those that the command does not have are refused.
 */

#include "doctor.h"

#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/print.h"
#include "text/distance.h"

/* One bit per option, so that a command can list those it has. */
#define OPT_DNS		0x01u
#define OPT_JSON	0x02u
#define OPT_KEY_FILE	0x04u
#define OPT_NO_COLOR	0x08u
#define OPT_EXPLAIN	0x10u	/* any option that only explain has */
#define NOPTS		5

static const struct command {
	const char	*name;
	int		(*run)(struct doctor *);
	unsigned int	 options;
	const char	*synopsis;
} commands[] = {
	{ "explain", cmd_explain, OPT_DNS | OPT_EXPLAIN | OPT_JSON |
	    OPT_NO_COLOR, "explain [-c FILE] [--client ADDRESS] "
	    "[--client-name NAME] [--helo NAME]\n"
	    "           [--tls VERSION] [--cert-cn NAME] "
	    "[--cert-issuer NAME] [--login NAME]\n"
	    "           [--daemon NAME] [--from SENDER] "
	    "[--dns SERVER[@PORT]] [--json | --sign]\n"
	    "           [--no-color] < MESSAGE" },
	{ "verify", cmd_verify, OPT_DNS | OPT_JSON | OPT_KEY_FILE |
	    OPT_NO_COLOR, "verify [--dns SERVER[@PORT] | --key-file FILE] "
	    "[--json]\n           [--no-color] < MESSAGE" },
};
#define NCOMMANDS	(sizeof(commands) / sizeof(commands[0]))

enum { LONG_CERT_CN = 256, LONG_CERT_ISSUER, LONG_CLIENT, LONG_CLIENT_NAME,
	LONG_DAEMON, LONG_DNS, LONG_FROM, LONG_HELO, LONG_JSON,
	LONG_KEY_FILE, LONG_LOGIN, LONG_NO_COLOR, LONG_SIGN, LONG_TLS,
	LONG_VERSION };

static const struct option longopts[] = {
	{ "cert-cn",	required_argument,	NULL, LONG_CERT_CN },
	{ "cert-issuer", required_argument,	NULL, LONG_CERT_ISSUER },
	{ "client",	required_argument,	NULL, LONG_CLIENT },
	{ "client-name", required_argument,	NULL, LONG_CLIENT_NAME },
	{ "config",	required_argument,	NULL, 'c' },
	{ "daemon",	required_argument,	NULL, LONG_DAEMON },
	{ "dns",	required_argument,	NULL, LONG_DNS },
	{ "from",	required_argument,	NULL, LONG_FROM },
	{ "helo",	required_argument,	NULL, LONG_HELO },
	{ "help",	no_argument,		NULL, 'h' },
	{ "json",	no_argument,		NULL, LONG_JSON },
	{ "key-file",	required_argument,	NULL, LONG_KEY_FILE },
	{ "login",	required_argument,	NULL, LONG_LOGIN },
	{ "no-color",	no_argument,		NULL, LONG_NO_COLOR },
	{ "sign",	no_argument,		NULL, LONG_SIGN },
	{ "tls",	required_argument,	NULL, LONG_TLS },
	{ "version",	no_argument,		NULL, LONG_VERSION },
	{ NULL,		0,			NULL, 0 }
};

struct options {
	unsigned int	 given;		/* OPT_* bits */
	const char	*names[NOPTS];	/* the last one given for each bit */
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

/*
 * Where to store the value of an option that only explain has; NULL for any
 * other option.
 */
static const char **
explain_option(struct doctor *doctor, int option)
{
	switch (option) {
	case 'c':
		return &doctor->config;
	case LONG_CERT_CN:
		return &doctor->cert_cn;
	case LONG_CERT_ISSUER:
		return &doctor->cert_issuer;
	case LONG_CLIENT:
		return &doctor->client;
	case LONG_CLIENT_NAME:
		return &doctor->client_name;
	case LONG_DAEMON:
		return &doctor->daemon;
	case LONG_FROM:
		return &doctor->sender;
	case LONG_HELO:
		return &doctor->helo;
	case LONG_LOGIN:
		return &doctor->login;
	case LONG_TLS:
		return &doctor->tls;
	default:
		return NULL;
	}
}

/* Note that an option was given, as one of the bits OPT_*. */
static void
note_given(struct options *options, unsigned int bit, int option)
{
	const struct option *o = longopts;

	while (o->val != option)
		o++;
	options->given |= bit;
	options->names[ffs((int)bit) - 1] = o->name;
}

/* Returns false on an unknown option, after getopt has reported it. */
static bool
read_options(int argc, char **argv, struct doctor *doctor,
    struct options *options)
{
	const char **value;
	int c;

	while ((c = getopt_long(argc, argv, "c:h", longopts, NULL)) != -1) {
		if ((value = explain_option(doctor, c)) != NULL) {
			*value = optarg;
			note_given(options, OPT_EXPLAIN, c);
			continue;
		}
		switch (c) {
		case 'h':
			options->help = true;
			break;
		case LONG_DNS:
			doctor->dns = optarg;
			note_given(options, OPT_DNS, c);
			break;
		case LONG_JSON:
			doctor->json = true;
			note_given(options, OPT_JSON, c);
			break;
		case LONG_KEY_FILE:
			doctor->key_file = optarg;
			note_given(options, OPT_KEY_FILE, c);
			break;
		case LONG_NO_COLOR:
			options->no_color = true;
			note_given(options, OPT_NO_COLOR, c);
			break;
		case LONG_SIGN:
			doctor->sign = true;
			note_given(options, OPT_EXPLAIN, c);
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
	const char *names[NCOMMANDS], *nearest;
	size_t i;

	for (i = 0; i < NCOMMANDS; i++) {
		names[i] = commands[i].name;
		if (strcmp(names[i], name) == 0)
			return &commands[i];
	}
	if ((nearest = text_nearest(names, NCOMMANDS, name)) != NULL)
		warnx("%s: unknown command; did you mean \"%s\"?", name,
		    nearest);
	else
		warnx("%s: unknown command: see 'countersign-doctor help'",
		    name);
	return NULL;
}

/* Refuse options and operands that the command does not have. */
static bool
options_fit(const struct command *command, const struct options *options,
    int nargs)
{
	const unsigned int foreign = options->given & ~command->options;

	if (foreign != 0) {
		warnx("%s: this command does not have --%s: see "
		    "'countersign-doctor help'", command->name,
		    options->names[ffs((int)foreign) - 1]);
		return false;
	}
	if (nargs > 0) {
		warnx("%s: too many operands: give the message on standard "
		    "input", command->name);
		return false;
	}
	return true;
}

/* If the output could not be written, the command has failed. */
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
	    !options_fit(command, &options, argc - 1))
		return DOCTOR_USAGE;
	doctor.now = time(NULL);
	doctor.colours = !options.no_color && print_wants_colour(stdout);
	return finish_output(command->run(&doctor));
}
