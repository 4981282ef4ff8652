/* SPDX-License-Identifier: ISC */

/*
 * Whether this host may change the keys: see holder.h.
 *
 * Only a host that certainly is the one may.  If its own machine ID or the file
 * with the other one cannot be read, nothing is changed.
 */

#include "command/holder.h"

#include <err.h>
#include <stdio.h>

#include "config/config.h"
#include "store/master.h"

int
holder_host(const struct tool *tool, struct ks_host *host,
    struct ks_error *error)
{
	return ks_host_init(host, tool->config == NULL ? NULL :
	    tool->config->host, KS_MACHINE_ID_FILE, error);
}

bool
holder_follows(const struct tool *tool)
{
	return tool->config != NULL && tool->config->follower;
}

static int
read_rotator(const struct tool *tool, bool adopts, struct ks_rotator *rotator,
    struct ks_error *error)
{
	struct ks_host host;
	int r;

	if ((r = holder_host(tool, &host, error)) != 0)
		return r;
	return adopts ? ks_rotator_adopt(tool->ks, &host, tool->wait_s,
	    rotator, error) : ks_rotator_read(tool->ks, &host, rotator,
	    error);
}

/* Print why this host must not change the keys. */
static void
print_refusal(const struct tool *tool, const char *command,
    const struct ks_rotator *rotator)
{
	const char *where = rotator->state == KS_ROTATOR_OTHER ?
	    rotator->name : "the host that rotates these keys";

	if (rotator->state == KS_ROTATOR_LOST)
		warnx("%s/rotator: lost, so which host rotates these keys is "
		    "not known, and nothing was changed: if it is this host, "
		    "and no other, run '%s take-over' first", tool->keydir,
		    tool->command);
	else if (holder_follows(tool))
		warnx("%s: this host is a follower (follower = yes in %s), so "
		    "nothing was changed: run %s on %s", tool->keydir,
		    tool->config->file, command, where);
	else
		warnx("%s: %s rotates these keys, so nothing was changed here: "
		    "run %s on %s, or, if that host no longer rotates them, "
		    "run '%s take-over' here first", tool->keydir,
		    rotator->name, command, where, tool->command);
}

/* In a fleet, any host changes the keys: whoever has the lease. */
static bool
is_in_fleet(const struct tool *tool)
{
	return tool->config != NULL && tool->config->fleet_database != NULL &&
	    !holder_follows(tool) && tool_keydir_is_configured(tool) &&
	    ks_is_in_fleet(tool->ks);
}

int
holder_check(const struct tool *tool, const char *command)
{
	struct ks_rotator rotator;
	struct ks_error error;

	if (is_in_fleet(tool))
		return TOOL_DONE;
	if (read_rotator(tool, !tool->dry_run && !holder_follows(tool),
	    &rotator, &error) != 0) {
		warnx("%s", error.text);
		return TOOL_FAILED;
	}
	if (!holder_follows(tool) && (rotator.state == KS_ROTATOR_NONE ||
	    rotator.state == KS_ROTATOR_SELF))
		return TOOL_DONE;
	print_refusal(tool, command, &rotator);
	return TOOL_NOT_YET;
}

int
holder_adopt(const struct tool *tool, int status)
{
	struct ks_rotator rotator;
	struct ks_error error;

	if (tool->dry_run || is_in_fleet(tool) ||
	    read_rotator(tool, true, &rotator, &error) == 0)
		return status;
	warnx("%s", error.text);
	return TOOL_FAILED;
}

bool
holder_trouble(const struct tool *tool, struct ks_error *text)
{
	struct ks_rotator rotator;

	if (is_in_fleet(tool))
		return false;
	if (read_rotator(tool, false, &rotator, text) != 0)
		return true;
	if (rotator.state == KS_ROTATOR_LOST)
		(void)snprintf(text->text, sizeof(text->text), "the file "
		    "rotator in the key directory is lost, so which host "
		    "rotates the keys is not known, and nothing is changed: if "
		    "it is this host, and no other, run '%s take-over'",
		    tool->command);
	else if (rotator.state == KS_ROTATOR_SELF && holder_follows(tool))
		(void)snprintf(text->text, sizeof(text->text), "no host "
		    "rotates these keys: it was this one, but the "
		    "configuration says follower = yes: take that out, or run "
		    "'countersign-key take-over' on another host");
	else if (rotator.state == KS_ROTATOR_OTHER && !holder_follows(tool))
		(void)snprintf(text->text, sizeof(text->text), "%s rotates "
		    "these keys, and this host has a copy that it does not "
		    "change: set follower = yes if that is intended, or, if %s "
		    "no longer rotates them, run '%s take-over'",
		    rotator.name, rotator.name, tool->command);
	else
		return false;
	return true;
}
