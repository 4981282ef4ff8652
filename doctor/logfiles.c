/* SPDX-License-Identifier: ISC */

/*
 * What the commands that read logs share: see logfiles.h.
 *
 * With --log, the configuration is optional: the log may be of another host.
 * Then the usual user of the milter reads it, or this user, unless it is root.
 */

#include "logfiles.h"

#include <err.h>
#include <stdio.h>

#include "base/duration.h"
#include "base/privileges.h"

#define MAX_SINCE	((long long)3660 * 24 * 60 * 60)	/* seconds */
#define USUAL_USER	"countersign"
#define OTHER_USER	"nobody"	/* if there is no such user */

bool
logfiles_look_back(struct logfiles *files, const char *span,
    const char *examples, int64_t now)
{
	long long ago;

	if (!duration_parse(span, MAX_SINCE, &ago) || ago == 0) {
		warnx("--since %s: not a span of time: use %s", span,
		    examples);
		return false;
	}
	files->since = now > ago ? now - ago : 0;
	files->until = now;
	return true;
}

bool
logfiles_add(struct logfiles *files, const char *path)
{
	if (files->ngiven == LOGFILES_MAX) {
		warnx("--log: more than %d files", LOGFILES_MAX);
		return false;
	}
	files->given[files->ngiven++] = path;
	return true;
}

bool
logfiles_configure(struct logfiles *files, const char *config_file)
{
	const char *path = config_file != NULL ? config_file :
	    CONFIG_DEFAULT_FILE;
	const bool is_needed = files->ngiven == 0 || config_file != NULL;
	FILE *errors = is_needed ? stderr : fopen("/dev/null", "w");
	size_t nfaults;

	if (errors == NULL) {
		warn("/dev/null");
		return false;
	}
	files->is_configured = true;
	files->config = config_load(path, errors, &nfaults);
	if (!is_needed)
		(void)fclose(errors);
	if (files->config != NULL || !is_needed)
		return true;
	warnx("%s: %zu error%s", path, nfaults, nfaults == 1 ? "" : "s");
	return false;
}

bool
logfiles_open(struct logfiles *files, const char *config_file, int64_t now)
{
	struct logs_options options = {
		.given = files->given, .ngiven = files->ngiven,
		.since = files->since, .until = files->until, .now = now,
		.user = privileges_user_exists(USUAL_USER) == 1 ?
		    USUAL_USER : OTHER_USER,
	};

	if (!files->is_configured && !logfiles_configure(files, config_file))
		return false;
	if (files->config != NULL) {
		options.audit_file = files->config->audit_file;
		options.user = files->config->user;
	}
	if ((files->logs = logs_open(&options)) == NULL) {
		warnx("out of memory");
		logfiles_close(files);
		return false;
	}
	/* The reason is logged, which is to say, on stderr. */
	if (logs_drop(files->logs) == 0)
		return true;
	logfiles_close(files);
	return false;
}

void
logfiles_close(struct logfiles *files)
{
	logs_close(files->logs);
	files->logs = NULL;
	config_unref(files->config);
	files->config = NULL;
}
