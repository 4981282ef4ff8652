/* SPDX-License-Identifier: ISC */

/*
 * countersign-fleet(8): options, user, key directory, cell, and then the loop.
 *
 * As root it becomes keys_user, whom the key directory belongs to.  One daemon
 * runs for a key directory: the file .fleet/lock is locked as long as it lives.
 *
 * Exits with 2 for wrong usage, 71 if the system does not let it lock itself
 * down, 78 if the configuration, the user or the key directory cannot be used.
 */

#include <sys/stat.h>

#include <err.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/descriptors.h"
#include "base/log.h"
#include "base/notify.h"
#include "base/print.h"
#include "base/privileges.h"
#include "config/config.h"
#include "fleet/confine.h"
#include "fleet/daemon.h"
#include "seal/seal.h"
#include "store/fleet_file.h"
#include "talk/place.h"
#include "text/option.h"

#define PROGRAM		"countersign-fleet"
#define OPTION_FAULT_SIZE	128
#define AUTO_LEAD_S	3600	/* what caches keep, as a rule */
#define NO_HOME		"/nonexistent"

struct options {
	const char	*file;
	bool		 to_stderr;
	bool		 is_debug;
};

static const struct option longopts[] = {
	{ "config",	required_argument,	NULL, 'c' },
	{ "help",	no_argument,		NULL, 'h' },
	{ "version",	no_argument,		NULL, 'V' },
	{ NULL,		0,			NULL, 0 }
};

static void
print_usage(FILE *fp)
{
	(void)fprintf(fp, "usage: %s [-dfhV] [-c FILE]\n"
	    "See countersign-fleet(8).\n", PROGRAM);
}

static void
parse_options(struct options *options, int argc, char *argv[])
{
	char fault[OPTION_FAULT_SIZE];
	int c;

	options->file = CONFIG_DEFAULT_FILE;
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":c:dfhV", longopts,
	    NULL)) != -1) {
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
		case 'h':
			print_usage(stdout);
			print_exit();
		case 'V':
			(void)printf("%s %s\n", PROGRAM, COUNTERSIGN_VERSION);
			print_exit();
		default:
			warnx("%s", text_option_fault(fault, sizeof(fault), c,
			    argv, longopts, NULL));
			print_usage(stderr);
			exit(2);
		}
	}
	if (optind == argc)
		return;
	warnx("%s: unexpected argument", argv[optind]);
	print_usage(stderr);
	exit(2);
}

static struct config *
load(const char *file)
{
	struct config *config;
	size_t nfaults;

	if ((config = config_load(file, stderr, &nfaults)) == NULL)
		exit(EX_CONFIG);
	if (config->fleet_database == NULL)
		errx(EX_CONFIG, "%s: no section \"fleet\": this host is in no "
		    "fleet", file);
	return config;
}

/* Lock the key directory against another daemon; the descriptor stays open. */
static void
claim(const struct fleet_daemon *daemon)
{
	struct ks_error error;
	int fd;

	if (ks_fleet_claim(daemon->ks, &fd, &error) != 0)
		fatalx(EX_CONFIG, M_FLEET_START_FAILED, "cannot start: %s",
		    error.text);
}

/* The shortest time from the publication of a record to its use. */
static int64_t
find_lead(const struct config *config)
{
	int64_t lead = AUTO_LEAD_S;
	size_t i;

	for (i = 0; i < config->nrotations; i++)
		if (config->rotations[i].publish_lead != ROTATION_AUTO &&
		    config->rotations[i].publish_lead < lead)
			lead = config->rotations[i].publish_lead;
	return lead * 1000;
}

static int64_t
read_clock(void)
{
	return (int64_t)time(NULL);
}

/*
 * Have what opens sealed keys: those of this host are sealed, if the store is.
 * A credential may be readable by root alone, so it is read first.
 */
static void
read_credential(struct seal **seal, const struct config *config)
{
	struct ks_error error;

	if (seal_new(seal, config->kek_file, &error) == KS_E_NOMEM)
		fatalx(EX_OSERR, M_FLEET_START_FAILED, "cannot start: %s",
		    error.text);
}

static void
open_all(struct fleet_daemon *daemon, struct seal *seal,
    const struct config *config)
{
	static char command[PATH_MAX + 32];
	struct ks_error error;
	int r;

	if (ks_open(&daemon->ks, config->keydir, config->keys_user,
	    &error) != 0)
		fatalx(EX_CONFIG, M_FLEET_START_FAILED, "cannot start: %s",
		    error.text);
	(void)snprintf(command, sizeof(command), "countersign-key%s%s",
	    config_option(config->file), config_option_file(config->file));
	ks_set_command(daemon->ks, command);
	claim(daemon);
	seal_attach(seal, daemon->ks);
	if ((r = seal_prepare(seal, &error)) != 0 && r != KS_E_NOKEY)
		fatalx(EX_CONFIG, M_FLEET_START_FAILED, "cannot start: %s",
		    error.text);
	if (fleet_db_new(&daemon->db, config->fleet_database, &error) != 0 ||
	    talk_listen(daemon->keydir, &daemon->listener, &error) != 0 ||
	    fleet_daemon_load(daemon, &error) != 0)
		fatalx(EX_CONFIG, M_FLEET_START_FAILED, "cannot start: %s",
		    error.text);
}

/* Nothing needs an end of its own; see take_signals(). */
static void
end(int signo)
{
	(void)signo;
	_exit(0);
}

/* Process 1 of a container is ended only by signals that it takes. */
static void
take_signals(void)
{
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	(void)signal(SIGINT, end);
	(void)signal(SIGTERM, end);
}

int
main(int argc, char *argv[])
{
	static struct fleet_alarms alarms;
	struct options options = { 0 };
	struct fleet_daemon daemon = {
		.version = COUNTERSIGN_VERSION, .clock = read_clock,
		.alarms = &alarms, .lease_s = FLEET_LEASE_S,
		.grace_ms = FLEET_GRACE_MS
	};
	struct config *config;
	struct notify notify;
	struct seal *seal;

	parse_options(&options, argc, argv);
	descriptors_open_stdio();
	closefrom(STDERR_FILENO + 1);
	config = load(options.file);
	daemon.keydir = config->keydir;
	daemon.name = config->fleet_host;
	daemon.lead_ms = find_lead(config);
	log_init(PROGRAM, options.to_stderr);
	log_set_debug(options.is_debug);
	take_signals();
	(void)umask(077);
	/* libpq would look for certificates and passwords there. */
	(void)setenv("HOME", NO_HOME, 1);
	notify_init(&notify);
	read_credential(&seal, config);
	if (privileges_drop(config->keys_user) == -1)
		exit(EX_CONFIG);
	open_all(&daemon, seal, config);
	if (fleet_confine(daemon.keydir, daemon.db, options.is_debug) == -1)
		exit(EX_OSERR);
	log_info(M_FLEET_READY, "ready: host %s", daemon.name);
	notify_send(&notify, "READY=1");
	fleet_daemon_run(&daemon);
	fatal(EX_OSERR, M_FLEET_START_FAILED, "cannot wait for events");
}
