/* SPDX-License-Identifier: ISC */

/*
 * countersign-key: find the subcommand, load the configuration and open the key
 * store for it, run it, and determine the exit status.
 *
 * Private keys pass through this process, so it first disables core dumps and
 * tracing of itself, and set-user-ID programs for all that it runs.  It also
 * opens /dev/null in place of closed standard descriptors, so that no output
 * can end up in a key file.  If output cannot be written, the command fails,
 * even if its work is done.
 *
 * Root opens the configuration and the key directory, and makes the latter;
 * then the process becomes its owner (become.h).  Two commands need root for
 * longer: import reads the keys of other signers, and export writes to any
 * place, but asks neither DNS nor a program.
 */

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "base/print.h"
#include "command/become.h"
#include "command/holder.h"
#include "command/lease.h"
#include "command/monitor.h"
#include "command/options.h"
#include "command/spread.h"
#include "command/tool.h"
#include "config/config.h"
#include "seal/seal.h"
#include "store/mounted.h"
#include "talk/client.h"
#include "text/distance.h"

#define DEFAULT_WAIT	10	/* seconds, for the lock of a domain */

static const struct subcommand subcommands[] = {
	{ "add", cmd_add, 1, 1, OPT_STRICT | OPT_JSON | OPT_DRY_RUN,
	    NEEDS_CONFIG | MAKES_KEYDIR | CHANGES_KEYS | SPREADS_CHANGES,
	    "add DOMAIN [--strict] [--json] [--dry-run]" },
	{ "generate", cmd_generate, 1, 1, OPT_ALGORITHM | OPT_SELECTOR |
	    OPT_STREAM | OPT_STRICT | OPT_JSON | OPT_DRY_RUN,
	    CHANGES_KEYS | SPREADS_CHANGES,
	    "generate DOMAIN [--algorithm KIND] [--selector SELECTOR] "
	    "[--stream NAME] [--strict] [--json] [--dry-run]" },
	{ "import", cmd_import, 2, 4, OPT_FORCE | OPT_JSON | OPT_DRY_RUN,
	    MAKES_KEYDIR | CHANGES_KEYS | SPREADS_CHANGES | NEEDS_ROOT,
	    "import opendkim FILE [SIGNINGTABLE] | rspamd FILE | "
	    "pem DOMAIN SELECTOR FILE [--force] [--json] [--dry-run]" },
	{ "list", cmd_list, 0, 1, OPT_JSON | OPT_MONITOR | OPT_REMOVED |
	    OPT_FLEET, 0, "list [DOMAIN] [--removed] [--monitor] [--fleet] "
	    "[--json]" },
	{ "show", cmd_show, 1, 2, OPT_JSON, 0,
	    "show DOMAIN [SELECTOR] [--json]" },
	{ "todo", cmd_todo, 0, -1, OPT_JSON, NEEDS_CONFIG,
	    "todo [DOMAIN ...] [--json]" },
	{ "export", cmd_export, 0, -1, OPT_FORMAT | OPT_JSON | OPT_OUTPUT,
	    NEEDS_CONFIG | NEEDS_ROOT, "export [DOMAIN ...] [--format FORMAT] "
	    "[--output FILE] [--json]" },
	{ "publish", cmd_publish, 1, -1, OPT_JSON | OPT_DRY_RUN,
	    NEEDS_CONFIG | CHANGES_KEYS | SPREADS_CHANGES,
	    "publish DOMAIN [SELECTOR ...] [--json] [--dry-run]" },
	{ "check", cmd_check, 0, -1, OPT_JSON | OPT_PROBLEMS | OPT_WAIT,
	    NEEDS_CONFIG, "check [DOMAIN ...] [--problems] [--wait[=DURATION]] "
	    "[--json]" },
	{ "activate", cmd_activate, 1, -1, OPT_AT | OPT_FORCE | OPT_JSON |
	    OPT_DRY_RUN, NEEDS_UNFORCED | CHANGES_KEYS | SPREADS_CHANGES,
	    "activate DOMAIN [SELECTOR ...] [--at TIME] [--force] [--json] "
	    "[--dry-run]" },
	{ "rotate", cmd_rotate, 0, -1, OPT_JSON | OPT_DRY_RUN |
	    OPT_NO_PROGRESS | OPT_WITHOUT,
	    NEEDS_CONFIG | CHANGES_KEYS | TELLS_REFUSAL,
	    "rotate [DOMAIN ...] [--without HOST] [--json] [--dry-run] "
	    "[--no-progress]" },
	{ "notify", cmd_notify, 0, 0, OPT_TEST | OPT_DRY_RUN, NEEDS_CONFIG |
	    CHANGES_KEYS | TELLS_REFUSAL | TELLS_FAULTS,
	    "notify [--test] [--dry-run]" },
	{ "retire", cmd_retire, 2, 2, OPT_AT | OPT_FORCE | OPT_JSON |
	    OPT_DRY_RUN, CHANGES_KEYS | SPREADS_CHANGES,
	    "retire DOMAIN SELECTOR [--at TIME] [--force] [--json] "
	    "[--dry-run]" },
	{ "revoke", cmd_revoke, 2, 2, OPT_FORCE | OPT_JSON | OPT_DRY_RUN,
	    NEEDS_CONFIG | CHANGES_KEYS | SPREADS_CHANGES,
	    "revoke DOMAIN SELECTOR [--force] [--json] [--dry-run]" },
	{ "remove", cmd_remove, 1, 2, OPT_FORCE | OPT_JSON | OPT_DRY_RUN,
	    NEEDS_CONFIG | CHANGES_KEYS | SPREADS_CHANGES,
	    "remove DOMAIN SELECTOR [--force] [--json] [--dry-run]" },
	{ "adopt", cmd_adopt, 1, -1, OPT_KEEP | OPT_JSON | OPT_DRY_RUN,
	    NEEDS_CONFIG | CHANGES_KEYS | SPREADS_CHANGES,
	    "adopt DOMAIN [SELECTOR ...] [--keep] [--json] [--dry-run]" },
	{ "domain", cmd_domain, 2, 2, OPT_FORCE | OPT_JSON | OPT_DRY_RUN |
	    OPT_STREAM, NEEDS_CONFIG | CHANGES_KEYS | SPREADS_CHANGES,
	    "domain remove DOMAIN | keep DOMAIN [--stream NAME] [--force] "
	    "[--json] [--dry-run]" },
	{ "compromise", cmd_compromise, 1, -1, OPT_ALL | OPT_JSON |
	    OPT_DRY_RUN | OPT_STREAM, NEEDS_CONFIG | CHANGES_KEYS,
	    "compromise DOMAIN [SELECTOR ...] [--stream NAME] [--all] "
	    "[--json] [--dry-run]" },
	{ "sync", cmd_sync, 0, -1, OPT_STATUS | OPT_JSON,
	    NEEDS_CONFIG | PUSHES_KEYS, "sync [HOST ...] [--status] [--json]" },
	{ "receive", cmd_receive, 0, 0, 0, NEEDS_CONFIG | MAKES_KEYDIR,
	    "receive" },
	{ "take-over", cmd_take_over, 0, 0, OPT_YES, NEEDS_CONFIG,
	    "take-over [--yes]" },
	{ "fleet", cmd_fleet, 1, -1, OPT_CHANGE | OPT_MEMBERS | OPT_JSON,
	    NEEDS_CONFIG, "fleet init [--members DIGEST] [--change NUMBER] | "
	    "admit HOST FINGERPRINT | expel HOST | renew | restore | watch | "
	    "export | import | enter | list [--json]" },
	{ "seal", cmd_seal, 0, 0, OPT_NEW_KEK | OPT_DRY_RUN, 0,
	    "seal [--new-kek FILE] [--dry-run]" },
	{ "unseal", cmd_unseal, 0, 0, OPT_DRY_RUN, 0, "unseal [--dry-run]" }
};
#define NSUBCOMMANDS	(sizeof(subcommands) / sizeof(subcommands[0]))

static void
print_usage(FILE *fp)
{
	size_t i;

	print_synopsis(fp, true, "countersign-key", "[-c FILE] [-k KEYDIR] "
	    "[-w SECONDS] COMMAND ...");
	for (i = 0; i < NSUBCOMMANDS; i++)
		print_synopsis(fp, false, "countersign-key",
		    subcommands[i].synopsis);
	print_synopsis(fp, false, "countersign-key", "help | --version");
	(void)fprintf(fp, "KIND is rsa2048 (the default), rsa3072, rsa4096, "
	    "ed25519 or both; TIME is as\n2026-11-23T09:00:00Z; FORMAT is "
	    "zone, json, octodns or dnscontrol.  See\ncountersign-key(8).\n");
}

/*
 * If a descriptor from 0 to 2 is closed, the next file to be opened gets its
 * number, and output would be written to that file, perhaps in the key store.
 * Open /dev/null there, in a mode with which reading or writing still fails.
 */
static void
occupy_stdio(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) == -1 && open("/dev/null",
		    fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			err(TOOL_FAILED, "/dev/null: cannot open");
}

/* Private keys pass through this process. */
static void
harden(void)
{
	const struct rlimit none = { 0, 0 };

	occupy_stdio();
	if (setrlimit(RLIMIT_CORE, &none) == -1)
		err(TOOL_FAILED, "cannot disable core dumps");
	if (prctl(PR_SET_DUMPABLE, 0) == -1)
		err(TOOL_FAILED, "cannot disable tracing");
	/* Hooks inherit it. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		err(TOOL_FAILED, "cannot set no_new_privs");
	/* At a file size limit write(2) must fail instead of killing us. */
	(void)signal(SIGXFSZ, SIG_IGN);
	/* The same if the reader of our output, or a server, goes away. */
	(void)signal(SIGPIPE, SIG_IGN);
	(void)umask(077);
	/* Without its context, libcrypto 3.0 crashes. */
	if (OSSL_LIB_CTX_get0_global_default() == NULL)
		errx(TOOL_FAILED, "cannot set up the crypto library: is there "
		    "memory left?");
}

static const struct subcommand *
find_subcommand(const char *name)
{
	const char *names[NSUBCOMMANDS], *nearest;
	size_t i;

	for (i = 0; i < NSUBCOMMANDS; i++) {
		names[i] = subcommands[i].name;
		if (strcmp(names[i], name) == 0)
			return &subcommands[i];
	}
	if ((nearest = text_nearest(names, NSUBCOMMANDS, name)) != NULL)
		warnx("%s: unknown command; did you mean \"%s\"?", name,
		    nearest);
	else
		warnx("%s: unknown command: see 'countersign-key help'", name);
	return NULL;
}

/*
 * Program name, -c and -k, for hints; NULL if out of memory.  What a run stores
 * is the same if -c names what would be read without it, which with -k nothing
 * is.
 */
static char *
make_command(const struct options *options)
{
	const bool has_file = options->config != NULL &&
	    (options->keydir != NULL ||
	    strcmp(options->config, CONFIG_DEFAULT_FILE) != 0);
	char *command;
	int n;

	n = asprintf(&command, "%s%s%s%s%s", getprogname(),
	    has_file ? " -c " : "", has_file ? options->config : "",
	    options->keydir == NULL ? "" : " -k ",
	    options->keydir == NULL ? "" : options->keydir);
	return n == -1 ? NULL : command;
}

/*
 * Open the key directory, or pretend that it was just created.  keys_user
 * applies only to the configured one: a directory given by -k may belong to
 * other signers.
 */
static bool
open_keydir(struct tool *tool, bool pretend)
{
	const bool is_configured = tool_keydir_is_configured(tool);
	const char *keys_user = is_configured ? tool->config->keys_user : NULL;
	struct ks_error error;
	int r;

	if (tool_keydir_is_mounted(tool))
		r = ks_open_mounted(&tool->ks, tool->keydir,
		    tool->config->state_dir, false, keys_user, &error);
	else if (pretend)
		r = ks_open_none(&tool->ks, tool->keydir, &error);
	else
		r = ks_open(&tool->ks, tool->keydir, keys_user, &error);
	if (r == 0) {
		ks_allow_lookups(tool->ks);
		ks_set_command(tool->ks, tool->command);
		return true;
	}
	warnx("%s", error.text);
	(void)strlcpy(tool->fault, error.text, sizeof(tool->fault));
	return false;
}

/*
 * The configuration has errors: a command that tells that to people needs the
 * key directory, where the last run left whom to tell.
 */
static void
open_without_config(const struct subcommand *sub,
    const struct options *options, struct tool *tool, const char *file)
{
	char fault[sizeof(tool->fault)];

	if ((sub->needs & TELLS_FAULTS) == 0)
		return;
	(void)snprintf(fault, sizeof(fault), "%s cannot be read or has errors, "
	    "so no keys are rotated: see 'countersign-milter%s%s -n'", file,
	    config_option(file), config_option_file(file));
	tool->keydir = options->keydir != NULL ? options->keydir :
	    CONFIG_DEFAULT_KEYDIR;
	(void)open_keydir(tool, false);
	(void)strlcpy(tool->fault, fault, sizeof(tool->fault));
}

/* Load the configuration if the subcommand needs it; open the key store. */
static bool
open_store(const struct subcommand *sub, const struct options *options,
    struct tool *tool)
{
	const char *file;
	size_t nfaults;
	bool needs_config;

	needs_config = (sub->needs & NEEDS_CONFIG) != 0 || tool->monitor ||
	    ((sub->needs & NEEDS_UNFORCED) != 0 && !tool->force);
	file = options->config == NULL ? CONFIG_DEFAULT_FILE :
	    options->config;
	if (options->keydir == NULL || options->config != NULL ||
	    needs_config) {
		tool->config = config_load(file, stderr, &nfaults);
		if (tool->config == NULL) {
			warnx("%s: %zu error%s: fix %s%s", file, nfaults,
			    nfaults == 1 ? "" : "s",
			    nfaults == 1 ? "it" : "them",
			    needs_config ? "" : ", or name the key directory "
			    "with -k");
			open_without_config(sub, options, tool, file);
			return false;
		}
	}
	tool->keydir = options->keydir != NULL ? options->keydir :
	    tool->config->keydir;
	if ((sub->needs & MAKES_KEYDIR) == 0)
		return open_keydir(tool, false);
	if (tool->dry_run)
		return open_keydir(tool, access(tool->keydir, F_OK) == -1 &&
		    errno == ENOENT);
	return tool_make_keydir(tool) && open_keydir(tool, false);
}

/*
 * Have what opens sealed keys.  A credential is read now, as root if it is root
 * who was given it; a file when a command needs it.
 */
static bool
attach_seal(struct tool *tool)
{
	struct ks_error error;

	if (seal_new(&tool->seal, tool->config == NULL ? NULL :
	    tool->config->kek_file, &error) != 0)
		warnx("%s", error.text);
	if (tool->seal != NULL && tool->ks != NULL)
		seal_attach(tool->seal, tool->ks);
	return tool->seal != NULL;
}

/* Only the host that rotates the keys may change them. */
static int
run_subcommand(const struct subcommand *sub, struct tool *tool,
    char **operands, int noperands)
{
	int status;

	if ((sub->needs & CHANGES_KEYS) == 0 &&
	    ((sub->needs & PUSHES_KEYS) == 0 || tool->status))
		return sub->run(tool, noperands, operands);
	if ((status = holder_check(tool, sub->name)) != TOOL_DONE) {
		if ((sub->needs & TELLS_REFUSAL) != 0 && noperands == 0 &&
		    !tool->dry_run)
			notify_refusal(tool);
		return status;
	}
	if (!tool->dry_run && !lease_attach(tool))
		return TOOL_FAILED;
	status = sub->run(tool, noperands, operands);
	status = holder_adopt(tool, status);
	lease_detach(tool);
	return (sub->needs & SPREADS_CHANGES) == 0 ? status :
	    spread_changes(tool, status);
}

static int
run(const struct subcommand *sub, struct tool *tool,
    const struct options *options, char **operands, int noperands)
{
	char *command;
	bool is_open;
	int status;

	if ((command = make_command(options)) == NULL) {
		warn(NULL);
		return TOOL_FAILED;
	}
	tool->command = command;
	status = TOOL_FAILED;
	is_open = open_store(sub, options, tool);
	if (!attach_seal(tool))
		goto out;
	if ((sub->needs & NEEDS_ROOT) == 0 && !become_owner(tool))
		goto out;
	if (is_open)
		status = run_subcommand(sub, tool, operands, noperands);
	else if (tool->monitor) {
		monitor_print_unknown(tool, "configuration or key store "
		    "cannot be read: see standard error");
		status = (int)MONITOR_UNKNOWN;
	} else if ((sub->needs & TELLS_FAULTS) != 0)
		status = notify_fault(tool, tool->fault);
out:
	ks_close(tool->ks);
	seal_free(tool->seal);
	config_unref(tool->config);
	free(command);
	return status;
}

/* The clock of all commands. */
static int64_t
read_clock(void)
{
	return (int64_t)time(NULL);
}

/* A command whose output could not be written has failed. */
static int
finish_output(int status)
{
	if (print_is_written(stdout))
		return status;
	warnx("cannot write all output to standard output: %s: what the "
	    "command did is not undone", strerror(errno));
	return status == TOOL_DONE ? TOOL_FAILED : status;
}

int
main(int argc, char **argv)
{
	struct tool tool = {
		.wait_s = DEFAULT_WAIT, .answer_s = TALK_ANSWER_S
	};
	struct options options = { .given = 0 };
	const struct subcommand *sub;

	harden();
	if (!options_read(argc, argv, &tool, &options))
		return TOOL_USAGE;
	argc -= optind;
	argv += optind;
	if (options.version) {
		(void)printf("countersign-key %s\n", COUNTERSIGN_VERSION);
		return finish_output(TOOL_DONE);
	}
	if (options.help || (argc > 0 && strcmp(argv[0], "help") == 0)) {
		print_usage(stdout);
		return finish_output(TOOL_DONE);
	}
	if (argc == 0) {
		print_usage(stderr);
		return TOOL_USAGE;
	}
	if ((sub = find_subcommand(argv[0])) == NULL ||
	    !options_check(sub, &options, argc - 1))
		return TOOL_USAGE;
	tool.clock = read_clock;
	tool.now = read_clock();
	return finish_output(run(sub, &tool, &options, argv + 1, argc - 1));
}
