/* SPDX-License-Identifier: ISC */

/*
 * countersign-key notify: tell people what is wrong, as rotation does at its
 * end.  It is for a run of rotation that failed, which could not tell by
 * itself; what people already know is not told again.
 *
 * If the configuration cannot be read, that is told by the program of the last
 * run; if the key store cannot be opened, by that of the configuration.
 */

#include <err.h>
#include <unistd.h>

#include "command/holder.h"
#include "command/notices.h"
#include "command/tool.h"
#include "config/config.h"

/* Take the lock of the run; fd is -1 if there is nothing to lock. */
static int
lock(const struct tool *tool, int *fd)
{
	struct ks_error error;
	int r;

	*fd = -1;
	if (tool->ks == NULL || tool->dry_run ||
	    (r = ks_run_lock(tool->ks, fd, &error)) == 0)
		return TOOL_DONE;
	warnx("%s", error.text);
	return r == KS_E_LOCKED ? TOOL_NOT_YET : TOOL_FAILED;
}

static void
unlock(int fd)
{
	if (fd != -1)
		(void)close(fd);
}

int
cmd_notify(struct tool *tool, int argc, char **argv)
{
	struct rotation_run run;
	int fd, status;

	(void)argc;
	(void)argv;
	if (tool->config->notify_hook == NULL) {
		warnx("%s: notify_hook is not set, so nobody is told",
		    tool->config->file);
		return TOOL_NOT_YET;
	}
	if ((status = lock(tool, &fd)) != TOOL_DONE)
		return status;
	if (!tool_run_init(tool, &run))
		status = TOOL_FAILED;
	else
		status = tool->test ? notices_test(tool, &run) :
		    notices_catch_up(tool, &run);
	rotation_run_finish(&run);
	unlock(fd);
	return status;
}

int
notify_fault(const struct tool *tool, const char *text)
{
	int fd, status;

	/* A store that cannot be written to has no lock either. */
	if (lock(tool, &fd) == TOOL_NOT_YET)
		return TOOL_NOT_YET;
	status = notices_tell_fault(tool, TROUBLE_ROTATION, text);
	unlock(fd);
	return status;
}

void
notify_refusal(const struct tool *tool)
{
	struct ks_error text;
	int fd;

	/* Without a hook the store is left as it is, lock file included. */
	if (tool->config == NULL || tool->config->notify_hook == NULL ||
	    holder_follows(tool) || !holder_trouble(tool, &text) ||
	    lock(tool, &fd) == TOOL_NOT_YET)
		return;
	(void)notices_tell_fault(tool, TROUBLE_OTHER_HOST, text.text);
	unlock(fd);
}
