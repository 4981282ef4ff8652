/* SPDX-License-Identifier: ISC */

/*
 * countersign-signer(8): the only process that holds private keys.
 *
 * Started by the master, with the control socket as descriptor 3.  It reads
 * the key store and the sockets that it is given, and nothing else: no mail,
 * no configuration file, no network.  It writes the log, and sets the times of
 * files that say when each key last signed (last_use.h).  With a mounted key
 * directory (mounted.h), it makes these files in the state directory when it
 * starts.  What opens sealed keys (seal.h) it reads before that.
 *
 * Exits with 78 if the key directory or the user cannot be used, because a
 * restart would not help; with 0 if the master tells it to stop or is gone.
 */

#include "signer/signer.h"

#include <sys/prctl.h>

#include <err.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/descriptors.h"
#include "base/ipc.h"
#include "base/log.h"
#include "base/privileges.h"
#include "seal/seal.h"
#include "signer/confine.h"
#include "store/mounted.h"

#define PROGRAM		"countersign-signer"
#define DESCRIPTORS	(SIGNER_MAX_PEERS + 64)
#define MAX_CEILING	999999999999	/* seconds: twelve digits, as of x= */

struct options {
	const char	*keydir;
	const char	*kek_file;	/* NULL: the KEK is a credential */
	const char	*state_dir;	/* NULL: keydir is not mounted */
	const char	*user;		/* NULL: do not change user */
	int64_t		 ceiling;	/* seconds, 0: none */
	bool		 to_stderr;
	bool		 is_at_terminal;
	bool		 is_debug;
};

static _Noreturn void
usage(void)
{
	(void)fprintf(stderr,
	    "usage: %s -k KEYDIR -x CEILING [-dft] [-m STATE_DIR]\n"
	    "           [-s KEK_FILE] [-u USER]\n"
	    "countersign-milter(8) starts this program; it is not for use "
	    "by hand.\n",
	    PROGRAM);
	exit(2);
}

static void
parse_options(struct options *options, int argc, char *argv[])
{
	const char *fault;
	int c;

	options->ceiling = -1;
	while ((c = getopt(argc, argv, "dfk:m:s:tu:x:")) != -1) {
		switch (c) {
		case 'd':
			options->is_debug = true;
			break;
		case 'f':
			options->to_stderr = true;
			break;
		case 'k':
			options->keydir = optarg;
			break;
		case 'm':
			options->state_dir = optarg;
			break;
		case 's':
			options->kek_file = optarg;
			break;
		case 't':
			options->is_at_terminal = true;
			break;
		case 'u':
			options->user = optarg;
			break;
		case 'x':
			options->ceiling = strtonum(optarg, 0, MAX_CEILING,
			    &fault);
			if (fault != NULL)
				errx(2, "-x %s: %s", optarg, fault);
			break;
		default:
			usage();
		}
	}
	if (optind != argc || options->keydir == NULL ||
	    options->ceiling == -1)
		usage();
}

/*
 * Give up everything that serving keys does not need, before anything is read
 * from the key store or from a peer.
 */
static void
lock_down(const struct options *options, struct seal **seal)
{
	struct ks_error error;

	/* Inherit nothing but stdio and the control socket. */
	closefrom(IPC_CONTROL_FD + 1);
	log_init(PROGRAM, options->to_stderr);
	log_set_debug(options->is_debug);
	if (options->is_at_terminal)
		log_at_terminal();
	descriptors_want(DESCRIPTORS);

	/* A credential may be readable by root alone. */
	if (seal_new(seal, options->kek_file, &error) == KS_E_NOMEM)
		fatalx(EX_OSERR, M_OUT_OF_MEMORY, "out of memory");

	/* Give up root for good. */
	if (options->user != NULL && privileges_drop(options->user) == -1)
		exit(EX_CONFIG);

	/* No new rights, no core file with keys in it, no debugger. */
	if (privileges_lock() == -1)
		exit(EX_OSERR);

	/* Die with the master.  Last, because changing user resets this. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == -1)
		fatal(EX_OSERR, M_LOCKDOWN_FAILED,
		    "cannot ask to be killed with the master");
}

/* The master decides when this process ends: it stops the front first. */
static void
ignore_signals(void)
{
	static const int ignored[] = { SIGHUP, SIGINT, SIGPIPE, SIGTERM };
	sigset_t none;
	size_t i;

	for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		(void)signal(ignored[i], SIG_IGN);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static void
read_clocks(struct moment *now)
{
	now->wall = time(NULL);
	now->monotonic = monotonic_ms() / 1000;
}

static int
open_store(const struct options *options, struct keystore **ks,
    struct ks_error *error)
{
	if (options->state_dir == NULL)
		return ks_open(ks, options->keydir, options->user, error);
	return ks_open_mounted(ks, options->keydir, options->state_dir, true,
	    options->user, error);
}

/*
 * Have all that opens sealed keys.  Without it, other keys still sign, and mail
 * that needs a sealed one is deferred; but if it was memory that was short, the
 * crypto library may never open one in this process, so another one has to.
 */
static void
prepare_seal(struct seal *seal, struct keystore *ks)
{
	struct ks_error error;
	int r;

	seal_attach(seal, ks);
	r = seal_prepare(seal, &error);
	if (r == 0 || r == KS_E_NOKEY)
		r = seal_check(seal, &error);
	if (r == KS_E_CRYPTO || r == KS_E_NOMEM)
		fatalx(EX_OSERR, M_OUT_OF_MEMORY, "the crypto library cannot "
		    "be used: %s", error.text);
	if (r != 0)
		log_warnx(M_KEK_UNUSABLE, "sealed keys cannot be used: %s",
		    error.text);
}

int
main(int argc, char *argv[], char *envp[])
{
	struct options options = { 0 };
	struct signer_opts opts = { 0 };
	struct ks_error error;
	struct seal *seal;
	int status;

	setproctitle_init(argc, argv, envp);
	parse_options(&options, argc, argv);
	if (!ipc_is_socket(IPC_CONTROL_FD))
		errx(2, "not for use by hand: start countersign-milter(8), "
		    "which starts this program");
	ignore_signals();
	lock_down(&options, &seal);
	setproctitle("signer");

	if (open_store(&options, &opts.ks, &error) != 0)
		fatalx(EX_CONFIG, M_KEY_STORE_UNUSABLE, "%s", error.text);
	prepare_seal(seal, opts.ks);
	opts.ceiling = options.ceiling;
	opts.control = IPC_CONTROL_FD;
	opts.now = read_clocks;
	log_debug("serving %s", options.keydir);
	log_leave_terminal();
	if (signer_confine(options.keydir, options.state_dir,
	    options.is_debug) == -1)
		exit(EX_OSERR);
	status = signer_serve(&opts);
	ks_close(opts.ks);
	seal_free(seal);
	return status;
}
