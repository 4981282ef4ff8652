/* SPDX-License-Identifier: ISC */

/*
 * countersign-key revoke and remove: change the record of an old key to have an
 * empty p=, and remove it.  Without --force, each is refused until the time at
 * which it does no harm, and while a host of sync_hosts may sign with the key:
 * keys are pushed first.  A key that signs is always refused.
 */

#include <err.h>
#include <stdio.h>

#include "base/rfc3339.h"
#include "command/command_work.h"
#include "command/records_due.h"
#include "command/spread.h"
#include "life/key_phase.h"
#include "rotate/hosts.h"

/*
 * Whether --force is enough.  If the file of a key is lost, somebody may have
 * stolen it, who could use the record for as long as it is there.
 */
static bool
may_force(const struct command_work *command, size_t i,
    enum lifecycle_step step)
{
	const struct lifecycle_fact *fact = &command->work.view.facts[i];

	if (!command->tool->force)
		return false;
	return step != LIFECYCLE_REMOVE || fact->has_file ||
	    (lifecycle_record_view(fact) == LIFECYCLE_UNKNOWN &&
	    !fact->is_shown);
}

/*
 * Report what somebody must do by hand, or, if DNS shows that it was done,
 * record the step.
 */
static int
by_hand(struct command_work *command, size_t i, enum lifecycle_step step)
{
	struct domain_work *work = &command->work;
	const struct ks_key *key = &work->view.state.keys[i];
	struct ks_error error;
	enum lifecycle_view shown;
	struct record record;
	bool is_done;

	domain_work_look(work, i);
	shown = lifecycle_record_view(&work->view.facts[i]);
	is_done = shown == LIFECYCLE_ABSENT ||
	    (step == LIFECYCLE_REVOKE && shown == LIFECYCLE_REVOKED);
	if (is_done || may_force(command, i, step))
		return command_work_step(command, step, i, 0, is_done ?
		    domain_view_record_evidence(&work->view, i) :
		    "marked by hand (forced)") == 0 ? TOOL_DONE :
		    TOOL_FAILED;
	if (record_load(work->view.run->ks, work->view.state.domain, key,
	    true, &record, &error) != 0) {
		warnx("%s", error.text);
		return TOOL_FAILED;
	}
	domain_report_add(&command->report, REPORT_TODO, key->selector,
	    step, KS_NEVER, "%s at %s, then run this "
	    "command again: %s", step == LIFECYCLE_REVOKE ?
	    "publish the record with an empty p=" : "remove the record",
	    record.name, domain_view_record_evidence(&work->view, i));
	if (step == LIFECYCLE_REVOKE && !records_due_print(command, &i, 1,
	    true, "Change in DNS:"))
		return TOOL_FAILED;
	return TOOL_NOT_YET;
}

/* Check that it is time for the step; if not, reports until when to wait. */
static bool
check_time(struct command_work *command, size_t i, int64_t when,
    enum lifecycle_step step)
{
	const struct ks_key *key = &command->work.view.state.keys[i];
	char until[RFC3339_SIZE];

	if (command->tool->force || when <= command->tool->now)
		return true;
	(void)rfc3339_print(when, until);
	/* By hand, --force only records the step: DNS is not changed. */
	domain_report_add(&command->report, REPORT_TODO, key->selector,
	    step, when, "%s until then: wait, or %s",
	    key->revoked != KS_NEVER ?
	    "its record must show that it is revoked" :
	    "mail that it signed may still be in transit",
	    command->work.view.policy.by_hand ? "if you have already "
	    "changed the record, use --force to say so" :
	    "do it at once with --force");
	return false;
}

/* Check that no other host may still sign with it; if one may, reports that. */
static bool
check_hosts(struct command_work *command, size_t i, enum lifecycle_step step)
{
	const struct domain_view *view = &command->work.view;
	const struct ks_key *key = &view->state.keys[i];
	char hosts[DOMAIN_HOST_SIZE];

	if (command->tool->force || key->revoked != KS_NEVER ||
	    !lifecycle_is_held(key, &view->facts[i]))
		return true;
	domain_view_host_names(view, i, true, hosts);
	domain_report_trouble(&command->report, REPORT_TODO, key->selector,
	    TROUBLE_HOST, "its record must stay, as a host of %s may "
	    "still sign with it: %.600s: %s '%s %s', or stop its "
	    "milter and use '%s %s %s %s --force'",
	    domain_view_host_kind(view), hosts,
	    command->run.is_fleet ? "see" : "tell it with",
	    command->tool->command,
	    command->run.is_fleet ? "list --fleet" : "sync",
	    command->tool->command,
	    lifecycle_step_name(step), view->state.domain, key->selector);
	return false;
}

static int
revoke_key(struct command_work *command, size_t i)
{
	struct domain_work *work = &command->work;
	const struct ks_key *key = &work->view.state.keys[i];

	if (key_phase(key, command->tool->now) >= KEY_REVOKED) {
		domain_report_add(&command->report, REPORT_STEP,
		    key->selector, LIFECYCLE_REVOKE, KS_NEVER, "already done");
		return TOOL_DONE;
	}
	if (!check_hosts(command, i, LIFECYCLE_REVOKE) ||
	    !check_time(command, i, key->retire_at == KS_NEVER ? KS_NEVER :
	    lifecycle_revoke_time(key, &work->view.facts[i],
	    &work->view.policy),
	    LIFECYCLE_REVOKE))
		return TOOL_NOT_YET;
	if (work->view.policy.by_hand)
		return by_hand(command, i, LIFECYCLE_REVOKE);
	return command_work_step(command, LIFECYCLE_REVOKE, i, 0,
	    command->tool->force ? "requested (forced)" : "requested") == 0 ?
	    TOOL_DONE : TOOL_FAILED;
}

/* When the record may be removed: KS_NEVER means at once. */
static int64_t
removal_time(const struct domain_work *work, size_t i)
{
	const struct ks_key *key = &work->view.state.keys[i];

	if (key->revoked != KS_NEVER)
		return key->revoked + work->view.policy.revoke_for;
	if (key->active_from == KS_NEVER)
		return KS_NEVER;
	return lifecycle_revoke_time(key, &work->view.facts[i],
	    &work->view.policy) + work->view.policy.revoke_for;
}

/* Without the key, nobody can tell which record was its own: only record it. */
static int
record_removal(struct command_work *command, size_t i)
{
	static const char text[] = "marked as removed (forced): its private "
	    "key is lost, so its record was not checked: make sure that it is "
	    "gone";
	struct domain_work *work = &command->work;
	struct key_change change = domain_work_change(work);
	struct ks_key *key = &work->view.state.keys[i];
	struct ks_error error;

	key->removed = change.now;
	if (key_change_log(&change, key, "remove", &error, "%s", text) != 0 ||
	    key_change_write(&change, &error) != 0) {
		warnx("%s", error.text);
		return TOOL_FAILED;
	}
	domain_report_add(&command->report, work->view.run->dry_run ?
	    REPORT_DUE : REPORT_STEP, key->selector, LIFECYCLE_REMOVE,
	    KS_NEVER, "%s", text);
	return TOOL_DONE;
}

static int
remove_key(struct command_work *command, size_t i)
{
	struct domain_work *work = &command->work;
	const struct ks_key *key = &work->view.state.keys[i];

	if (key_phase(key, command->tool->now) == KEY_REMOVED) {
		domain_report_add(&command->report, REPORT_STEP,
		    key->selector, LIFECYCLE_REMOVE, KS_NEVER, "already done");
		return TOOL_DONE;
	}
	if (!check_hosts(command, i, LIFECYCLE_REMOVE) ||
	    !check_time(command, i, removal_time(work, i), LIFECYCLE_REMOVE))
		return TOOL_NOT_YET;
	if (command->tool->force && !work->view.facts[i].has_file &&
	    key->public == NULL)
		return record_removal(command, i);
	if (work->view.policy.by_hand)
		return by_hand(command, i, LIFECYCLE_REMOVE);
	return command_work_step(command, LIFECYCLE_REMOVE, i, 0,
	    command->tool->force ? "requested (forced)" : "requested") == 0 ?
	    TOOL_DONE : TOOL_FAILED;
}

/* Check that the key neither signs nor will; if it does, prints an error. */
static bool
check_idle(struct command_work *command, size_t i)
{
	const struct ks_key *key = &command->work.view.state.keys[i];
	const enum key_phase phase = key_phase(key, command->tool->now);

	if (phase != KEY_SCHEDULED && phase != KEY_ACTIVE)
		return true;
	warnx("%s: key %s signs, or is scheduled to: retire it first with '%s "
	    "retire %s %s', or, if somebody else may have it, run '%s "
	    "compromise %s %s'", command->work.view.state.domain, key->selector,
	    command->tool->command, command->work.view.state.domain,
	    key->selector, command->tool->command,
	    command->work.view.state.domain, key->selector);
	return false;
}

static int
withdraw(struct tool *tool, char **argv,
    int (*how)(struct command_work *, size_t))
{
	struct command_work command;
	size_t i;
	int status;

	/* What hosts know by now decides whether it does harm. */
	(void)spread_all(tool);
	status = command_work_open(&command, tool, argv[0], false);
	if (status == TOOL_DONE) {
		if (!command_work_choose(&command, 1, &argv[1], &i) ||
		    !check_idle(&command, i))
			status = TOOL_FAILED;
		else
			status = how(&command, i);
	}
	return command_work_close(&command, status);
}

int
cmd_revoke(struct tool *tool, int argc, char **argv)
{
	(void)argc;
	return withdraw(tool, argv, revoke_key);
}

int
cmd_remove(struct tool *tool, int argc, char **argv)
{
	if (argc == 2)
		return withdraw(tool, argv, remove_key);
	warnx("remove: give the selector of a key, as 'list' prints it; to "
	    "remove the whole domain, run '%s domain remove %s'",
	    tool->command, argv[0]);
	return TOOL_USAGE;
}
