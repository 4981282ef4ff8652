/* SPDX-License-Identifier: ISC */

/*
 * Read the options of one command.
 *
 * main.c has been through the whole command line before, so every option is
 * one that the command has.
 */

#include "doctor.h"

#include <err.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

/* Set an option that several commands have; false for any other option. */
static bool
set_shared(struct doctor *doctor, int option)
{
	switch (option) {
	case OPTION_CONFIG:
		doctor->config = optarg;
		return true;
	case OPTION_DNS:
		doctor->dns = optarg;
		return true;
	case OPTION_JSON:
		doctor->json = true;
		return true;
	case OPTION_NO_COLOR:
		doctor->colours = false;
		return true;
	default:
		return false;
	}
}

int
doctor_next_option(struct doctor *doctor, const struct command *command,
    int argc, char **argv)
{
	int option;

	while ((option = getopt_long(argc, argv, "c:", command->options,
	    NULL)) != -1 && set_shared(doctor, option))
		;
	return option;
}

bool
doctor_takes_message(const struct command *command, int argc)
{
	if (optind == argc)
		return true;
	warnx("%s: too many operands: give the message on standard input, as "
	    "in 'countersign-doctor %s <FILE'", command->name, command->name);
	return false;
}

bool
doctor_find_programs(char path[PATH_MAX])
{
	char self[PATH_MAX], *slash;
	ssize_t n;

	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n == -1) {
		warn("/proc/self/exe%s", errno != ENOENT ? "" : ": mount proc "
		    "at /proc, because it says where the other programs are");
		return false;
	}
	self[n] = '\0';
	if ((slash = strrchr(self, '/')) != NULL)
		*slash = '\0';
	(void)strlcpy(path, self, PATH_MAX);
	return true;
}
