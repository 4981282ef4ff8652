/* SPDX-License-Identifier: ISC */

/*
 * countersign-milter(8): options, the checks before anything is started, and
 * the choice of role: the master, or, started by the master, the front.
 *
 * Ends with 2 for wrong usage, 78 where configuration or users are at fault;
 * else with what master or front return.
 */

#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "background.h"
#include "config.h"
#include "config_means.h"
#include "front.h"
#include "ipc.h"
#include "log.h"
#include "master.h"
#include "privileges.h"

#define PROGRAM		"countersign-milter"
#define SIGNER_PROGRAM	"countersign-signer"

struct options {
	const char	*file;
	const char	*role;		/* NULL: master */
	bool		 in_foreground;
	bool		 is_debug;
	bool		 only_checks;
	bool		 is_at_terminal;	/* a front whose start is watched */
};

static _Noreturn void
usage(void)
{
	(void)fprintf(stderr, "usage: %s [-dfnV] [-c file]\n", PROGRAM);
	exit(2);
}

static void
parse_options(struct options *options, int argc, char *argv[])
{
	int c;

	options->file = CONFIG_DEFAULT_FILE;
	while ((c = getopt(argc, argv, "c:dfnR:tV")) != -1) {
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
		case 'n':
			options->only_checks = true;
			break;
		case 'R':
			options->role = optarg;
			break;
		case 't':
			options->is_at_terminal = true;
			break;
		case 'V':
			(void)printf("%s %s\n", PROGRAM, COUNTERSIGN_VERSION);
			exit(0);
		default:
			usage();
		}
	}
	if (optind != argc ||
	    (options->role != NULL && strcmp(options->role, "front") != 0))
		usage();
}

/* Descriptors 0 to 2 are there, so that no socket is taken for stderr. */
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

/* The configuration; ends the program where it has faults. */
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
		warnx("%s: no such user: %s: make it with 'useradd --system "
		    "--no-create-home --shell /usr/sbin/nologin %s'", option,
		    user, user);
		return -1;
	default:
		warn("%s: user %s cannot be looked up", option, user);
		return -1;
	}
}

/* As root the processes need users to become; else they stay who we are. */
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
		log_info("started without root: all processes run as user "
		    "%u, and only the process split guards the keys",
		    (unsigned int)geteuid());
	else if (strcmp(config->user, config->keys_user) == 0)
		log_warnx("user and keys_user are both %s: only the process "
		    "split guards the keys", config->user);
}

/*
 * The path of this program, and that of the signer beside it.  Not from
 * argv[0] or PATH: both are the caller's.
 */
static void
find_programs(char self[PATH_MAX], char signer[PATH_MAX])
{
	char *slash;
	ssize_t n;

	n = readlink("/proc/self/exe", self, PATH_MAX - 1);
	if (n == -1)
		err(EX_OSERR, "/proc/self/exe");
	self[n] = '\0';
	(void)strlcpy(signer, self, PATH_MAX);
	if ((slash = strrchr(signer, '/')) == NULL)
		errx(EX_OSERR, "%s: no full path", self);
	slash[1] = '\0';
	if (strlcat(signer, SIGNER_PROGRAM, PATH_MAX) >= PATH_MAX)
		errx(EX_OSERR, "%s: path too long", self);
	if (access(signer, X_OK) == -1)
		err(EX_UNAVAILABLE, "%s: cannot be run; install it in the "
		    "folder of %s", signer, PROGRAM);
}

static void
leave_foreground(void *arg)
{
	background_up(*(const int *)arg);
}

static int
run_master(const struct options *options)
{
	char file[PATH_MAX], self[PATH_MAX], signer[PATH_MAX];
	struct master_opts opts = { 0 };
	struct config *config;
	int fd, status;

	config = load(options->file);
	if (!config_front_can_read(config, stderr))
		exit(EX_CONFIG);
	if (options->only_checks) {
		config_print_warnings(config, stderr);
		config_warn_of_means(config, stderr);
		(void)printf("%s: no faults; %zu source%s\n", options->file,
		    config->nsources, config->nsources == 0 ?
		    "s: nothing will be signed" :
		    config->nsources == 1 ? "" : "s");
		config_unref(config);
		return 0;
	}
	check_users(config);
	find_programs(self, signer);
	/* Once in the background we are in another folder. */
	if (realpath(options->file, file) == NULL)
		err(EX_CONFIG, "%s", options->file);

	fd = -1;
	if (!options->in_foreground && (fd = background_start()) == -1)
		err(EX_OSERR, "cannot go to the background");
	log_init(PROGRAM, options->in_foreground);
	log_set_debug(options->is_debug);
	if (fd != -1)
		log_at_terminal();
	log_separation(config);
	setproctitle("master");

	opts.program = self;
	opts.signer = signer;
	opts.file = file;
	opts.config = config;
	opts.to_stderr = options->in_foreground;
	opts.is_debug = options->is_debug;
	if (fd != -1) {
		opts.at_terminal = true;
		opts.up = leave_foreground;
		opts.up_arg = &fd;
	}
	status = master_run(&opts);
	log_info("stopped");
	config_unref(config);
	return status;
}

static int
run_front(const struct options *options)
{
	log_init(PROGRAM, options->in_foreground);
	log_set_debug(options->is_debug);
	if (options->is_at_terminal)
		log_at_terminal();
	setproctitle("front");
	return front_main(options->file, IPC_CONTROL_FD);
}

int
main(int argc, char *argv[], char *envp[])
{
	struct options options = { 0 };

	setproctitle_init(argc, argv, envp);
	parse_options(&options, argc, argv);
	sanitize_stdio();
	if (options.role != NULL)
		return run_front(&options);
	closefrom(STDERR_FILENO + 1);
	return run_master(&options);
}
