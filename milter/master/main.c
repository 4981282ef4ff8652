/* SPDX-License-Identifier: ISC */

/*
 * countersign-milter(8): options, checks before anything is started, and the
 * master, which starts countersign-front(8) and countersign-signer(8).
 *
 * This program reads neither mail nor keys, and is linked with neither
 * libmilter nor libunbound.
 *
 * Exits with 2 for wrong usage, 69 if a program is missing, 78 if the
 * configuration has errors or a user is missing; else with what the master
 * returns.
 */

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/descriptors.h"
#include "base/log.h"
#include "base/notify.h"
#include "base/print.h"
#include "base/privileges.h"
#include "base/user_name.h"
#include "config/config.h"
#include "config/means.h"
#include "config/overlap.h"
#include "master/ask.h"
#include "master/confine.h"
#include "master/daemonize.h"
#include "master/master.h"
#include "text/option.h"

#define PROGRAM		"countersign-milter"
#define OPTION_FAULT_SIZE	128
#define FRONT_PROGRAM	"countersign-front"
#define SIGNER_PROGRAM	"countersign-signer"
#define METRICS_PROGRAM	"countersign-metrics"

struct options {
	const char	*file;
	bool		 in_foreground;
	bool		 is_debug;
	bool		 only_checks;
	enum master_part part;
	const char	*signers_socket;	/* with MASTER_FRONT */
	pid_t		 reloads;	/* the master that is to reload; or 0 */
};

static const struct option longopts[] = {
	{ "config",	required_argument,	NULL, 'c' },
	{ "front",	required_argument,	NULL, 'F' },
	{ "help",	no_argument,		NULL, 'h' },
	{ "reload",	required_argument,	NULL, 'r' },
	{ "signers",	no_argument,		NULL, 'S' },
	{ "version",	no_argument,		NULL, 'V' },
	{ NULL,		0,			NULL, 0 }
};

static void
print_usage(FILE *fp)
{
	(void)fprintf(fp, "usage: %s [-dfhnV] [-c FILE]\n"
	    "       %s -F SOCKET | -S [-df] [-c FILE]\n"
	    "       %s -r PID [-c FILE]\n"
	    "See countersign-milter(8).\n", PROGRAM, PROGRAM, PROGRAM);
}

static _Noreturn void
usage(void)
{
	print_usage(stderr);
	exit(2);
}

static pid_t
parse_pid(const char *text)
{
	const char *fault;
	long long pid;

	pid = strtonum(text, 1, INT_MAX, &fault);
	if (fault != NULL)
		errx(2, "-r %s: %s: give the process id of the master", text,
		    fault);
	return (pid_t)pid;
}

static void
choose_part(struct options *options, enum master_part part)
{
	if (options->part != MASTER_ALL && options->part != part) {
		warnx("-F and -S exclude each other");
		usage();
	}
	options->part = part;
}

static void
parse_options(struct options *options, int argc, char *argv[])
{
	char fault[OPTION_FAULT_SIZE];
	int c;

	options->file = CONFIG_DEFAULT_FILE;
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":c:dF:fhnr:SV",
	    longopts, NULL)) != -1) {
		switch (c) {
		case 'c':
			options->file = optarg;
			break;
		case 'd':
			options->is_debug = true;
			break;
		case 'F':
			choose_part(options, MASTER_FRONT);
			options->signers_socket = optarg;
			break;
		case 'f':
			options->in_foreground = true;
			break;
		case 'h':
			print_usage(stdout);
			print_exit();
		case 'n':
			options->only_checks = true;
			break;
		case 'r':
			options->reloads = parse_pid(optarg);
			break;
		case 'S':
			choose_part(options, MASTER_SIGNERS);
			break;
		case 'V':
			(void)printf("%s %s\n", PROGRAM, COUNTERSIGN_VERSION);
			print_exit();
		default:
			warnx("%s", text_option_fault(fault, sizeof(fault), c,
			    argv, longopts, NULL));
			usage();
		}
	}
	if (optind != argc) {
		warnx("%s: unexpected argument", argv[optind]);
		usage();
	}
}

/* Read the configuration; exit if it has errors. */
static struct config *
load(const char *file)
{
	struct config *config;
	size_t nfaults;

	if ((config = config_load(file, stderr, &nfaults)) == NULL)
		exit(EX_CONFIG);
	return config;
}

static int
check_user(const char *option, const char *user)
{
	switch (privileges_user_exists(user)) {
	case 1:
		return 0;
	case 0:
		warnx("%s: user %s does not exist: create it with 'useradd "
		    "--system --no-create-home --shell /usr/sbin/nologin "
		    "%s'", option,
		    user, user);
		return -1;
	default:
		warn("%s: cannot look up user %s", option, user);
		return -1;
	}
}

/* If started by root, the processes change to these users. */
static void
check_users(const struct config *config)
{
	int r;

	if (!privileges_are_root())
		return;
	r = check_user("user", config->user);
	if (strcmp(config->keys_user, config->user) != 0)
		r |= check_user("keys_user", config->keys_user);
	if (config->metrics_user != NULL)
		r |= check_user("user", config->metrics_user);
	if (r != 0)
		exit(EX_CONFIG);
}

/*
 * A part of the service changes no user: it must have been started as the right
 * one.  Returns that of the other option.
 */
static uid_t
check_part(const struct options *options, const struct config *config)
{
	const bool is_front = options->part == MASTER_FRONT;
	const char *option = is_front ? "user" : "keys_user";
	const char *user = is_front ? config->user : config->keys_user;
	char ours[USER_NAME_SIZE];
	uid_t uid, other;

	if (check_user("user", config->user) != 0 ||
	    check_user("keys_user", config->keys_user) != 0)
		exit(EX_CONFIG);
	if (!user_find(user, &uid) ||
	    !user_find(is_front ? config->keys_user : config->user, &other))
		err(EX_OSERR, "cannot look up users");
	if (uid == geteuid())
		return other;
	user_name(geteuid(), ours);
	errx(EX_CONFIG, "%s: %s is %s, but this was started as %s: write "
	    "User=%s into the unit with 'systemctl edit %s'", options->file,
	    option, user, ours, user, is_front ? "countersign-milter" :
	    "countersign-signer");
}

static void
log_separation(enum master_part part, const struct config *config)
{
	char user[USER_NAME_SIZE];

	if (part == MASTER_ALL && !privileges_are_root()) {
		user_name(geteuid(), user);
		log_info(M_USERS_NOT_SEPARATE,
		    "started without root: all processes run as user %s, so "
		    "any program of that user can read the keys", user);
	} else if (strcmp(config->user, config->keys_user) == 0)
		log_warnx(M_USERS_NOT_SEPARATE,
		    "user and keys_user are both %s, so any program of that "
		    "user can read the keys", config->user);
}

/* The path of another program of ours, in the directory of this one, self. */
static void
name_beside(const char *self, const char *name, char path[PATH_MAX])
{
	char *slash;

	(void)strlcpy(path, self, PATH_MAX);
	if ((slash = strrchr(path, '/')) == NULL)
		errx(EX_OSERR, "%s: cannot find its full path", self);
	slash[1] = '\0';
	if (strlcat(path, name, PATH_MAX) >= PATH_MAX)
		errx(EX_OSERR, "%s: path too long", self);
}

/* The same; false, with the error on stderr, if it cannot be executed. */
static bool
find_beside(const char *self, const char *name, char path[PATH_MAX])
{
	name_beside(self, name, path);
	if (access(path, X_OK) == 0)
		return true;
	warn("%s: cannot be executed: install it in the same directory as "
	    "%s", path,
	    PROGRAM);
	return false;
}

/*
 * Find the programs that the master starts.  Not by argv[0] or PATH, because
 * the caller controls both.
 */
static void
find_programs(char front[PATH_MAX], char signer[PATH_MAX],
    char metrics[PATH_MAX])
{
	char self[PATH_MAX];
	bool has_front, has_signer;
	ssize_t n;

	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n == -1 && errno == ENOENT)
		errx(EX_OSERR, "/proc/self/exe does not exist: mount proc at "
		    "/proc, because it says where %s and %s are",
		    FRONT_PROGRAM, SIGNER_PROGRAM);
	if (n == -1)
		err(EX_OSERR, "/proc/self/exe");
	self[n] = '\0';
	has_front = find_beside(self, FRONT_PROGRAM, front);
	has_signer = find_beside(self, SIGNER_PROGRAM, signer);
	name_beside(self, METRICS_PROGRAM, metrics);
	if (!has_front || !has_signer)
		exit(EX_UNAVAILABLE);
}

static void
leave_foreground(void *arg)
{
	daemonize_up(*(const int *)arg);
}

struct keyless {
	size_t	n;
	char	names[512];	/* of some of them */
};

static int
count_keyless(const struct source *source, const char *domain, void *arg)
{
	struct keyless *keyless = arg;
	const size_t len = strlen(keyless->names);

	(void)source;
	if (keyless->n++ == 0)
		(void)strlcpy(keyless->names, domain, sizeof(keyless->names));
	else if (len + strlen(domain) + sizeof(", , ...") <=
	    sizeof(keyless->names))
		(void)snprintf(keyless->names + len,
		    sizeof(keyless->names) - len, ", %s", domain);
	return 0;
}

/* One line, however many there are. */
static void
log_keyless(const struct config *config)
{
	struct keyless keyless = { 0 };

	(void)config_each_keyless(config, config->keydir, count_keyless,
	    &keyless);
	if (keyless.n > 0)
		log_warnx(M_DOMAINS_WITHOUT_KEYS,
		    "%zu domain%s of sources %s no keys in %s, so mail of %s "
		    "is not signed; 'countersign-milter%s%s -n' lists them: %s",
		    keyless.n, keyless.n == 1 ? "" : "s",
		    keyless.n == 1 ? "has" : "have", config->keydir,
		    keyless.n == 1 ? "it" : "them",
		    config_option(config->file),
		    config_option_file(config->file), keyless.names);
}

/* Whether other hosts sign with the same keys, and each counts its mail. */
static bool
counts_on_each_host(const struct config *config)
{
	return (config->fleet_database != NULL || config->sync_hosts.n > 0) &&
	    (config->has_ceilings || config->signatures_per_hour > 0);
}

static void
print_warnings(const char *file, const struct config *config)
{
	config_print_warnings(config, stderr);
	config_warn_of_overlaps(config, stderr);
	config_warn_of_means(config, stderr);
	config_warn_of_keyless(config, stderr);
	(void)printf("%s: no errors; %zu source%s\n", file, config->nsources,
	    config->nsources == 0 ? "s: nothing will be signed" :
	    config->nsources == 1 ? "" : "s");
	if (counts_on_each_host(config))
		(void)printf("%s: each host counts for itself: with N hosts, N "
		    "times as much is signed as its ceilings say\n", file);
}

static int
run_master(const struct options *options, int listener, int kept)
{
	char file[PATH_MAX], front[PATH_MAX], signer[PATH_MAX];
	char metrics[PATH_MAX];
	struct master_opts opts = { 0 };
	struct config *config;
	int fd, status;

	config = load(options->file);
	if (!config_can_be_read(config, stderr))
		exit(EX_CONFIG);
	if (options->only_checks || options->reloads != 0) {
		status = 0;
		if (options->only_checks)
			print_warnings(options->file, config);
		if (options->reloads != 0)
			status = ask_reload(options->reloads, config);
		config_unref(config);
		return status;
	}
	if (options->part == MASTER_ALL)
		check_users(config);
	else
		opts.front_uid = check_part(options, config);
	find_programs(front, signer, metrics);
	/* In the background we will be in another directory. */
	if (realpath(options->file, file) == NULL)
		err(EX_CONFIG, "%s", options->file);

	fd = -1;
	if (!options->in_foreground && (fd = daemonize_start()) == -1)
		err(EX_OSERR, "cannot run in the background");
	log_init(PROGRAM, options->in_foreground);
	log_set_debug(options->is_debug);
	if (fd != -1)
		log_at_terminal();
	log_separation(options->part, config);
	if (options->part != MASTER_FRONT)
		log_keyless(config);
	setproctitle(options->part == MASTER_SIGNERS ? "signers" : "master");

	opts.part = options->part;
	opts.signers_socket = options->signers_socket;
	opts.listener = listener;
	opts.kept = kept;
	opts.front = front;
	opts.signer = signer;
	opts.metrics = metrics;
	opts.file = file;
	opts.config = config;
	opts.to_stderr = options->in_foreground;
	opts.is_debug = options->is_debug;
	opts.start_limit_ms = MASTER_START_LIMIT_MS;
	if (fd != -1) {
		opts.at_terminal = true;
		opts.up = leave_foreground;
		opts.up_arg = &fd;
	}
	if (master_confine(options->part, options->is_debug) == -1)
		exit(EX_OSERR);
	status = master_run(&opts);
	log_info(M_STOPPED, "stopped");
	config_unref(config);
	return status;
}

int
main(int argc, char *argv[], char *envp[])
{
	struct options options = { 0 };
	int listener = -1, kept = -1;

	setproctitle_init(argc, argv, envp);
	parse_options(&options, argc, argv);
	descriptors_open_stdio();
	if (options.part != MASTER_SIGNERS)
		kept = notify_take_kept(METRICS_KEPT);
	else if ((listener = notify_take_socket()) == -1)
		errx(2, "-S: systemd has passed no socket: start "
		    "countersign-signer.socket");
	/* It is passed as the first descriptor after these. */
	closefrom(STDERR_FILENO + 1 + (listener != -1 || kept != -1));
	return run_master(&options, listener, kept);
}
