/* SPDX-License-Identifier: ISC */

/*
 * Room doctor: the commands of countersign-doctor.
 *
 * This header has what the commands share.  A command is a file cmd_NAME.c
 * with one struct command, which has its options and parses them; main.c only
 * finds the command and lists it in its table.
 */

#ifndef DOCTOR_H
#define DOCTOR_H

#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

/* Exit status: see countersign-doctor(8). */
enum doctor_exit {
	DOCTOR_YES	= 0,
	DOCTOR_NO	= 1,	/* also if the command failed */
	DOCTOR_USAGE	= 2,
	DOCTOR_NOT_YET	= 3	/* DNS has not answered */
};

/* What main sets, and the options that several commands have. */
struct doctor {
	const char	*config;	/* --config and --dns: NULL if not */
	const char	*dns;		/* given */
	bool		 json;
	bool		 colours;
	int64_t		 now;		/* seconds since the epoch */
};

/* Options of several commands.  A letter is the short option, too. */
enum {
	OPTION_CONFIG = 'c',
	OPTION_DNS = 256,
	OPTION_JSON,
	OPTION_LOG,
	OPTION_NO_COLOR,
	OPTION_OWN		/* a command numbers its own from here */
};

struct command {
	const char		*name;
	/*
	 * What follows "countersign-doctor" in the summary of the usage;
	 * newlines divide several forms.  print_synopsis() wraps it.
	 */
	const char		*synopsis;
	/*
	 * All options but --help and --version, and zeros at the end.  An
	 * option that two commands have must take an argument in both or in
	 * neither.
	 */
	const struct option	*options;
	/*
	 * argv has the command's options, which are known to be its own, and
	 * its operands, without its name.  Returns the exit status.  A
	 * command that fails prints why.
	 */
	int			 (*run)(struct doctor *doctor, int argc,
				    char **argv);
};

extern const struct command command_chain;	/* has no name */
extern const struct command command_compare;
extern const struct command command_explain;
extern const struct command command_ping;
extern const struct command command_report;
extern const struct command command_setup;
extern const struct command command_status;
extern const struct command command_summary;
extern const struct command command_verify;
extern const struct command command_why;

/*
 * The next option of argv, as getopt_long(3) returns it: -1 after the last,
 * and then optind is the first operand.  Sets the options that several
 * commands have in doctor and skips them.
 */
int	doctor_next_option(struct doctor *doctor,
	    const struct command *command, int argc, char **argv);

/* Returns false, after printing why, if a command has operands. */
bool	doctor_takes_message(const struct command *command, int argc);

/*
 * Find the directory of our other programs: that of this one.  Not by argv[0]
 * or PATH, because the caller controls both.  Returns false, after printing
 * why, if it cannot be found.
 */
bool	doctor_find_programs(char path[PATH_MAX]);

#endif /* DOCTOR_H */
