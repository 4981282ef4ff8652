/* SPDX-License-Identifier: ISC */

/*
 * countersign-key domain: remove a whole domain, or keep it after all.
 *
 * "remove" marks all keys of the domain as leaving and takes all steps that are
 * due; later runs of rotate take the others, and archive the domain when
 * nothing is left of its keys.  A domain whose keys never signed is gone at
 * once.  Both actions can be repeated, so it does no harm if one is killed.
 *
 * "keep" takes the mark away.  Keys that have retired stay retired.
 *
 * With --stream, both are about one stream of the domain: its keys are marked
 * as ending, and their lines stay in the state.
 */

#include <err.h>
#include <stdio.h>
#include <string.h>

#include "command/command_work.h"
#include "config/config.h"
#include "rotate/report.h"

#define SUBJECT_SIZE	(KS_STREAM_SIZE + 16)

/* Log a line about the whole domain, unless this is a dry run. */
static int
log_line(struct command_work *command, const char *step, const char *text,
    struct ks_error *error)
{
	struct domain_work *work = &command->work;

	if (work->lock == NULL)
		return 0;
	return ks_log_append(work->lock, domain_work_now(work), "-", step,
	    text, error);
}

/*
 * A source that names the domain still sends its mail here, which would then
 * have no key.  Prints an error and returns false if there is one.
 */
static bool
check_sources(const struct command_work *command)
{
	const struct tool *tool = command->tool;
	const struct source *source;
	struct config_place place;

	if (tool->stream != NULL) {
		if (tool->force || !config_names_stream(tool->config,
		    command->report.domain, tool->stream))
			return true;
		warnx("%s: a source signs with stream %s, and its mail would "
		    "no longer be signed: remove 'keys = \"%s\"' from all "
		    "sources of this domain and reload countersign-milter "
		    "first, or use --force", command->report.domain,
		    tool->stream, tool->stream);
		return false;
	}
	source = config_naming_source(tool->config, command->report.domain);
	if (source == NULL || tool->force)
		return true;
	place = config_place(tool->config, source->line);
	warnx("%s: source \"%s\" on line %u of %s names it, and its mail "
	    "would no longer be signed: remove it from all sources and reload "
	    "countersign-milter first, or use --force",
	    command->report.domain, source->name, place.line, place.file);
	return false;
}

/*
 * With --force, a key whose last use says that it never signed here counts as
 * one that never signed at all, although it could have on another host.
 */
static int
disown(struct command_work *command, size_t i, struct ks_error *error)
{
	struct domain_work *work = &command->work;
	struct key_change change = domain_work_change(work);
	struct ks_key *key = &work->view.state.keys[i];

	if (!command->tool->force || key->active_from == KS_NEVER ||
	    key->revoked != KS_NEVER || key->removed != KS_NEVER ||
	    work->view.facts[i].last_use != KS_NEVER)
		return 0;
	key->active_from = KS_NEVER;
	return key_change_log(&change, key, "leave", error, "no use of it is "
	    "recorded, so it counts as never used (forced)");
}

/* Whether the command is about the key: of the domain, or of the stream. */
static bool
concerns(const struct command_work *command, const struct ks_key *key)
{
	return command->tool->stream == NULL ||
	    ks_key_is_of(key, command->tool->stream);
}

/* "the domain", or "stream desk". */
static const char *
subject(const struct command_work *command, char text[SUBJECT_SIZE])
{
	(void)snprintf(text, SUBJECT_SIZE, "%s%s",
	    command->tool->stream == NULL ? "the domain" : "stream ",
	    command->tool->stream == NULL ? "" : command->tool->stream);
	return text;
}

/* Mark the keys.  Returns 0 or KS_E_*. */
static int
mark(struct command_work *command, struct ks_error *error)
{
	struct domain_work *work = &command->work;
	struct ks_state *state = &work->view.state;
	char text[SUBJECT_SIZE + 32], name[SUBJECT_SIZE];
	struct key_change change;
	size_t i;
	int r;

	(void)snprintf(text, sizeof(text), "%s is to be removed",
	    subject(command, name));
	r = log_line(command, "leave", text, error);
	for (i = 0; i < state->nkeys && r == 0; i++) {
		if (!concerns(command, &state->keys[i]))
			continue;
		if (command->tool->stream != NULL)
			state->keys[i].ending = true;
		else
			state->keys[i].leaving = true;
		r = disown(command, i, error);
	}
	change = domain_work_change(work);
	if (r == 0)
		r = key_change_write(&change, error);
	if (r == 0)
		r = domain_view_refresh(&work->view, error);
	/* There may be no key to be marked. */
	if (command->tool->stream == NULL)
		work->view.policy.is_leaving = true;
	return r;
}

/* Whether the stream has keys that are not gone; if not, says so. */
static bool
has_keys(struct command_work *command)
{
	const struct ks_state *state = &command->work.view.state;
	bool has_any = command->tool->stream == NULL, had_any = has_any;
	size_t i;

	for (i = 0; i < state->nkeys && !has_any; i++) {
		if (!concerns(command, &state->keys[i]))
			continue;
		had_any = true;
		has_any = state->keys[i].removed == KS_NEVER ||
		    state->keys[i].unconfirmed ||
		    command->work.view.facts[i].has_file;
	}
	if (!has_any && had_any)
		domain_report_add(&command->report, REPORT_STEP, "-",
		    LIFECYCLE_NOTHING, KS_NEVER, "stream %s: already done",
		    command->tool->stream);
	else if (!has_any)
		warnx("%s: there are no keys of stream %s", state->domain,
		    command->tool->stream);
	return has_any;
}

static int
remove_domain(struct command_work *command)
{
	struct ks_error error;

	if (!has_keys(command))
		return command->report.nlines > 0 ? TOOL_DONE : TOOL_FAILED;
	if (!check_sources(command))
		return TOOL_FAILED;
	if (mark(command, &error) == 0 &&
	    domain_work_run(&command->work, &error) == 0)
		return TOOL_DONE;
	warnx("%s", error.text);
	return TOOL_FAILED;
}

static int
keep_domain(struct command_work *command)
{
	struct domain_work *work = &command->work;
	struct ks_state *state = &work->view.state;
	char text[SUBJECT_SIZE + 48], name[SUBJECT_SIZE];
	struct key_change change;
	struct ks_error error;
	size_t i;

	if (command->tool->stream == NULL ? !ks_state_is_leaving(state) :
	    !ks_state_is_ending(state, command->tool->stream)) {
		warnx("%s: %s is not to be removed: nothing to do",
		    state->domain, subject(command, name));
		return TOOL_DONE;
	}
	for (i = 0; i < state->nkeys; i++) {
		if (!concerns(command, &state->keys[i]))
			continue;
		if (command->tool->stream != NULL)
			state->keys[i].ending = false;
		else
			state->keys[i].leaving = false;
	}
	change = domain_work_change(work);
	(void)snprintf(text, sizeof(text), "%s is not to be removed after all",
	    subject(command, name));
	if (log_line(command, "keep", text, &error) != 0 ||
	    key_change_write(&change, &error) != 0) {
		warnx("%s", error.text);
		return TOOL_FAILED;
	}
	domain_report_add(&command->report, work->view.run->dry_run ?
	    REPORT_DUE : REPORT_STEP, "-", LIFECYCLE_NOTHING, KS_NEVER,
	    "%s stays, but keys that have retired are still revoked and "
	    "removed: create new ones with '%s add %s'", name,
	    command->tool->command, state->domain);
	return TOOL_DONE;
}

/* Whether an earlier run has finished; reports that. */
static bool
was_removed(struct tool *tool, const char *operand)
{
	char domain[DKIMSIG_DOMAIN_SIZE];
	struct domain_report report;
	struct ks_error error;
	bool is;

	if (dkimsig_domain_normalize(operand, strlen(operand), domain,
	    sizeof(domain)) != 0 ||
	    ks_is_archived(tool->ks, domain, &is, &error) != 0 || !is)
		return false;
	domain_report_init(&report, domain);
	domain_report_add(&report, REPORT_STEP, "-", LIFECYCLE_ARCHIVE,
	    KS_NEVER, "already done");
	tool_print_report(tool, &report);
	domain_report_finish(&report);
	return true;
}

int
cmd_domain(struct tool *tool, int argc, char **argv)
{
	const struct {
		const char	*name;
		int		(*run)(struct command_work *);
	} actions[] = {
		{ "remove",	remove_domain },
		{ "keep",	keep_domain }
	};
	struct command_work command;
	size_t i;
	int status;

	(void)argc;
	if (tool->stream != NULL && tool->stream[0] == '\0') {
		warnx("domain: the default keys cannot be removed alone: give "
		    "the name of a stream, or no --stream for the whole "
		    "domain");
		return TOOL_USAGE;
	}
	for (i = 0; strcmp(actions[i].name, argv[0]) != 0; )
		if (++i == sizeof(actions) / sizeof(actions[0])) {
			warnx("domain %s: unknown action: give remove or keep",
			    argv[0]);
			return TOOL_USAGE;
		}
	if (actions[i].run == remove_domain && tool->stream == NULL &&
	    was_removed(tool, argv[1]))
		return TOOL_DONE;
	status = command_work_open(&command, tool, argv[1], false);
	if (status == TOOL_DONE)
		status = actions[i].run(&command);
	return command_work_close(&command, status);
}
