/* SPDX-License-Identifier: ISC */

/*
 * Printing what waits for a person: see todo_print.h.
 *
 * Contacts and domains get their headings when the first thing to do is printed
 * for them.  JSON (RFC 8259) is an array; its brackets are printed by the
 * caller.  Write errors are found when the stream is flushed.
 */

#include "command/todo_print.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/rfc3339.h"
#include "base/terminal.h"
#include "life/key_phase.h"
#include "rotate/view.h"

/* -- Text ---------------------------------------------------------------- */

/* The selectors of the keys in a role, or "none". */
static void
print_keys(const struct ks_state *state, enum entry_role role, int64_t now)
{
	const struct ks_key *key;
	const char *before = "";
	size_t i;

	for (i = 0; i < state->nkeys; i++) {
		key = &state->keys[i];
		if (entry_role(state, key, now) != role ||
		    (role == ENTRY_RESERVE &&
		    key_phase(key, now) < KEY_STANDBY))
			continue;
		(void)printf("%s%s", before, key->selector);
		before = ", ";
	}
	if (before[0] == '\0')
		(void)printf("none");
	(void)putchar('\n');
}

static void
print_headings(struct todo_print *print, const char *domain,
    const struct ks_state *state, const char *contact)
{
	if (!print->has_contact || strcmp(print->contact, contact) != 0)
		(void)printf("%sContact: %s\n", print->has_contact ? "\n" :
		    "", contact[0] == '\0' ? "none in the configuration" :
		    contact);
	print->has_contact = true;
	print->contact = contact;
	if (print->domain != NULL && strcmp(print->domain, domain) == 0)
		return;
	print->domain = domain;
	(void)printf("\n%s\n", domain);
	if (state->nkeys == 0)
		return;
	(void)printf("  signs:       ");
	print_keys(state, ENTRY_SIGNS, print->tool->now);
	(void)printf("  in reserve:  ");
	print_keys(state, ENTRY_RESERVE, print->tool->now);
}

static void
print_text(const struct todo_print *print, const struct todo_item *item)
{
	static const char *const texts[] = {
		[TODO_ADD_RECORD] = "Publish the record of",
		[TODO_ADD_CNAME] = "Publish the CNAME of",
		[TODO_REVOKE] = "Give an empty p= to, or remove, the record of",
		[TODO_REMOVE] = "Remove the record of",
		[TODO_ACT] = "Look after"
	};
	char since[RFC3339_SIZE];

	(void)printf("\n  ");
	if (item->alarm != NULL &&
	    item->alarm->severity == TROUBLE_CRITICAL)
		(void)printf("CRITICAL: ");
	if (item->selector == NULL)
		(void)printf("%s the domain", texts[item->action]);
	else
		(void)printf("%s %s %s\n  (%s%s%s, %s)", texts[item->action],
		    item->role != NULL ? "key" : "selector", item->selector,
		    dkimsig_algorithm_name(item->algorithm),
		    item->stream == NULL ? "" : ", stream ",
		    item->stream == NULL ? "" : item->stream,
		    item->role != NULL ? item->role : "for a later key");
	if (item->alarm != NULL && item->since < print->tool->now &&
	    rfc3339_print(item->since, since))
		(void)printf(", since %s", since);
	(void)putchar('\n');
	if (item->text[0] != '\0')
		terminal_print(item->text, 4, terminal_columns());
	if (item->entry != NULL)
		entry_print(item->entry);
}

/* -- JSON ---------------------------------------------------------------- */

/* A member that is null for NULL and "". */
static void
print_member(const char *name, const char *value)
{
	(void)printf("\"%s\": ", name);
	json_print_text(stdout, value);
	(void)printf(", ");
}

const char *
todo_action_word(enum todo_action action)
{
	static const char *const words[] = {
		[TODO_ADD_RECORD] = "add-record",
		[TODO_ADD_CNAME] = "add-cname",
		[TODO_REVOKE] = "revoke-record",
		[TODO_REMOVE] = "remove-record",
		[TODO_ACT] = "act"
	};

	return words[action];
}

static void
print_json(const struct todo_print *print, const char *domain,
    const struct todo_item *item, const char *contact)
{
	(void)printf("%s\n  {", print->nitems == 0 ? "" : ",");
	print_member("contact", contact);
	print_member("domain", domain);
	print_member("action", todo_action_word(item->action));
	print_member("selector", item->selector);
	print_member("stream", item->stream);
	print_member("algorithm", item->selector == NULL ? NULL :
	    dkimsig_algorithm_name(item->algorithm));
	print_member("role", item->role);
	print_member("trouble", item->alarm == NULL ? NULL :
	    trouble_word(item->alarm->trouble));
	print_member("severity", item->alarm == NULL ? NULL :
	    item->alarm->severity == TROUBLE_CRITICAL ? "critical" :
	    "warning");
	print_member("text", item->text);
	alarm_print_fix(stdout, item->alarm);
	(void)printf("\"since\": ");
	json_print_time(stdout, item->since);
	(void)printf(", \"record\": ");
	if (item->entry == NULL)
		(void)printf("null");
	else
		entry_print_json(item->entry);
	(void)printf("}");
}

void
todo_print_item(struct todo_print *print, const char *domain,
    const struct domain_view *view, const struct todo_item *item)
{
	const char *contact = config_rotation(print->tool->config,
	    domain)->contact;

	if (contact == NULL)
		contact = "";
	if (print->tool->json)
		print_json(print, domain, item, contact);
	else {
		print_headings(print, domain, &view->state, contact);
		print_text(print, item);
	}
	print->nitems++;
}

void
todo_print_end(const struct todo_print *print, size_t nothers)
{
	if (print->nitems == 0)
		(void)printf("Nothing to do.\n");
	if (nothers > 0)
		(void)printf("%s%zu other problem%s, at which rotation tries "
		    "again: see\n'%s list --monitor'\n",
		    print->nitems > 0 ? "\n" : "", nothers,
		    nothers == 1 ? "" : "s", print->tool->command);
}
