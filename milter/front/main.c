/* SPDX-License-Identifier: ISC */

/*
 * countersign-front(8): the process that speaks milter, decides and hashes.
 *
 * The master checks the configuration file, and then starts this program with
 * the control socket as descriptor 3.  It reads the file and mail, asks DNS,
 * and has no key; see front.h.
 *
 * It logs as countersign-milter, the name of the service, because that is what
 * an operator searches the log for.
 *
 * Exits with 2 for wrong usage or if anything else starts it, otherwise with
 * what front_main() returns.
 */

#include "front/front.h"

#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/ipc.h"
#include "base/log.h"

#define PROGRAM		"countersign-front"
#define SERVICE		"countersign-milter"

struct options {
	const char	*file;
	bool		 to_stderr;
	bool		 is_at_terminal;	/* until it is ready */
	bool		 is_debug;
};

static _Noreturn void
usage(void)
{
	(void)fprintf(stderr, "usage: %s -c FILE [-dft]\n"
	    "countersign-milter(8) starts this program; it is not for use "
	    "by hand.\n",
	    PROGRAM);
	exit(2);
}

static void
parse_options(struct options *options, int argc, char *argv[])
{
	int c;

	while ((c = getopt(argc, argv, "c:dft")) != -1) {
		switch (c) {
		case 'c':
			options->file = optarg;
			break;
		case 'd':
			options->is_debug = true;
			break;
		case 'f':
			options->to_stderr = true;
			break;
		case 't':
			options->is_at_terminal = true;
			break;
		default:
			usage();
		}
	}
	if (optind != argc || options->file == NULL)
		usage();
}

int
main(int argc, char *argv[], char *envp[])
{
	struct options options = { 0 };

	setproctitle_init(argc, argv, envp);
	parse_options(&options, argc, argv);
	if (!ipc_is_socket(IPC_CONTROL_FD))
		errx(2, "not for use by hand: start countersign-milter(8), "
		    "which starts this program");
	/* Inherit only stdio and the control socket. */
	closefrom(IPC_CONTROL_FD + 1);
	log_init(SERVICE, options.to_stderr);
	log_set_debug(options.is_debug);
	if (options.is_at_terminal)
		log_at_terminal();
	setproctitle("front");
	return front_main(options.file, IPC_CONTROL_FD, options.is_debug);
}
