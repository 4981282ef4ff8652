/* SPDX-License-Identifier: ISC */

/*
 * What the commands that work on one domain share: opening and locking it,
 * choosing keys by selector, carrying out single steps, and printing the
 * report.
 *
 * If a step fails, the report says so.  If the key store fails, the error is
 * printed, and the functions return -1.  command_work_close() determines the
 * exit status.
 */

#include "command/command_work.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/lease.h"
#include "config/config.h"
#include "life/private.h"

int
command_work_open(struct command_work *command, struct tool *tool,
    const char *operand, bool create)
{
	char domain[DKIMSIG_DOMAIN_SIZE];
	struct ks_error error;
	int r;

	memset(command, 0, sizeof(*command));
	command->tool = tool;
	domain[0] = '\0';
	if (!tool_domain(operand, domain))
		return TOOL_USAGE;
	domain_report_init(&command->report, domain);
	if (!tool_run_init(tool, &command->run))
		return TOOL_FAILED;
	command->cannot_publish = !tool_check_publish(&command->run,
	    config_rotation(tool->config, domain));
	if (create && command->cannot_publish)
		return TOOL_FAILED;
	if ((r = lease_begin(tool, &command->run, domain, &error)) == 0 &&
	    (r = domain_work_open(&command->work, &command->run, domain,
	    create, &command->report, &error)) == 0) {
		/* For the reason, see tool_lock(). */
		tool->now = tool->clock();
		return TOOL_DONE;
	}
	warnx("%s", error.text);
	command->is_hindered = r != KS_E_NODOMAIN;
	return TOOL_FAILED;
}

bool
command_work_choose(struct command_work *command, int nselectors,
    char **selectors, size_t *chosen)
{
	const struct ks_state *state = &command->work.view.state;
	char selector[KS_SELECTOR_SIZE];
	const struct ks_key *key;
	int i;

	for (i = 0; i < nselectors; i++) {
		if (!tool_selector(selectors[i], selector))
			return false;
		if ((key = ks_state_find(state, selector)) == NULL) {
			tool_no_key(command->tool, state->domain, selector);
			return false;
		}
		chosen[i] = (size_t)(key - state->keys);
	}
	return true;
}

int
command_work_step(struct command_work *command, enum lifecycle_step step,
    size_t key, int64_t at, const char *why)
{
	const struct lifecycle_action action = {
		.step = step, .key = key,
		.algorithm = command->work.view.state.keys[key].algorithm,
		.at = at, .why = why
	};
	struct ks_error error;

	if (domain_work_step(&command->work, &action, &error) == 0)
		return 0;
	warnx("%s", error.text);
	return -1;
}

int
command_work_examine(struct command_work *command, size_t i)
{
	struct domain_work *work = &command->work;
	const struct ks_key *key = &work->view.state.keys[i];
	int64_t now, when;

	domain_work_look(work, i);
	if (work->view.facts[i].view != LIFECYCLE_RIGHT)
		return 0;
	if (key->seen == KS_NEVER && command_work_step(command,
	    LIFECYCLE_SEEN, i, 0, "") == -1)
		return -1;
	/* The lookup took time, and "seen" was recorded after it. */
	now = domain_work_now(work);
	domain_work_look_outside(work, i);
	if (lifecycle_is_visible(&work->view.facts[i], &work->view.policy) &&
	    lifecycle_waits_for(key, &work->view.facts[i],
	    &work->view.policy, now, &when) == LIFECYCLE_VERIFY && when <= now)
		return command_work_step(command, LIFECYCLE_VERIFY, i, 0,
		    "");
	return 0;
}

int
command_work_note_unused(struct command_work *command)
{
	struct domain_work *work = &command->work;
	const int64_t now = domain_work_now(work);
	size_t i;

	for (i = 0; i < work->view.state.nkeys; i++) {
		if (!lifecycle_is_unproven(&work->view.state.keys[i], now))
			continue;
		domain_work_look(work, i);
		if (lifecycle_is_unused(&work->view.state.keys[i],
		    &work->view.facts[i], now) && command_work_step(command,
		    LIFECYCLE_UNUSED, i, 0, "") == -1)
			return -1;
	}
	return 0;
}

int
command_work_close(struct command_work *command, int status)
{
	const struct domain_report *report = &command->report;

	if (report->domain[0] != '\0' && command->print_members != NULL) {
		(void)printf("[\n  {");
		domain_report_print_members(stdout, report);
		command->print_members(command);
		(void)printf("}\n]\n");
	} else if (report->domain[0] != '\0')
		tool_print_report(command->tool, report);
	if (status == TOOL_DONE && report->count[REPORT_FAIL] > 0)
		status = command->is_done ? TOOL_NOT_YET : TOOL_FAILED;
	if (status == TOOL_DONE && report->count[REPORT_TODO] > 0)
		status = TOOL_NOT_YET;
	free(command->due);
	domain_work_close(&command->work);
	rotation_run_finish(&command->run);
	domain_report_finish(&command->report);
	return status;
}
