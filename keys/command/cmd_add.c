/* SPDX-License-Identifier: ISC */

/*
 * countersign-key add: generate the keys that a domain needs under its policy:
 * for each algorithm one that will sign and one in reserve, so that somebody
 * who publishes records by hand does it once and not twice.
 *
 * Run again, it generates only what is missing.
 */

#include <err.h>
#include <stdio.h>
#include <string.h>

#include "command/command_work.h"
#include "command/entry.h"
#include "config/config.h"
#include "life/key_phase.h"
#include "life/newkey.h"
#include "rotate/outlook.h"

#define WANTED	2	/* per algorithm: one signs, one is in reserve */

/* Count the keys of the algorithm that sign or may start to. */
static size_t
count_living(const struct ks_state *state, enum dkimsig_algorithm algorithm,
    int64_t now)
{
	size_t i, n;

	for (i = n = 0; i < state->nkeys; i++)
		n += state->keys[i].algorithm == algorithm &&
		    key_stays_in_use(&state->keys[i], now);
	return n;
}

static int
make_keys(struct command_work *command, enum dkimsig_algorithm algorithm)
{
	struct domain_work *work = &command->work;
	struct ks_error error;
	size_t n;

	for (n = count_living(&work->view.state, algorithm, command->tool->now);
	    n < WANTED; n++) {
		if (domain_work_generate(work, algorithm, &error) != 0) {
			warnx("%s", error.text);
			return TOOL_FAILED;
		}
		if (command->report.count[REPORT_FAIL] > 0)
			return TOOL_FAILED;
	}
	return TOOL_DONE;
}

/* Whether a person has to publish the record of a key. */
static bool
is_wanted(const struct command_work *command, const struct ks_key *key)
{
	return command->work.view.policy.by_hand &&
	    key->published == KS_NEVER &&
	    key_stays_in_use(key, command->tool->now);
}

/* The record of a key, as a person enters it; false after an error. */
static bool
make_entry(const struct command_work *command, const struct ks_key *key,
    struct entry *entry)
{
	const struct domain_view *view = &command->work.view;
	struct ks_error error;
	struct record record;

	if (record_load(command->tool->ks, view->state.domain, key, false,
	    &record, &error) != 0) {
		warnx("%s", error.text);
		return false;
	}
	entry_of_record(entry, view->state.domain, view->rotation, &record);
	return true;
}

/* Print the records that are not known to be in DNS. */
static int
print_records(struct command_work *command)
{
	const struct ks_state *state = &command->work.view.state;
	const struct ks_key *key;
	struct entry entry;
	size_t i, n;

	for (i = n = 0; i < state->nkeys; i++) {
		key = &state->keys[i];
		if (!is_wanted(command, key))
			continue;
		if (!make_entry(command, key, &entry))
			return TOOL_FAILED;
		if (n++ == 0)
			(void)printf("Publish in DNS:\n");
		(void)printf("\n  Key %s (%s, %s)\n", key->selector,
		    dkimsig_algorithm_name(key->algorithm), entry_role_text(
		    entry_role(state, key, command->tool->now)));
		entry_print(&entry);
	}
	if (n > 0)
		(void)printf("\n'%s rotate', which the timer runs, notices the "
		    "records, verifies them and\nstarts signing with the keys; "
		    "no mail is signed before that.  To watch:\n\n"
		    "  %s check %s --wait\n",
		    command->tool->command, command->tool->command,
		    state->domain);
	return TOOL_DONE;
}

/*
 * In CNAME mode: the CNAMEs that the owner of the domain has to publish, once.
 * Print each after the text before; returns how many there are.
 */
static size_t
print_aliases(const struct domain_work *work,
    void (*print)(const struct entry *), const char *before)
{
	static const char *const kinds[] = { "rsa2048", "ed25519" };
	const char *domain = work->view.state.domain;
	char selector[KS_SELECTOR_SIZE], alias[DKIMSIG_DOMAIN_SIZE];
	char name[DKIMSIG_DOMAIN_SIZE];
	struct entry entry;
	unsigned int slot;
	size_t i, n = 0;

	for (i = 0; i < (work->view.policy.wants_ed25519 ? 2 : 1); i++)
		for (slot = 1; slot <= NEWKEY_SLOTS; slot++) {
			newkey_slot(keygen_find(kinds[i]), slot, selector);
			if (newkey_alias(domain, selector,
			    work->view.rotation->cname_zone, alias) != 0 ||
			    record_name(domain, selector, name,
			    sizeof(name)) != 0)
				continue;
			entry_of_alias(&entry, domain, work->view.rotation,
			    name, alias);
			(void)printf("%s", n++ == 0 ? "\n" : before);
			print(&entry);
		}
	return n;
}

/* The member "records" of the report. */
static void
print_records_json(const struct command_work *command)
{
	const struct domain_work *work = &command->work;
	const struct ks_key *key;
	struct entry entry;
	size_t i, n = 0;

	(void)printf(", \"records\": [");
	if (work->view.rotation->cname_zone != NULL)
		n = print_aliases(work, entry_print_json, ",\n");
	for (i = 0; i < work->view.state.nkeys; i++) {
		key = &work->view.state.keys[i];
		if (!is_wanted(command, key) ||
		    !make_entry(command, key, &entry))
			continue;
		(void)printf("%s\n", n++ == 0 ? "" : ",");
		entry_print_json(&entry);
	}
	(void)printf("]");
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
	status = make_keys(command, DKIMSIG_RSA_SHA256);
	if (status == TOOL_DONE && work->view.policy.wants_ed25519)
		status = make_keys(command, DKIMSIG_ED25519_SHA256);
	if (status != TOOL_DONE)
		return status;
	if (!command->tool->dry_run && !work->view.policy.by_hand &&
	    domain_work_run(work, &error) != 0) {
		warnx("%s", error.text);
		return TOOL_FAILED;
	}
	if (!command->tool->dry_run && work->view.policy.by_hand) {
		if (command_work_note_unused(command) == -1)
			return TOOL_FAILED;
		domain_outlook_start(&work->view, work->report,
		    domain_work_now(work));
	}
	if (command->tool->dry_run)
		return TOOL_DONE;
	if (command->tool->json) {
		command->print_members = print_records_json;
		return TOOL_DONE;
	}
	if (work->view.rotation->cname_zone != NULL) {
		(void)printf("Publish once in the DNS of %s:\n",
		    work->view.state.domain);
		(void)print_aliases(work, entry_print, "\n");
		(void)putchar('\n');
	}
	return work->view.policy.by_hand ? print_records(command) : TOOL_DONE;
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
