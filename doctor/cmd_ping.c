/* SPDX-License-Identifier: ISC */

/*
 * countersign-doctor ping: whether the milter answers on its socket.
 *
 * It speaks the milter's negotiation and no more, so it is cheap enough for
 * health checks, and it can do so as the user of the MTA.  The socket is that
 * of the configuration, which is read only for this.
 *
 * The exit status is DOCTOR_YES if it answers, else DOCTOR_NO.  Then the reason
 * and what to do are printed, on one line, because that is what health checks
 * keep.
 */

#include <err.h>
#include <limits.h>
#include <stdio.h>

#include "config/config.h"
#include "doctor.h"
#include "machine/milter_hello.h"

#define PING_MS	10000	/* for the whole conversation */

enum { OPTION_SOCKET = OPTION_OWN, OPTION_USER };

static const struct option options[] = {
	{ "config",	required_argument,	NULL, OPTION_CONFIG },
	{ "socket",	required_argument,	NULL, OPTION_SOCKET },
	{ "user",	required_argument,	NULL, OPTION_USER },
	{ NULL,		0,			NULL, 0 }
};

static int
ping(const char *socket, const char *user)
{
	char why[512], advice[PATH_MAX + 256];
	enum milter_hello end;

	end = milter_hello(socket, user, PING_MS, why, sizeof(why));
	if (end != MILTER_HELLO_WELL) {
		milter_hello_advice(end, socket, user, advice, sizeof(advice));
		warnx("%s%s%s", why, advice[0] != '\0' ? "; " : "", advice);
		return DOCTOR_NO;
	}
	(void)printf("%s: the milter answers\n", socket);
	return DOCTOR_YES;
}

static int
ping_configured(const char *file, const char *user)
{
	struct config *config;
	size_t nfaults;
	int status;

	if ((config = config_load(file, stderr, &nfaults)) == NULL) {
		warnx("%s: %zu error%s; give the socket with --socket", file,
		    nfaults, nfaults == 1 ? "" : "s");
		return DOCTOR_NO;
	}
	status = ping(config->socket, user);
	config_unref(config);
	return status;
}

static int
run(struct doctor *doctor, int argc, char **argv)
{
	const char *socket = NULL, *user = NULL;
	int option;

	while ((option = doctor_next_option(doctor, &command_ping, argc,
	    argv)) != -1)
		if (option == OPTION_SOCKET)
			socket = optarg;
		else
			user = optarg;
	if (optind < argc) {
		warnx("ping: too many operands: give the socket with "
		    "--socket");
		return DOCTOR_USAGE;
	}
	if (socket != NULL && doctor->config != NULL) {
		warnx("ping: use --config or --socket, not both");
		return DOCTOR_USAGE;
	}
	return socket != NULL ? ping(socket, user) :
	    ping_configured(doctor->config != NULL ? doctor->config :
	    CONFIG_DEFAULT_FILE, user);
}

const struct command command_ping = {
	.name = "ping",
	.synopsis = "ping [-c FILE | --socket SOCKET] [--user USER]",
	.options = options,
	.run = run,
};
