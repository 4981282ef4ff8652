/* SPDX-License-Identifier: ISC */

/*
 * countersign-key publish: put the records of keys into DNS, by dynamic update
 * or by the hook; if records are published by hand, print them.
 *
 * Before that, each new key whose name is unused in DNS is recorded as such,
 * because its record can then be verified sooner.  A revoked or removed key is
 * refused.  The exit status is 3 if somebody has to do something by hand.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "command/command_work.h"
#include "command/records_due.h"
#include "life/key_phase.h"

static int
publish_one(struct command_work *command, size_t i)
{
	const struct ks_key *key = &command->work.view.state.keys[i];

	if (key_phase(key, command->tool->now) >= KEY_REVOKED) {
		warnx("%s: key %s is revoked or removed and cannot be "
		    "published again: generate another with '%s generate %s'",
		    command->work.view.state.domain, key->selector,
		    command->tool->command, command->work.view.state.domain);
		return -1;
	}
	if (command->work.view.policy.by_hand) {
		domain_report_add(&command->report, REPORT_TODO, key->selector,
		    LIFECYCLE_PUBLISH, KS_NEVER, "enter its record, as "
		    "printed, in DNS");
		return 0;
	}
	return command_work_step(command, LIFECYCLE_PUBLISH, i, 0,
	    "requested");
}

/* Publish the keys named, or all that were not published yet. */
static int
publish(struct command_work *command, int nselectors, char **selectors)
{
	const struct ks_state *state = &command->work.view.state;
	size_t *chosen, i, n;
	int status;

	chosen = calloc(state->nkeys + (size_t)nselectors + 1,
	    sizeof(*chosen));
	if (chosen == NULL) {
		warn(NULL);
		return TOOL_FAILED;
	}
	status = TOOL_DONE;
	n = (size_t)nselectors;
	if (!command_work_choose(command, nselectors, selectors, chosen))
		status = TOOL_FAILED;
	for (i = 0; i < state->nkeys && nselectors == 0; i++)
		if (state->keys[i].published == KS_NEVER &&
		    key_stays_in_use(&state->keys[i], command->tool->now))
			chosen[n++] = i;
	if (status == TOOL_DONE && command_work_note_unused(command) == -1)
		status = TOOL_FAILED;
	if (n == 0 && !command->tool->json)
		(void)printf("%s: every key is already "
		    "published\n", state->domain);
	for (i = 0; i < n && status == TOOL_DONE; i++)
		if (publish_one(command, chosen[i]) == -1)
			status = TOOL_FAILED;
	if (status == TOOL_DONE && command->work.view.policy.by_hand &&
	    !records_due_print(command, chosen, n, false, "Publish in DNS:"))
		status = TOOL_FAILED;
	free(chosen);
	return status;
}

int
cmd_publish(struct tool *tool, int argc, char **argv)
{
	struct command_work command;
	int status;

	status = command_work_open(&command, tool, argv[0], false);
	if (command.cannot_publish)
		status = TOOL_FAILED;
	if (status == TOOL_DONE)
		status = publish(&command, argc - 1, argv + 1);
	return command_work_close(&command, status);
}
