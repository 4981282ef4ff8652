/* SPDX-License-Identifier: ISC */

/*
 * "compromise" while countersign-fleet does not run, because it cannot open the
 * keys of the host, or was stopped: see compromise_here.h.
 *
 * A mark needs no key and no signature: it is a line in .fleet/pending, which
 * the daemon reads when it starts, and turns into a row that the host signs.
 * Only one process has that file, so it is written in the place of the daemon,
 * which must not start meanwhile; that takes no longer than the disk.  The
 * state is changed by the rule of the mirror (kept/pending.h), so all hosts
 * come to the same one later.
 *
 * The marks are on disk before anything is changed: if the command is killed,
 * the daemon completes it, or the same command.
 */

#include "command/compromise_here.h"

#include <err.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command/fleet_watch.h"
#include "kept/pending.h"
#include "store/fleet_file.h"
#include "store/state.h"

/* Add keys to those in the file; those that are there stay as they are. */
static int
keep(struct keystore *ks, const struct fleet_pending *more,
    struct ks_error *error)
{
	struct fleet_pending pending;
	const struct fleet_pending_key *key;
	size_t i;
	int fd, r;

	if ((r = ks_fleet_claim(ks, &fd, error)) != 0)
		return r;
	r = fleet_pending_read(ks, &pending, error);
	for (i = 0; i < more->n && r == 0; i++) {
		key = &more->list[i];
		if ((r = fleet_pending_add(&pending, key->domain,
		    key->selector, key->at, key->is_mark)) != 0)
			(void)strlcpy(error->text, "too many marks, or out of "
			    "memory", sizeof(error->text));
	}
	if (r == 0)
		r = fleet_pending_write(ks, &pending, error);
	fleet_pending_finish(&pending);
	(void)close(fd);
	return r;
}

int
compromise_mark_here(const struct command_work *command,
    const size_t *chosen, size_t n)
{
	const struct ks_state *state = &command->work.view.state;
	struct fleet_pending marks;
	struct ks_error error;
	size_t i;
	int r = 0;

	memset(&marks, 0, sizeof(marks));
	fleet_watch_reserve(command->tool, NULL, &marks,
	    &command->work.view);
	for (i = 0; i < n && r == 0; i++)
		if ((r = fleet_pending_add(&marks, state->domain,
		    state->keys[chosen[i]].selector, command->tool->clock(),
		    true)) != 0)
			(void)strlcpy(error.text, "out of memory",
			    sizeof(error.text));
	if (r == 0)
		r = keep(command->tool->ks, &marks, &error);
	fleet_pending_finish(&marks);
	if (r != 0) {
		warnx("fleet: %s: nothing was marked", error.text);
		return TOOL_FAILED;
	}
	for (i = 0; i < n && !command->tool->json; i++)
		(void)printf("%s: marked as compromised on this host: the "
		    "other hosts hear of it when countersign-fleet runs here "
		    "again, or if this command is run on one of them\n",
		    state->keys[chosen[i]].selector);
	return TOOL_DONE;
}

/* Log what the state does not say yet; *nnew is how many keys that are. */
static int
log_new(struct key_change *change, const struct fleet_pending *pending,
    size_t *nnew, struct ks_error *error)
{
	const struct fleet_pending_key *one;
	const struct ks_key *key;
	size_t i;
	int r = 0;

	*nnew = 0;
	for (i = 0; i < pending->n && r == 0; i++) {
		one = &pending->list[i];
		if (strcmp(one->domain, change->state->domain) != 0)
			continue;
		key = ks_state_find(change->state, one->selector);
		if (key == NULL || key->removed != KS_NEVER ||
		    key->compromised)
			continue;
		(*nnew)++;
		r = key_change_log(change, key, "compromise", error, "%s",
		    one->is_mark ? "somebody else may have it" :
		    "DNS shows that it is revoked");
	}
	return r;
}

int
compromise_take_here(struct command_work *command)
{
	struct key_change change = domain_work_change(&command->work);
	struct fleet_pending pending;
	struct ks_error error;
	size_t nnew;
	int r;

	if ((r = fleet_pending_read(command->tool->ks, &pending,
	    &error)) == 0 &&
	    (r = log_new(&change, &pending, &nnew, &error)) == 0 &&
	    nnew > 0) {
		fleet_pending_apply(&pending, change.state);
		r = key_change_write(&change, &error);
	}
	fleet_pending_finish(&pending);
	if (r == 0)
		return TOOL_DONE;
	warnx("%s", error.text);
	return TOOL_FAILED;
}
