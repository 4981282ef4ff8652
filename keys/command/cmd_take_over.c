/* SPDX-License-Identifier: ISC */

/*
 * countersign-key take-over: make this host the one that rotates the keys, for
 * example after a restore to new hardware.
 *
 * The other host cannot be asked whether it still exists.  If it goes on
 * rotating its copy, each host removes records that the other one needs; so a
 * person must confirm that it does not.
 */

#include <err.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/rfc3339.h"
#include "command/holder.h"
#include "command/spread.h"
#include "config/config.h"
#include "store/last_run.h"

#define ANSWER_SIZE	16

/* Say who rotates now, and what must not happen. */
static void
print_warning(const struct tool *tool, const struct ks_rotator *rotator)
{
	char when[RFC3339_SIZE];
	struct ks_error error;
	int64_t last;

	if (rotator->state == KS_ROTATOR_OTHER)
		(void)fprintf(stderr, "%s: %s rotates these keys.\n",
		    tool->keydir, rotator->name);
	else
		(void)fprintf(stderr, "%s: which host rotates these keys is "
		    "not known.\n", tool->keydir);
	if (ks_last_run_read(tool->ks, &last, &error) == 0 &&
	    rfc3339_print(last, when))
		(void)fprintf(stderr, "Its last run over all domains, as far "
		    "as this copy knows, ended at %s.\n", when);
	(void)fprintf(stderr, "No other host may rotate them from now on, or "
	    "mail will fail: if one still runs,\nstop it there first with "
	    "'systemctl disable --now countersign-rotate.timer', and set\n"
	    "follower = yes in its configuration.\n");
}

/* Ask on the terminal; without one, only --yes will do. */
static int
confirm(const struct tool *tool)
{
	char answer[ANSWER_SIZE];

	if (tool->yes)
		return TOOL_DONE;
	if (!isatty(STDIN_FILENO)) {
		warnx("take-over: nobody to ask on standard input: give --yes "
		    "if no other host rotates these keys");
		return TOOL_NOT_YET;
	}
	(void)fprintf(stderr, "Rotate these keys on this host? [yes/no] ");
	if (fgets(answer, sizeof(answer), stdin) != NULL &&
	    strcmp(answer, "yes\n") == 0)
		return TOOL_DONE;
	warnx("take-over: not confirmed: nothing was changed");
	return TOOL_NOT_YET;
}

static int
take(const struct tool *tool, const struct ks_host *host,
    const struct ks_rotator *rotator)
{
	struct ks_error error;

	if (ks_rotator_take(tool->ks, host, rotator, tool->clock(),
	    tool->wait_s, &error) != 0) {
		warnx("%s", error.text);
		return TOOL_FAILED;
	}
	(void)printf("%s: this host (%s) rotates these keys from now on\n",
	    tool->keydir, host->name);
	(void)fflush(stdout);
	/* The others refuse pushes of the host before from then on. */
	return spread_all(tool) == TOOL_DONE ? TOOL_DONE :
	    spread_failed(tool, TOOL_DONE);
}

int
cmd_take_over(struct tool *tool, int argc, char **argv)
{
	struct ks_rotator rotator;
	struct ks_host host;
	struct ks_error error;
	int r, status;

	(void)argc;
	(void)argv;
	if (holder_follows(tool)) {
		warnx("%s: follower = yes: this host must not rotate keys: "
		    "take that out first", tool->config->file);
		return TOOL_FAILED;
	}
	if ((r = holder_host(tool, &host, &error)) == 0)
		r = ks_rotator_read(tool->ks, &host, &rotator, &error);
	if (r != 0)
		warnx("%s", error.text);
	if (r != 0 && r != KS_E_DAMAGED)
		return TOOL_FAILED;
	/* Nothing of a damaged file is believed. */
	if (r == KS_E_DAMAGED)
		memset(&rotator, 0, sizeof(rotator));
	if (r == 0 && rotator.state == KS_ROTATOR_SELF) {
		(void)printf("%s: this host (%s) already rotates these keys\n",
		    tool->keydir, rotator.name);
		return TOOL_DONE;
	}
	print_warning(tool, &rotator);
	if ((status = confirm(tool)) != TOOL_DONE)
		return status;
	return take(tool, &host, &rotator);
}
