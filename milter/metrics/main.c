/* SPDX-License-Identifier: ISC */

/*
 * countersign-metrics(8): shows what the service has counted.
 *
 * Started by the master, with the control socket as descriptor 3, over which it
 * first gets the table of numbers.  Where to show them is on the command line,
 * so it reads no configuration.
 *
 * Exits with 2 for wrong usage or if anything else starts it; with 78 if the
 * socket or the user cannot be used; with 71 if the system fails; with 0 if the
 * master tells it to stop or is gone.
 */

#include "metrics/metrics.h"

#include <sys/prctl.h>

#include <err.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ipc.h"
#include "base/log.h"
#include "base/privileges.h"
#include "metrics/confine.h"
#include "metrics/listen.h"

#define PROGRAM		"countersign-metrics"
#define TABLE_MS	10000	/* the master has sent it before this start */

struct options {
	struct metrics_places places;
	const char	*user;		/* NULL: do not change user */
	bool		 to_stderr;
	bool		 is_at_terminal;
	bool		 is_debug;
};

static _Noreturn void
usage(void)
{
	(void)fprintf(stderr, "usage: %s [-dft] [-l ADDRESS] [-o FILE] "
	    "[-u USER]\n"
	    "countersign-milter(8) starts this program; it is not for use "
	    "by hand.\n",
	    PROGRAM);
	exit(2);
}

static void
parse_options(struct options *options, int argc, char *argv[])
{
	int c;

	while ((c = getopt(argc, argv, "dfl:o:tu:")) != -1) {
		switch (c) {
		case 'd':
			options->is_debug = true;
			break;
		case 'f':
			options->to_stderr = true;
			break;
		case 'l':
			options->places.listen = optarg;
			break;
		case 'o':
			options->places.textfile = optarg;
			break;
		case 't':
			options->is_at_terminal = true;
			break;
		case 'u':
			options->user = optarg;
			break;
		default:
			usage();
		}
	}
	if (optind != argc || (options->places.listen == NULL &&
	    options->places.textfile == NULL))
		usage();
}

/* The master decides when this process ends. */
static void
ignore_signals(void)
{
	static const int ignored[] = { SIGHUP, SIGINT, SIGPIPE, SIGTERM,
	    SIGXFSZ };
	sigset_t none;
	size_t i;

	for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		(void)signal(ignored[i], SIG_IGN);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static void
lock_down(const struct options *options)
{
	closefrom(IPC_CONTROL_FD + 1);
	log_init(PROGRAM, options->to_stderr);
	log_set_debug(options->is_debug);
	if (options->is_at_terminal)
		log_at_terminal();
	if (options->user != NULL && privileges_drop(options->user) == -1)
		exit(EX_CONFIG);
	if (privileges_lock() == -1)
		exit(EX_OSERR);
	/* Die with the master.  Last, because changing user resets this. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == -1)
		fatal(EX_OSERR, M_LOCKDOWN_FAILED,
		    "cannot ask to be killed with the master");
}

/* The table, from the first message of the master. */
static const struct meters *
receive_table(void)
{
	const struct meters *meters;
	struct ipc_channel channel;
	struct ipc_message message;
	int r;

	ipc_channel_init(&channel, IPC_CONTROL_FD, true);
	r = ipc_receive(&channel, &message, monotonic_ms() + TABLE_MS);
	if (r != 0 || message.type != IPC_CTL_METERS || message.fd == -1)
		fatalx(EX_OSERR, M_METRICS_OFF, "the master has not sent the "
		    "table for metrics: %s", r != 0 ? ipc_strerror(r) :
		    ipc_strerror(IPC_E_MALFORMED));
	if ((meters = meters_map(message.fd)) == NULL)
		fatal(EX_OSERR, M_METRICS_OFF,
		    "cannot use the table for metrics");
	/* Of a mapping for reading, nothing can be opened again. */
	(void)close(message.fd);
	/* The socket is used on. */
	channel.fd = -1;
	ipc_channel_finish(&channel);
	return meters;
}

static int
confine(void *arg)
{
	const struct options *options = arg;

	log_leave_terminal();
	return metrics_confine(&options->places, options->is_debug);
}

int
main(int argc, char *argv[], char *envp[])
{
	struct options options = { .user = NULL };
	struct metrics_opts opts = { .listener = -1 };
	int status;

	setproctitle_init(argc, argv, envp);
	parse_options(&options, argc, argv);
	if (!ipc_is_socket(IPC_CONTROL_FD))
		errx(2, "not for use by hand: start countersign-milter(8), "
		    "which starts this program");
	ignore_signals();
	lock_down(&options);
	setproctitle("metrics");
	opts.control = IPC_CONTROL_FD;
	opts.textfile = options.places.textfile;
	opts.meters = receive_table();
	if (options.places.listen != NULL && (opts.listener =
	    listen_open(options.places.listen)) == -1)
		exit(EX_CONFIG);
	status = metrics_serve(&opts, confine, &options);
	if (options.places.listen != NULL)
		listen_remove(options.places.listen);
	meters_free(opts.meters);
	return status;
}
