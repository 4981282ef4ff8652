/* SPDX-License-Identifier: ISC */

/*
 * countersign-doctor: find the command and run it.
 *
 * Options may be given before or after the command.  The first pass over the
 * command line knows the options of all commands: it finds the command, and
 * refuses options that this command does not have.  Then the command parses
 * its own.
 */

#include "doctor.h"

#include <assert.h>
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/crypto.h>

#include "base/json.h"
#include "base/print.h"
#include "text/distance.h"
#include "text/option.h"

static const struct command *const commands[] = {
	&command_chain,
	&command_compare,
	&command_explain,
	&command_ping,
	&command_report,
	&command_setup,
	&command_status,
	&command_summary,
	&command_verify,
	&command_why,
};
#define NCOMMANDS	(sizeof(commands) / sizeof(commands[0]))

#define OPTION_FAULT_SIZE	128
/* Different options of all commands together. */
#define MAX_OPTIONS	64
/* Where indices begin as values of options; below are letters. */
#define INDEX_BASE	256

static const struct option own_options[] = {
	{ "help",	no_argument,	NULL, 0 },
	{ "version",	no_argument,	NULL, 0 },
	{ NULL,		0,		NULL, 0 }
};

/* The options of all commands; val is INDEX_BASE + an index into given. */
struct all_options {
	struct option	 table[MAX_OPTIONS + 1];
	size_t		 n;
	bool		 given[MAX_OPTIONS];
};

static void
print_usage(FILE *fp)
{
	size_t i;

	for (i = 0; i < NCOMMANDS; i++)
		print_synopsis(fp, i == 0, "countersign-doctor",
		    commands[i]->synopsis);
	print_synopsis(fp, false, "countersign-doctor", "help | --version");
	(void)fputs("See countersign-doctor(8).\n", fp);
}

/* The index of a name in a table that zeros end, or of these zeros. */
static size_t
find_option(const struct option *table, const char *name)
{
	size_t i = 0;

	while (table[i].name != NULL && strcmp(table[i].name, name) != 0)
		i++;
	return i;
}

static void
add_options(struct all_options *all, const struct option *table)
{
	size_t i;

	for (; table->name != NULL; table++) {
		if ((i = find_option(all->table, table->name)) < all->n)
			continue;
		assert(all->n < MAX_OPTIONS);
		all->table[i] = *table;
		all->table[i].val = INDEX_BASE + (int)i;
		all->n++;
	}
}

/*
 * Note which options are given, and move the operands to the end of argv.
 * Prints why, and returns false, if one is unknown or lacks its value.
 */
static bool
read_options(struct all_options *all, int argc, char **argv)
{
	char fault[OPTION_FAULT_SIZE];
	int option;
	size_t i;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":c:h", all->table, NULL)) !=
	    -1) {
		if (option == '?' || option == ':') {
			warnx("%s", text_option_fault(fault, sizeof(fault),
			    option, argv, all->table,
			    "see 'countersign-doctor help'"));
			return false;
		}
		i = option == 'c' ? find_option(all->table, "config") :
		    option == 'h' ? find_option(all->table, "help") :
		    (size_t)(option - INDEX_BASE);
		if (strcmp(all->table[i].name, "json") == 0 &&
		    !json_is_our_format(optarg)) {
			warnx("--json=%s: this version writes only format %d "
			    "of its JSON: install a version that has the "
			    "other one, or use --json=%d", optarg, JSON_FORMAT,
			    JSON_FORMAT);
			return false;
		}
		all->given[i] = true;
	}
	return true;
}

static bool
is_given(const struct all_options *all, const char *name)
{
	return all->given[find_option(all->table, name)];
}

static const struct command *
find_command(const char *name)
{
	const char *names[NCOMMANDS], *nearest;
	size_t i, n = 0;

	for (i = 0; i < NCOMMANDS; i++) {
		if (commands[i] == &command_chain)
			continue;
		names[n++] = commands[i]->name;
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	}
	if ((nearest = text_nearest(names, n, name)) != NULL)
		warnx("%s: unknown command; did you mean \"%s\"?", name,
		    nearest);
	else
		warnx("%s: unknown command: see 'countersign-doctor help'",
		    name);
	return NULL;
}

/* Refuse options that the command does not have. */
static bool
options_fit(const struct command *command, const struct all_options *all)
{
	const char *name;
	size_t i;

	for (i = 0; i < all->n; i++) {
		name = all->table[i].name;
		if (all->given[i] && command->options[find_option(
		    command->options, name)].name == NULL) {
			warnx("%s: this command does not have --%s: see "
			    "'countersign-doctor help'",
			    command == &command_chain ? "no command" :
			    command->name, name);
			return false;
		}
	}
	return true;
}

/*
 * Run the command, with the options and the operands but the first, which is
 * its name unless there is none.
 */
static int
run_command(const struct command *command, int argc, char **argv)
{
	struct doctor doctor = {
		.now = time(NULL),
		.colours = print_wants_colour(stdout),
	};
	const int nnames = optind < argc ? 1 : 0;
	int i;

	/* Without its context, libcrypto 3.0 crashes. */
	if (OSSL_LIB_CTX_get0_global_default() == NULL)
		errx(DOCTOR_NO, "cannot set up the crypto library: is there "
		    "memory left?");
	for (i = optind; nnames > 0 && i < argc; i++)
		argv[i] = argv[i + 1];
	/* Only 0 makes getopt_long(3) begin again completely. */
	optind = 0;
	return command->run(&doctor, argc - nnames, argv);
}

/* If the output could not be written, the command has failed. */
static int
finish_output(int status)
{
	if (print_is_written(stdout))
		return status;
	warn("standard output");
	return status == DOCTOR_YES ? DOCTOR_NO : status;
}

int
main(int argc, char **argv)
{
	struct all_options all = { .n = 0 };
	const struct command *command;
	size_t i;

	add_options(&all, own_options);
	for (i = 0; i < NCOMMANDS; i++)
		add_options(&all, commands[i]->options);
	if (!read_options(&all, argc, argv))
		return DOCTOR_USAGE;
	if (is_given(&all, "version")) {
		(void)printf("countersign-doctor %s\n", COUNTERSIGN_VERSION);
		return finish_output(DOCTOR_YES);
	}
	if (is_given(&all, "help") || (optind < argc &&
	    strcmp(argv[optind], "help") == 0)) {
		print_usage(stdout);
		return finish_output(DOCTOR_YES);
	}
	command = optind == argc ? &command_chain :
	    find_command(argv[optind]);
	if (command == NULL || !options_fit(command, &all))
		return DOCTOR_USAGE;
	return finish_output(run_command(command, argc, argv));
}
