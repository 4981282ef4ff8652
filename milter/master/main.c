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
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/privileges.h"
#include "config/config.h"
#include "config/means.h"
#include "config/overlap.h"
#include "master/daemonize.h"
#include "master/master.h"
#include "text/option.h"

#define PROGRAM		"countersign-milter"
#define OPTION_FAULT_SIZE	128
#define FRONT_PROGRAM	"countersign-front"
#define SIGNER_PROGRAM	"countersign-signer"

struct options {
	const char	*file;
	bool		 in_foreground;
	bool		 is_debug;
	bool		 only_checks;
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
	(void)fprintf(fp, "usage: %s [-dfhnV] [-c FILE]\n"
	    "See countersign-milter(8).\n", PROGRAM);
}

static _Noreturn void
usage(void)
{
	print_usage(stderr);
	exit(2);
}

static void
parse_options(struct options *options, int argc, char *argv[])
{
	char fault[OPTION_FAULT_SIZE];
	int c;

	options->file = CONFIG_DEFAULT_FILE;
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":c:dfhnV",
	    longopts, NULL)) != -1) {
		switch (c) {
		case 'c':
			options->file = optarg;
			break;
		case 'd':
			options->is_debug = true;
			break;
		case 'f':
			options->in_foreground = true;
			break;
		case 'h':
			print_usage(stdout);
			exit(0);
		case 'n':
			options->only_checks = true;
			break;
		case 'V':
			(void)printf("%s %s\n", PROGRAM, COUNTERSIGN_VERSION);
			exit(0);
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

/* Open descriptors 0 to 2 if they are closed: no socket may become stderr. */
static void
sanitize_stdio(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd != -1 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		(void)close(fd);
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
	if (r != 0)
		exit(EX_CONFIG);
}

static void
log_separation(const struct config *config)
{
	if (!privileges_are_root())
		log_info(M_USERS_NOT_SEPARATE,
		    "started without root: all processes run as user %u, so "
		    "any program of that user can read the keys",
		    (unsigned int)geteuid());
	else if (strcmp(config->user, config->keys_user) == 0)
		log_warnx(M_USERS_NOT_SEPARATE,
		    "user and keys_user are both %s, so any program of that "
		    "user can read the keys", config->user);
}

/*
 * Find another program of ours in the directory of this one, self.  False, with
 * the error on stderr, if it cannot be executed.
 */
static bool
find_beside(const char *self, const char *name, char path[PATH_MAX])
{
	char *slash;

	(void)strlcpy(path, self, PATH_MAX);
	if ((slash = strrchr(path, '/')) == NULL)
		errx(EX_OSERR, "%s: cannot find its full path", self);
	slash[1] = '\0';
	if (strlcat(path, name, PATH_MAX) >= PATH_MAX)
		errx(EX_OSERR, "%s: path too long", self);
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
find_programs(char front[PATH_MAX], char signer[PATH_MAX])
{
	char self[PATH_MAX];
	bool has_front, has_signer;
	ssize_t n;

	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n == -1)
		err(EX_OSERR, "/proc/self/exe");
	self[n] = '\0';
	has_front = find_beside(self, FRONT_PROGRAM, front);
	has_signer = find_beside(self, SIGNER_PROGRAM, signer);
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
		    "is not signed; 'countersign-milter -n' lists them: %s",
		    keyless.n, keyless.n == 1 ? "" : "s",
		    keyless.n == 1 ? "has" : "have", config->keydir,
		    keyless.n == 1 ? "it" : "them", keyless.names);
}

static int
run_master(const struct options *options)
{
	char file[PATH_MAX], front[PATH_MAX], signer[PATH_MAX];
	struct master_opts opts = { 0 };
	struct config *config;
	int fd, status;

	config = load(options->file);
	if (!config_can_be_read(config, stderr))
		exit(EX_CONFIG);
	if (options->only_checks) {
		config_print_warnings(config, stderr);
		config_warn_of_overlaps(config, stderr);
		config_warn_of_means(config, stderr);
		config_warn_of_keyless(config, stderr);
		(void)printf("%s: no errors; %zu source%s\n", options->file,
		    config->nsources, config->nsources == 0 ?
		    "s: nothing will be signed" :
		    config->nsources == 1 ? "" : "s");
		config_unref(config);
		return 0;
	}
	check_users(config);
	find_programs(front, signer);
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
	log_separation(config);
	log_keyless(config);
	setproctitle("master");

	opts.front = front;
	opts.signer = signer;
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
	status = master_run(&opts);
	log_info(M_STOPPED, "stopped");
	config_unref(config);
	return status;
}

int
main(int argc, char *argv[], char *envp[])
{
	struct options options = { 0 };

	setproctitle_init(argc, argv, envp);
	parse_options(&options, argc, argv);
	sanitize_stdio();
	closefrom(STDERR_FILENO + 1);
	return run_master(&options);
}
