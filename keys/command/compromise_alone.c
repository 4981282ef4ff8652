/* SPDX-License-Identifier: ISC */

/*
 * "compromise" without the lease of the fleet: see compromise_alone.h.
 *
 * Another host rotates, or the database is away; a compromised key waits for
 * neither.  The mark is all that is decided here: by countersign-fleet, or if
 * that does not run, by fleet_here.c.  DNS is changed as well,
 * since to revoke a record is right at any time once nobody is to sign with
 * it; the next holder of the lease finds it revoked, writes that, and does the
 * rest.
 */

#include "command/compromise_alone.h"

#include <err.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "command/fleet_here.h"
#include "command/fleet_watch.h"
#include "config/config.h"
#include "life/key_phase.h"
#include "rotate/hosts.h"
#include "talk/client.h"

/* What the daemon answered about one key. */
struct mark {
	const char	*selector;
	bool		 is_quiet;	/* --json */
	bool		 is_here;	/* no other host hears of it yet */
};

static void
print_marked(void *context, const struct talk_message *answer)
{
	struct mark *mark = context;

	if (answer->kind != TALK_MARKED)
		return;
	mark->is_here |= !answer->is_taken;
	if (!mark->is_quiet)
		(void)printf("%s: marked as compromised: %s\n",
		    mark->selector, answer->text);
}

/* Called for each answer to "status". */
static void
take_status(void *context, const struct talk_message *answer)
{
	bool *is_away = context;

	if (answer->kind == TALK_DATABASE)
		*is_away = strcmp(answer->state, "used") != 0;
}

/* While the database is away, rows may not say that the reserve was revoked. */
static void
check_reserve(const struct command_work *command, struct talk *talk)
{
	const struct talk_message status = { .kind = TALK_STATUS };
	struct ks_error error;
	bool is_away = true;

	if (talk_ask(talk, &status, take_status, &is_away, &error) == 0 &&
	    is_away)
		fleet_watch_reserve(command->tool, talk, NULL,
		    &command->work.view);
}

/* The same without countersign-fleet, which does not run. */
static int
mark_here(struct command_work *command, const size_t *chosen, size_t n)
{
	const struct ks_state *state = &command->work.view.state;
	struct fleet_pending marks;
	struct ks_error error;
	size_t i;
	int r = 0;

	if (fleet_here_is_expelled(command->tool)) {
		warnx("%s: " FLEET_PENDING_EXPELLED, state->domain);
		return TOOL_FAILED;
	}
	memset(&marks, 0, sizeof(marks));
	fleet_watch_reserve(command->tool, NULL, &marks,
	    &command->work.view);
	for (i = 0; i < n && r == 0; i++)
		r = fleet_pending_add(&marks, state->domain,
		    state->keys[chosen[i]].selector, command->tool->clock(),
		    true, &error);
	if (r == 0)
		r = fleet_here_keep(command->tool->ks, &marks, NULL, &error);
	fleet_pending_finish(&marks);
	if (r != 0) {
		warnx("fleet: %s: nothing was marked", error.text);
		return TOOL_FAILED;
	}
	command->nmarked = n;
	for (i = 0; i < n && !command->tool->json; i++)
		(void)printf("%s: marked as compromised on this host: the "
		    "other hosts hear of it when countersign-fleet runs here "
		    "again, or if this command is run on one of them\n",
		    state->keys[chosen[i]].selector);
	return TOOL_NOT_YET;
}

int
compromise_mark(struct command_work *command, const size_t *chosen, size_t n)
{
	const struct ks_state *state = &command->work.view.state;
	const int64_t now = domain_work_now(&command->work);
	struct talk_message request = { .kind = TALK_MARK }, ready;
	struct mark mark = { .is_quiet = command->tool->json };
	const struct ks_key *key;
	struct ks_error error;
	struct talk *talk;
	int r, status = TOOL_DONE;
	size_t i;

	r = talk_open(&talk, command->tool->keydir, command->tool->answer_s,
	    &ready, &error);
	if (r == KS_E_NOKEY)
		return mark_here(command, chosen, n);
	if (r != 0) {
		warnx("fleet: %s: nothing was marked: " FLEET_HERE_STOP
		    " and run this command again, which then marks the keys "
		    "without it", error.text);
		return TOOL_FAILED;
	}
	check_reserve(command, talk);
	(void)strlcpy(request.domain, state->domain, sizeof(request.domain));
	/* Those in reserve first, so that none takes over from another one. */
	for (i = 0; i < 2 * n; i++) {
		key = &state->keys[chosen[i % n]];
		if (ks_key_is_active(key, now) != (i >= n))
			continue;
		/* The next answer may be the one that is missing. */
		if (r != 0 && r != KS_E_EXISTS) {
			warnx("%s of %s: not marked: run this command again",
			    key->selector, state->domain);
			continue;
		}
		mark.selector = key->selector;
		(void)strlcpy(request.selector, mark.selector,
		    sizeof(request.selector));
		r = talk_ask(talk, &request, print_marked, &mark, &error);
		/* Without an answer, it may be marked. */
		if (r != KS_E_EXISTS)
			command->nmarked++;
		if (r == 0)
			continue;
		warnx("%s of %s: %s", mark.selector, state->domain,
		    error.text);
		status = TOOL_FAILED;
	}
	talk_close(talk);
	return status == TOOL_DONE && mark.is_here ? TOOL_NOT_YET : status;
}

bool
compromise_name_hosts(const struct command_work *command, size_t i)
{
	const struct domain_view *view = &command->work.view;
	char hosts[DOMAIN_HOST_SIZE];

	domain_view_host_names(view, i, true, hosts);
	if (hosts[0] == '\0')
		return true;
	warnx("%s: these hosts have not confirmed that they stopped, and may "
	    "STILL SIGN with the exposed key %s: %.800s: see '%s list %s "
	    "--fleet'", view->state.domain, view->state.keys[i].selector,
	    hosts, command->tool->command, view->state.domain);
	return false;
}

/*
 * A key in reserve must not sign any more either, and has a record.  One that
 * ended because of what DNS showed nobody has marked: it may be used again.
 */
static bool
is_to_revoke(const struct command_work *command,
    const struct fleet_pending *pending, const struct ks_key *key)
{
	const enum key_phase phase = key_phase(key,
	    domain_work_now(&command->work));
	size_t i;

	if (fleet_pending_find(pending, command->work.view.state.domain,
	    key->selector, &i) && !pending->list[i].is_mark)
		return false;
	return key->compromised && (phase == KEY_RETIRED ||
	    (phase >= KEY_PUBLISHED && phase <= KEY_STANDBY));
}

/* Signers of this host notice an end within a few seconds. */
static void
await_signers(const struct command_work *command,
    const struct fleet_pending *pending)
{
	const struct ks_state *state = &command->work.view.state;
	const int64_t now = domain_work_now(&command->work);
	int64_t left, pause = 0;
	size_t i;

	for (i = 0; i < state->nkeys; i++) {
		left = state->keys[i].retire_at + KS_RECHECK + 1 - now;
		if (is_to_revoke(command, pending, &state->keys[i]) &&
		    state->keys[i].retire_at != KS_NEVER && left > pause)
			pause = left;
	}
	if (pause > 0)
		sleep_ms(pause * 1000);
}

/* Whether the key goes on, for want of another; its record stays, too. */
static bool
still_signs(const struct command_work *command, const struct ks_key *key)
{
	const char *domain = command->work.view.state.domain;

	if (!key->compromised ||
	    !ks_key_is_active(key, domain_work_now(&command->work)))
		return false;
	warnx("%s: the exposed key %s STILL SIGNS: there is no verified key in "
	    "reserve: run '%s rotate %s', which changes to a new one as soon "
	    "as its record is on every server", domain, key->selector,
	    command->tool->command, domain);
	return true;
}

static int
revoke_all(struct command_work *command, const struct fleet_pending *pending)
{
	const struct domain_view *view = &command->work.view;
	const struct ks_key *key;
	int status = TOOL_DONE;
	size_t i;

	await_signers(command, pending);
	for (i = 0; i < view->state.nkeys; i++) {
		key = &view->state.keys[i];
		if (still_signs(command, key))
			status = TOOL_NOT_YET;
		if (!is_to_revoke(command, pending, key))
			continue;
		if (view->policy.by_hand)
			warnx("%s: %s: revoke its record by hand: see '%s "
			    "todo'", view->state.domain, key->selector,
			    command->tool->command);
		else if (command_work_step(command, LIFECYCLE_REVOKE, i, 0,
		    "it is compromised") == -1)
			return TOOL_FAILED;
		if (!compromise_name_hosts(command, i))
			status = TOOL_NOT_YET;
	}
	return status;
}

/* Change the state as the marks say, if countersign-fleet has not done it. */
static int
take_here(struct command_work *command, struct fleet_pending_file *pending)
{
	struct key_change change = domain_work_change(&command->work);
	struct ks_error error;

	if (fleet_here_take(&change, pending, &error) == 0)
		return TOOL_DONE;
	warnx("%s", error.text);
	return TOOL_FAILED;
}

int
compromise_revoke(struct tool *tool, const char *operand)
{
	struct fleet_pending_file pending = { .was_read = false };
	struct command_work command;
	int status;

	fleet_here_begin(tool);
	status = command_work_open(&command, tool, operand, false);
	if (status == TOOL_DONE)
		status = take_here(&command, &pending);
	if (status == TOOL_DONE)
		status = revoke_all(&command, &pending.pending);
	fleet_pending_close(&pending);
	return command_work_close(&command, status);
}
