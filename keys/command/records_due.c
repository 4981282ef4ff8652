/* SPDX-License-Identifier: ISC */

/*
 * The records that a person has to enter in DNS after a command: see
 * records_due.h.
 *
 * A record that cannot be made is printed as an error, and in JSON left out.
 * Write errors are found when the stream is flushed.
 */

#include "command/records_due.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/entry.h"
#include "config/config.h"
#include "life/key_phase.h"
#include "life/slots.h"

bool
records_due_wants(const struct command_work *command,
    const struct ks_key *key)
{
	return command->work.view.policy.by_hand &&
	    key->published == KS_NEVER &&
	    key_stays_in_use(key, command->tool->now);
}

/* The record of a key, as a person enters it; false after an error. */
static bool
make_entry(const struct command_work *command, const struct ks_key *key,
    bool is_empty, struct entry *entry)
{
	const struct domain_view *view = &command->work.view;
	struct ks_error error;
	struct record record;

	if (record_load(command->tool->ks, view->state.domain, key, is_empty,
	    &record, &error) != 0) {
		warnx("%s", error.text);
		return false;
	}
	entry_of_record(entry, view->state.domain, view->rotation, &record);
	return true;
}

/*
 * In CNAME mode: the CNAMEs that the owner of the domain has to publish, once.
 * Print each after the text before; returns how many there are.
 */
static size_t
print_aliases(const struct command_work *command,
    void (*print)(const struct entry *), const char *before)
{
	const struct domain_view *view = &command->work.view;
	char name[DKIMSIG_DOMAIN_SIZE];
	struct entry entry;
	struct slot *slots;
	size_t i, nslots, n = 0;

	slots = calloc(slots_max(&view->state, &view->policy), sizeof(*slots));
	if (slots == NULL) {
		warn(NULL);
		return 0;
	}
	nslots = slots_list(&view->state, &view->policy,
	    view->rotation->cname_zone, command->tool->now, slots);
	for (i = 0; i < nslots; i++) {
		if (record_name(view->state.domain, slots[i].selector, name,
		    sizeof(name)) != 0)
			continue;
		entry_of_alias(&entry, view->state.domain, view->rotation,
		    name, slots[i].target);
		(void)printf("%s", n++ == 0 ? "\n" : before);
		print(&entry);
	}
	free(slots);
	return n;
}

/* The member "records" of the report. */
static void
print_json(const struct command_work *command)
{
	const struct domain_work *work = &command->work;
	struct entry entry;
	size_t i, n = 0;

	(void)printf(", \"records\": [");
	if (command->due_has_aliases)
		n = print_aliases(command, entry_print_json, ",\n");
	for (i = 0; i < command->ndue; i++) {
		if (!make_entry(command,
		    &work->view.state.keys[command->due[i]],
		    command->due_is_empty, &entry))
			continue;
		(void)printf("%s\n", n++ == 0 ? "" : ",");
		entry_print_json(&entry);
	}
	(void)printf("]");
}

/* Keep them for the report. */
static bool
keep(struct command_work *command, const size_t *keys, size_t n,
    bool is_empty)
{
	command->print_members = print_json;
	command->due_is_empty = is_empty;
	free(command->due);
	command->ndue = 0;
	if ((command->due = calloc(n + 1, sizeof(*command->due))) == NULL) {
		warn(NULL);
		return false;
	}
	memcpy(command->due, keys, n * sizeof(*keys));
	command->ndue = n;
	return true;
}

bool
records_due_print(struct command_work *command, const size_t *keys,
    size_t n, bool is_empty, const char *heading)
{
	const struct ks_state *state = &command->work.view.state;
	const struct ks_key *key;
	struct entry entry;
	size_t i;

	if (command->tool->json)
		return keep(command, keys, n, is_empty);
	for (i = 0; i < n; i++) {
		key = &state->keys[keys[i]];
		if (!make_entry(command, key, is_empty, &entry))
			return false;
		if (i == 0)
			(void)printf("%s\n", heading);
		(void)printf("\n  Key %s (%s, %s)\n", key->selector,
		    dkimsig_algorithm_name(key->algorithm), entry_role_text(
		    entry_role(state, key, command->tool->now)));
		entry_print(&entry);
	}
	if (n > 0 && !is_empty)
		(void)printf("\n'%s rotate', which the timer runs, notices the "
		    "records, verifies them and\nstarts signing with the keys; "
		    "no mail is signed before that.  To watch:\n\n"
		    "  %s check %s --wait\n",
		    command->tool->command, command->tool->command,
		    state->domain);
	if (n > 0)
		(void)putchar('\n');
	return true;
}

void
records_due_add_aliases(struct command_work *command)
{
	command->due_has_aliases = true;
	command->print_members = print_json;
}

void
records_due_print_aliases(const struct command_work *command)
{
	(void)printf("Publish once in the DNS of %s:\n",
	    command->work.view.state.domain);
	(void)print_aliases(command, entry_print, "\n");
	(void)putchar('\n');
}
