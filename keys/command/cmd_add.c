/* SPDX-License-Identifier: ISC */

/*
 * countersign-key add: generate the keys that a domain needs under its policy:
 * for each stream and algorithm one that will sign and one in reserve, so that
 * somebody who publishes records by hand does it once and not twice.
 *
 * Run again, it generates only what is missing.
 */

#include <err.h>
#include <stdlib.h>

#include "command/command_work.h"
#include "command/records_due.h"
#include "config/config.h"
#include "life/key_phase.h"
#include "rotate/outlook.h"

#define WANTED	2	/* per line: one signs, one is in reserve */

/* Count the keys of the line that sign or may start to. */
static size_t
count_living(const struct ks_state *state, const struct lifecycle_line *line,
    int64_t now)
{
	size_t i, n;

	for (i = n = 0; i < state->nkeys; i++)
		n += lifecycle_line_has(line, &state->keys[i]) &&
		    key_stays_in_use(&state->keys[i], now);
	return n;
}

static int
make_keys(struct command_work *command, const struct lifecycle_line *line)
{
	struct domain_work *work = &command->work;
	struct ks_error error;
	size_t n;

	for (n = count_living(&work->view.state, line, command->tool->now);
	    n < WANTED; n++) {
		if (domain_work_generate(work, line, &error) != 0) {
			warnx("%s", error.text);
			return TOOL_FAILED;
		}
		if (command->report.count[REPORT_FAIL] > 0)
			return TOOL_FAILED;
	}
	return TOOL_DONE;
}

/* The default keys, and those of all streams. */
static int
make_all(struct command_work *command)
{
	const struct domain_view *view = &command->work.view;
	struct lifecycle_line line = { .stream = NULL };
	int status = TOOL_DONE;
	size_t i;

	do {
		if (!lifecycle_wants_stream(&view->state, &view->policy,
		    line.stream))
			continue;
		for (i = 0; i < LIFECYCLE_NALGORITHMS; i++) {
			line.algorithm = lifecycle_algorithms[i];
			if (status == TOOL_DONE && lifecycle_wants(
			    &view->policy, line.algorithm))
				status = make_keys(command, &line);
		}
	} while (lifecycle_next_stream(&view->state, &view->policy,
	    &line.stream));
	return status;
}

/* Print the records that are not known to be in DNS, and CNAMEs. */
static int
print_records(struct command_work *command)
{
	const struct ks_state *state = &command->work.view.state;
	size_t *keys, i, n;
	bool done;

	if (command->work.view.rotation->cname_zone != NULL) {
		if (command->tool->json)
			records_due_add_aliases(command);
		else
			records_due_print_aliases(command);
	}
	if ((keys = calloc(state->nkeys + 1, sizeof(*keys))) == NULL) {
		warn(NULL);
		return TOOL_FAILED;
	}
	for (i = n = 0; i < state->nkeys; i++)
		if (records_due_wants(command, &state->keys[i]))
			keys[n++] = i;
	done = records_due_print(command, keys, n, false, "Publish in DNS:");
	free(keys);
	return done ? TOOL_DONE : TOOL_FAILED;
}

/* The keys of a mistyped domain would never sign anything. */
static void
warn_unnamed(const struct config *config, const char *domain)
{
	if (!config_names(config, domain))
		warnx("warning: no source in %s names %s, so none of its mail "
		    "is signed: if the name is correct, add it to the domains "
		    "of a source", config->file, domain);
}

static int
add(struct command_work *command)
{
	struct domain_work *work = &command->work;
	struct ks_error error;
	int64_t now;
	int status;

	if (work->view.policy.is_leaving) {
		warnx("%s: is to be removed, so all its keys are retired: to "
		    "keep it, run '%s domain keep %s' first, then this command "
		    "again", work->view.state.domain, command->tool->command,
		    work->view.state.domain);
		return TOOL_FAILED;
	}
	warn_unnamed(command->tool->config, work->view.state.domain);
	tool_warn_strays(command->tool, &work->view.state);
	work->strict = command->tool->strict;
	/* All are printed below, whether or not they are there. */
	work->view.omits_aliases = true;
	if ((status = make_all(command)) != TOOL_DONE)
		return status;
	if (!command->tool->dry_run && !work->view.policy.by_hand &&
	    domain_work_run(work, &error) != 0) {
		warnx("%s", error.text);
		return TOOL_FAILED;
	}
	if (!command->tool->dry_run && work->view.policy.by_hand) {
		if (command_work_note_unused(command) == -1)
			return TOOL_FAILED;
		now = domain_work_now(work);
		domain_outlook_private_servers(&work->view, work->report, now);
		domain_outlook_start(&work->view, work->report, now);
	}
	if (command->tool->dry_run)
		return TOOL_DONE;
	return print_records(command);
}

int
cmd_add(struct tool *tool, int argc, char **argv)
{
	struct command_work command;
	int status;

	(void)argc;
	status = command_work_open(&command, tool, argv[0], true);
	if (status == TOOL_DONE)
		status = add(&command);
	return command_work_close(&command, status);
}
