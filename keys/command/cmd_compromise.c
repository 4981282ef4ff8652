/* SPDX-License-Identifier: ISC */

/*
 * countersign-key compromise: somebody else may have a key.  In an order that
 * loses no mail, the key in reserve starts signing, the compromised key stops,
 * its record is revoked, and a new key is generated for the reserve.
 *
 * Without a key in reserve, the compromised key keeps signing: to defer mail
 * for hours, or to send it unsigned, would do more harm.  Rotation then changes
 * to the new key as soon as that is verified.
 *
 * Without selectors, the keys of all streams that sign are chosen, or with
 * --stream those of one; each stream is looked at by itself.
 *
 * In a fleet, this is done under the lease; if another host has that, the
 * database is away, or something cannot be written there or noted, the keys are
 * only marked and revoked (compromise_alone.h).
 *
 * People who are not sure that the command worked run it again.  It must not
 * then replace the new keys, which are good: no key is left to take over from
 * them.
 */

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "command/command_work.h"
#include "command/compromise_account.h"
#include "command/compromise_alone.h"
#include "command/lease.h"
#include "command/spread.h"
#include "life/key_phase.h"
#include "rotate/hosts.h"
#include "talk/client.h"

#define LOCK_WAIT	120	/* seconds for the lock, unless -w is given */
#define LEASED_WAIT	10	/* the same, as long as there is another way */
#define JUST_NOW	(24 * 3600)	/* seconds, see has_taken_over() */

/* Whether a key of the stream is compromised and not revoked yet. */
static bool
is_under_way(const struct ks_state *state, const char *stream, int64_t now)
{
	size_t i;

	for (i = 0; i < state->nkeys; i++)
		if (state->keys[i].compromised &&
		    ks_key_is_of(&state->keys[i], stream) &&
		    key_phase(&state->keys[i], now) < KEY_REVOKED)
			return true;
	return false;
}

/*
 * Choose keys of a stream: with --all, all that are not revoked; otherwise
 * those that sign now.  If an earlier run was interrupted, choose those that it
 * had marked instead, and not the keys that took over.
 */
static size_t
choose_stream(const struct command_work *command, const char *stream,
    size_t *chosen)
{
	const struct ks_state *state = &command->work.view.state;
	const int64_t now = command->tool->now;
	const bool resumes = is_under_way(state, stream, now);
	enum key_phase phase;
	size_t i, n;

	for (i = n = 0; i < state->nkeys; i++) {
		if (!ks_key_is_of(&state->keys[i], stream))
			continue;
		phase = key_phase(&state->keys[i], now);
		if (phase < KEY_REVOKED && (command->tool->all || (resumes ?
		    state->keys[i].compromised : phase == KEY_ACTIVE)))
			chosen[n++] = i;
	}
	return n;
}

/* Whether the key only just started signing in place of a compromised one. */
static bool
has_taken_over(const struct ks_key *key, int64_t now)
{
	return key->took_over_from[0] != '\0' &&
	    now - key->active_from < JUST_NOW;
}

/*
 * Whether nothing is to be done in a stream, because all its keys that sign
 * have only just taken over.
 */
static bool
is_done(const struct command_work *command, const char *stream,
    const size_t *chosen, size_t n)
{
	const struct ks_state *state = &command->work.view.state;
	size_t i;

	if (n == 0 || command->tool->all ||
	    is_under_way(state, stream, command->tool->now))
		return false;
	for (i = 0; i < n; i++)
		if (!has_taken_over(&state->keys[chosen[i]],
		    command->tool->now))
			return false;
	return true;
}

/*
 * Choose keys if no selector was given.  For streams in which nothing is to be
 * done, that is printed, and counted in *ndone.
 */
static size_t
choose_all(const struct command_work *command, size_t *chosen, size_t *ndone)
{
	/* All that have keys: those of the configuration may have none. */
	static const struct lifecycle_policy none = { .nstreams = 0 };
	const struct ks_state *state = &command->work.view.state;
	const char *stream = NULL, *wanted = command->tool->stream;
	size_t n = 0, nmore;

	*ndone = 0;
	do {
		if (wanted != NULL && strcmp(stream == NULL ? "" : stream,
		    wanted) != 0)
			continue;
		nmore = choose_stream(command, stream, chosen + n);
		if (is_done(command, stream, chosen + n, nmore)) {
			compromise_print_done(command, chosen + n, nmore);
			*ndone += nmore;
		} else
			n += nmore;
	} while (lifecycle_next_stream(state, &none, &stream));
	return n;
}

static int
mark(struct command_work *command, const size_t *chosen, size_t n,
    struct ks_error *error)
{
	struct key_change change = domain_work_change(&command->work);
	struct ks_key *key;
	size_t i;
	int r;

	for (i = 0; i < n; i++) {
		key = &command->work.view.state.keys[chosen[i]];
		if (!key->compromised &&
		    (r = key_change_compromise(&change, key, error)) != 0)
			return r;
	}
	return key_change_write(&change, error);
}

/* What is known of the records of all keys. */
static void
set_views(struct domain_work *work, enum lifecycle_view view, bool is_shown)
{
	size_t i;

	for (i = 0; i < work->view.state.nkeys; i++) {
		work->view.facts[i].view = view;
		work->view.facts[i].is_shown = is_shown;
	}
}

/*
 * Let keys in reserve take over before DNS is queried, which may take long:
 * they were verified in advance for this purpose.
 */
static int
switch_over(struct domain_work *work, struct ks_error *error)
{
	struct lifecycle_action action;
	int r;

	set_views(work, LIFECYCLE_UNKNOWN, true);
	for (;;) {
		lifecycle_next(&work->view.state, work->view.facts,
		    &work->view.policy, domain_work_now(work), &action);
		if (action.step != LIFECYCLE_ACTIVATE &&
		    action.step != LIFECYCLE_RETIRE)
			break;
		if ((r = domain_work_step(work, &action, error)) != 0)
			return r;
	}
	set_views(work, LIFECYCLE_UNASKED, false);
	return 0;
}

/* Push the keys to other hosts, and learn which of them have taken them. */
static void
spread(void *context)
{
	struct command_work *command = context;
	struct rotation_run *run = &command->run;
	struct ks_error error;

	if (!spread_is_wanted(command->tool) || command->tool->dry_run)
		return;
	(void)spread_all(command->tool);
	ks_hosts_finish(&run->hosts);
	if (ks_hosts_read(run->ks, &run->hosts, &error) != 0)
		warnx("%s", error.text);
	domain_view_hosts(&command->work.view);
}

/*
 * At the end: push what was done after the change, and name the hosts that
 * still sign with a key.  Returns status, or TOOL_FAILED if there are any.
 */
static int
spread_again(struct command_work *command, const size_t *chosen, size_t n,
    int status)
{
	const struct ks_state *state = &command->work.view.state;
	size_t i;

	spread(command);
	for (i = 0; i < n; i++)
		if (!spread_check_ended(command->tool, state->domain,
		    &state->keys[chosen[i]]))
			status = TOOL_FAILED;
	if (!command->run.is_fleet || command->tool->dry_run)
		return status;
	/* Hosts of a fleet take it themselves, in seconds. */
	domain_view_hosts(&command->work.view);
	for (i = 0; i < n; i++)
		if (!compromise_name_hosts(command, chosen[i]) &&
		    status == TOOL_DONE)
			status = TOOL_NOT_YET;
	return status;
}

static int
compromise(struct command_work *command, size_t *chosen, size_t n)
{
	struct domain_work *work = &command->work;
	struct ks_error error;
	int r;

	if ((r = mark(command, chosen, n, &error)) == 0 &&
	    (r = switch_over(work, &error)) == 0) {
		/* Other hosts change before the record is revoked. */
		command->run.spread = spread;
		command->run.spread_context = command;
		r = domain_work_run(work, &error);
	}
	if (r != 0)
		warnx("%s", error.text);
	command->is_hindered = r != 0 || lease_was_refused(command->tool);
	return r == 0 ? TOOL_DONE : TOOL_FAILED;
}

/*
 * Find the chosen keys in the state again, by selector.  In CNAME mode, their
 * indexes change when a slot is used again, because that deletes the line of a
 * key that was removed long ago.  Returns how many of them are left.
 */
static size_t
find_again(const struct ks_state *state, const struct ks_key *keys,
    size_t *chosen, size_t n)
{
	const struct ks_key *found;
	size_t i, nleft;

	for (i = nleft = 0; i < n; i++) {
		found = ks_state_find(state, keys[i].selector);
		if (found != NULL && found->generated == keys[i].generated)
			chosen[nleft++] = (size_t)(found - state->keys);
	}
	return nleft;
}

/* Whether none of the keys signs any more, and none is left unrevoked. */
static bool
are_withdrawn(const struct command_work *command, const size_t *chosen,
    size_t n)
{
	const int64_t now = domain_work_now(&command->work);
	const struct ks_key *key;
	size_t i;

	for (i = 0; i < n; i++) {
		key = &command->work.view.state.keys[chosen[i]];
		if (ks_key_is_active(key, now) ||
		    key_phase(key, now) < KEY_REVOKED)
			return false;
	}
	return true;
}

static void
free_names(char **names)
{
	size_t i;

	for (i = 0; names != NULL && names[i] != NULL; i++)
		free(names[i]);
	free(names);
}

/* The names of chosen keys: later, others may sign.  NULL: no memory. */
static char **
name_all(const struct ks_key *keys, size_t n)
{
	char **names = calloc(n + 1, sizeof(*names));
	size_t i;

	for (i = 0; i < n && names != NULL; i++)
		if ((names[i] = strdup(keys[i].selector)) == NULL) {
			free_names(names);
			return NULL;
		}
	return names;
}

/* Do it, under the lease if this host is in a fleet, and tell what was done. */
static int
run_chosen(struct command_work *command, struct ks_key *keys, size_t *chosen,
    size_t n)
{
	const struct ks_state *state = &command->work.view.state;
	const struct tool *tool = command->tool;
	size_t i, nchosen = n;
	int status;

	for (i = 0; i < n; i++)
		keys[i] = state->keys[chosen[i]];
	status = compromise(command, chosen, n);
	n = find_again(state, keys, chosen, n);
	command->is_done = are_withdrawn(command, chosen, n);
	command->is_hindered &= !command->is_done && tool->lease != NULL;
	/* What follows tells it then. */
	if (command->is_hindered) {
		command->left = name_all(keys, nchosen);
		return TOOL_FAILED;
	}
	/* If the state was not written, it is false. */
	if (status == TOOL_DONE && !tool->json && !tool->dry_run)
		compromise_print_account(command, chosen, n);
	return spread_again(command, chosen, n, status);
}

static int
run(struct command_work *command, int nselectors, char **selectors)
{
	const struct ks_state *state = &command->work.view.state;
	struct ks_key *keys;
	size_t *chosen, n, ndone = 0;
	int status;

	chosen = calloc(state->nkeys + (size_t)nselectors + 1,
	    sizeof(*chosen));
	keys = calloc(state->nkeys + (size_t)nselectors + 1, sizeof(*keys));
	status = TOOL_FAILED;
	n = (size_t)nselectors;
	command->names_keys = nselectors > 0;
	if (chosen == NULL || keys == NULL)
		warn(NULL);
	else if (command_work_choose(command, nselectors, selectors,
	    chosen)) {
		if (nselectors == 0)
			n = choose_all(command, chosen, &ndone);
		if (n == 0 && ndone > 0)
			status = TOOL_NOT_YET;
		else if (n == 0)
			status = compromise_print_none(command);
		else if (command->is_alone)
			status = compromise_mark(command, chosen, n);
		else
			status = run_chosen(command, keys, chosen, n);
	}
	free(keys);
	free(chosen);
	return status;
}

/*
 * Keys are marked while the domain is not locked, as the mirror locks it.  What
 * could be marked is revoked, also if another key could not.
 */
static int
compromise_alone(struct tool *tool, const char *domain, int nselectors,
    char **selectors)
{
	struct lease *lease = tool->lease;
	struct command_work command;
	int status, revoked;
	bool follows;

	tool->lease = NULL;
	tool->dry_run = tool->skips_hosts = true;
	status = command_work_open(&command, tool, domain, false);
	command.is_alone = true;
	if (status == TOOL_DONE)
		status = run(&command, nselectors, selectors);
	follows = status == TOOL_DONE || command.nmarked > 0;
	/* Then the report is that of what follows. */
	if (follows)
		command.report.domain[0] = '\0';
	status = command_work_close(&command, status);
	tool->dry_run = tool->skips_hosts = false;
	if (follows) {
		revoked = compromise_revoke(tool, domain);
		if (status == TOOL_DONE || revoked == TOOL_FAILED)
			status = revoked;
	}
	tool->lease = lease;
	return status;
}

/* What the lease did not let be done; nobody else has it meanwhile. */
static int
complete(struct tool *tool, int argc, char **argv, char **left)
{
	int nleft, status;

	warnx("%s: this cannot be done under the lease of the fleet, so the "
	    "keys are marked and revoked without it", argv[0]);
	for (nleft = 0; left != NULL && left[nleft] != NULL; nleft++)
		continue;
	status = left == NULL ? compromise_alone(tool, argv[0], argc - 1,
	    argv + 1) : compromise_alone(tool, argv[0], nleft, left);
	free_names(left);
	return status;
}

/*
 * Under the lease, or if this host is in no fleet.  In a fleet, something that
 * cannot be written hinders it: of the keys, in the database, or of a domain
 * that is locked.
 */
static int
compromise_leased(struct tool *tool, int argc, char **argv)
{
	const unsigned int wait_s = tool->wait_s;
	struct command_work command;
	bool is_hindered;
	int status;

	if (tool->lease != NULL && !tool->has_wait)
		tool->wait_s = LEASED_WAIT;
	status = command_work_open(&command, tool, argv[0], false);
	if (status == TOOL_DONE)
		status = run(&command, argc - 1, argv + 1);
	tool->wait_s = wait_s;
	is_hindered = command.is_hindered && tool->lease != NULL &&
	    !tool->dry_run;
	/* JSON is one report. */
	if (is_hindered && tool->json)
		command.report.domain[0] = '\0';
	status = command_work_close(&command, status);
	if (is_hindered)
		return complete(tool, argc, argv, command.left);
	free_names(command.left);
	return status;
}

int
cmd_compromise(struct tool *tool, int argc, char **argv)
{
	if (tool->stream != NULL && argc > 1) {
		warnx("compromise: give selectors or --stream, not both");
		return TOOL_USAGE;
	}
	if (!tool->has_wait)
		tool->wait_s = LOCK_WAIT;
	tool->answer_s = TALK_URGENT_S;
	return tool->dry_run || lease_try(tool) ?
	    compromise_leased(tool, argc, argv) :
	    compromise_alone(tool, argv[0], argc - 1, argv + 1);
}
