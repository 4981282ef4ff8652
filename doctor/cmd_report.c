/* SPDX-License-Identifier: ISC */

/*
 * countersign-doctor report: one page of HTML about a period of mail and the
 * keys that signed it.
 *
 * A process of its own reads the logs, after giving up root as the other
 * commands that read them do, and writes the page to memory; this one then puts
 * it in its place, so there is the old page or the whole new one.  The exit
 * status is DOCTOR_YES if the page was written.
 */

#include <sys/mman.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/replace_file.h"
#include "doctor.h"
#include "logfiles.h"
#include "machine/key_program.h"
#include "page/page.h"

#define USUAL_SINCE	"30d"
#define MODE		0640		/* it tells who sends as us */
#define LIST_LIMIT_MS	60000		/* for countersign-key list */
#define WHY_SIZE	1024
#define CHUNK		65536

enum { OPTION_SINCE = OPTION_OWN, OPTION_HTML };

static const struct option options[] = {
	{ "config",	required_argument,	NULL, OPTION_CONFIG },
	{ "html",	required_argument,	NULL, OPTION_HTML },
	{ "log",	required_argument,	NULL, OPTION_LOG },
	{ "since",	required_argument,	NULL, OPTION_SINCE },
	{ NULL,		0,			NULL, 0 }
};

struct report {
	struct logfiles	  files;
	const char	 *config_file;
	const char	 *path;		/* of the page */
	struct page	  page;
	struct account	  account;
	struct page_keys  keys;
	char		  keys_missing[WHY_SIZE];
	char		  host[HOST_NAME_MAX + 1];
};

static bool
read_options(struct doctor *doctor, struct report *report, int argc,
    char **argv)
{
	const char *since = USUAL_SINCE;
	int option;

	while ((option = doctor_next_option(doctor, &command_report, argc,
	    argv)) != -1) {
		if (option == OPTION_LOG &&
		    !logfiles_add(&report->files, optarg))
			return false;
		if (option == OPTION_HTML)
			report->path = optarg;
		if (option == OPTION_SINCE)
			since = optarg;
	}
	if (optind < argc) {
		warnx("report: too many operands");
		return false;
	}
	if (report->path == NULL) {
		warnx("report: say where the page goes: --html FILE");
		return false;
	}
	return logfiles_look_back(&report->files, since, "12h, 7d or 30d",
	    doctor->now);
}

/* The keys that this user may read, and why others are missing. */
static void
ask_keys(struct report *report)
{
	static const char *const arguments[] = { "list", NULL };
	const struct config *config = report->files.config;
	struct key_program program = { .config_file = report->config_file };
	char programs[PATH_MAX], why[MACHINE_WHY_SIZE];
	struct machine_output out;

	report->page.keys_missing = report->keys_missing;
	if (config == NULL) {
		(void)strlcpy(report->keys_missing, "There is no "
		    "configuration to say where the keys are.", WHY_SIZE);
		return;
	}
	if (!doctor_find_programs(programs)) {
		(void)strlcpy(report->keys_missing, "The program "
		    "countersign-key was not found.", WHY_SIZE);
		return;
	}
	program.programs = programs;
	program.keys_user = config->keys_user;
	program.user = config->user;
	key_program_ask(&program, arguments, LIST_LIMIT_MS, &out);
	if (out.text != NULL && !out.cut && page_keys_read(&report->keys,
	    out.text, out.len, report->files.since)) {
		report->page.keys = &report->keys;
		if (!machine_is_done(&out))
			(void)snprintf(report->keys_missing, WHY_SIZE, "The "
			    "list is incomplete: %s", machine_why(KEY_PROGRAM,
			    &out, why, sizeof(why)));
	} else
		(void)snprintf(report->keys_missing, WHY_SIZE, "The keys could "
		    "not be listed: %s", out.cut ? "they are too many for one "
		    "page; 'countersign-key list' has all" :
		    machine_why(KEY_PROGRAM, &out, why, sizeof(why)));
	machine_output_finish(&out);
}

/* Read the logs and write the page to fd; this process then ends. */
static _Noreturn void
write_page(struct report *report, int64_t now, int fd)
{
	FILE *fp;

	if ((fp = fdopen(fd, "w")) == NULL ||
	    !logfiles_open(&report->files, report->config_file, now))
		_exit(1);
	period_begin(&report->account.period, report->files.since,
	    report->files.until);
	(void)logs_search(report->files.logs, account_take,
	    &report->account);
	account_sort(&report->account);
	report->page.account = &report->account;
	report->page.logs = report->files.logs;
	if (page_print(fp, &report->page) != 0) {
		warnx("no SHA-256: see openssl.cnf");
		_exit(1);
	}
	if (fflush(fp) != 0 || ferror(fp) != 0) {
		warn("the page in memory");
		_exit(1);
	}
	_exit(0);
}

static bool
has_written(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) == -1)
		if (errno != EINTR)
			return false;
	/* Whoever exits says why. */
	if (WIFSIGNALED(status))
		warnx("the process that reads the logs ended by signal %d",
		    WTERMSIG(status));
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool
put_in_place(const char *path, int fd)
{
	char chunk[CHUNK], why[WHY_SIZE] = "";
	struct replace_file file;
	off_t at = 0;
	ssize_t n;

	if (replace_file_begin(&file, path, why, sizeof(why)) != 0) {
		warnx("%s", why);
		return false;
	}
	while ((n = pread(fd, chunk, sizeof(chunk), at)) > 0) {
		(void)fwrite(chunk, 1, (size_t)n, file.fp);
		at += n;
	}
	if (n == -1) {
		warn("the page in memory");
		replace_file_abandon(&file);
		return false;
	}
	if (replace_file_end(&file, MODE, why, sizeof(why)) == 0)
		return true;
	warnx("%s", why);
	return false;
}

static int
make_page(struct report *report, int64_t now)
{
	pid_t child;
	bool is_written;
	int fd;

	if ((fd = memfd_create("report", MFD_CLOEXEC)) == -1 ||
	    (child = fork()) == -1) {
		warn("cannot make the page");
		if (fd != -1)
			(void)close(fd);
		return DOCTOR_NO;
	}
	if (child == 0)
		write_page(report, now, fd);
	is_written = has_written(child) && put_in_place(report->path, fd);
	(void)close(fd);
	if (!is_written)
		return DOCTOR_NO;
	(void)printf("%s: written\n", report->path);
	return DOCTOR_YES;
}

static int
run(struct doctor *doctor, int argc, char **argv)
{
	struct report *report;
	int status = DOCTOR_USAGE;

	if ((report = calloc(1, sizeof(*report))) == NULL) {
		warnx("out of memory");
		return DOCTOR_NO;
	}
	if (read_options(doctor, report, argc, argv)) {
		status = DOCTOR_NO;
		report->config_file = doctor->config != NULL ? doctor->config :
		    CONFIG_DEFAULT_FILE;
		if (gethostname(report->host, sizeof(report->host) - 1) == -1)
			(void)strlcpy(report->host, "this host",
			    sizeof(report->host));
		/* Logs that somebody names may be of another host. */
		report->page.host = report->files.ngiven > 0 ? NULL :
		    report->host;
		report->page.version = COUNTERSIGN_VERSION;
		report->page.since = report->files.since;
		report->page.until = report->files.until;
		report->page.now = doctor->now;
		if (logfiles_configure(&report->files, doctor->config)) {
			ask_keys(report);
			status = make_page(report, doctor->now);
		}
		logfiles_close(&report->files);
	}
	free(report);
	return status;
}

const struct command command_report = {
	.name = "report",
	.synopsis = "report --html FILE [-c FILE] [--since SPAN] "
	    "[--log FILE]...",
	.options = options,
	.run = run,
};
