/* SPDX-License-Identifier: ISC */

/*
 * countersign-key todo: what waits for a person, by contact and domain, with
 * the lines to enter in DNS.
 *
 * It comes from the troubles that the last run of rotation saved, and from the
 * states: a key whose records are published by hand, and that was never seen,
 * waits for its record even before rotation has run.  DNS is asked only for
 * CNAMEs of keys that are not seen in CNAME mode: whether the CNAME or the
 * record behind it is missing.
 *
 * A domain that cannot be read waits for a person, too.  The command fails
 * only if the domains cannot be listed, or memory runs out.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/rfc3339.h"
#include "command/domain_list.h"
#include "command/entry.h"
#include "command/terminal.h"
#include "command/tool.h"
#include "life/key_phase.h"
#include "rotate/alarms.h"

enum todo_action {
	TODO_ADD_RECORD,
	TODO_ADD_CNAME,
	TODO_REVOKE,
	TODO_REMOVE,
	TODO_ACT		/* something else: the text says what */
};

/* One thing to do. */
struct item {
	enum todo_action	 action;
	const struct ks_key	*key;		/* NULL: of the domain */
	const struct alarm	*alarm;		/* why; NULL: a new key */
	const struct entry	*entry;		/* NULL for TODO_ACT */
	const char		*text;		/* why; may be "" */
};

struct todo {
	const struct tool	*tool;
	struct rotation_run	 run;
	size_t			 nitems;
	size_t			 nothers;	/* troubles left to rotation */
	/* What the headings are about. */
	bool			 has_contact;
	const char		*contact;
	/* Of the domain that is worked on: */
	const char		*domain;
	bool			 has_heading;
	struct domain_view	 view;
	struct alarms		 alarms;
};

/* A domain, and whom to tell of it. */
struct customer {
	const char	*contact;	/* or "" */
	const char	*domain;
};

/* -- Text ---------------------------------------------------------------- */

/* The selectors of the keys in a role, or "none". */
static void
print_keys(const struct todo *todo, enum entry_role role)
{
	const struct ks_state *state = &todo->view.state;
	const struct ks_key *key;
	const char *before = "";
	size_t i;

	for (i = 0; i < state->nkeys; i++) {
		key = &state->keys[i];
		if (entry_role(state, key, todo->tool->now) != role ||
		    (role == ENTRY_RESERVE &&
		    key_phase(key, todo->tool->now) < KEY_STANDBY))
			continue;
		(void)printf("%s%s", before, key->selector);
		before = ", ";
	}
	if (before[0] == '\0')
		(void)printf("none");
	(void)putchar('\n');
}

static void
print_headings(struct todo *todo, const char *contact)
{
	if (!todo->has_contact || strcmp(todo->contact, contact) != 0)
		(void)printf("%sContact: %s\n", todo->has_contact ? "\n" : "",
		    contact[0] == '\0' ? "none in the configuration" :
		    contact);
	todo->has_contact = true;
	todo->contact = contact;
	if (todo->has_heading)
		return;
	todo->has_heading = true;
	(void)printf("\n%s\n", todo->domain);
	if (todo->view.state.nkeys == 0)
		return;
	(void)printf("  signs:       ");
	print_keys(todo, ENTRY_SIGNS);
	(void)printf("  in reserve:  ");
	print_keys(todo, ENTRY_RESERVE);
}

static void
print_item(const struct todo *todo, const struct item *item)
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
	if (item->key != NULL)
		(void)printf("%s key %s\n  (%s, %s)", texts[item->action],
		    item->key->selector,
		    dkimsig_algorithm_name(item->key->algorithm),
		    entry_role_text(entry_role(&todo->view.state, item->key,
		    todo->tool->now)));
	else
		(void)printf("%s the domain", texts[item->action]);
	if (item->alarm != NULL && item->alarm->since < todo->tool->now &&
	    rfc3339_print(item->alarm->since, since))
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
	if (value == NULL || value[0] == '\0')
		(void)printf("null");
	else
		json_string(stdout, value, strlen(value));
	(void)printf(", ");
}

static void
print_item_json(const struct todo *todo, const struct item *item,
    const char *contact)
{
	static const char *const actions[] = {
		[TODO_ADD_RECORD] = "add-record",
		[TODO_ADD_CNAME] = "add-cname",
		[TODO_REVOKE] = "revoke-record",
		[TODO_REMOVE] = "remove-record",
		[TODO_ACT] = "act"
	};
	const struct ks_key *key = item->key;

	(void)printf("%s\n  {", todo->nitems == 0 ? "" : ",");
	print_member("contact", contact);
	print_member("domain", todo->domain);
	print_member("action", actions[item->action]);
	print_member("selector", key == NULL ? NULL : key->selector);
	print_member("algorithm", key == NULL ? NULL :
	    dkimsig_algorithm_name(key->algorithm));
	print_member("role", key == NULL ? NULL : entry_role_text(
	    entry_role(&todo->view.state, key, todo->tool->now)));
	print_member("trouble", item->alarm == NULL ? NULL :
	    trouble_word(item->alarm->trouble));
	print_member("severity", item->alarm == NULL ? NULL :
	    item->alarm->severity == TROUBLE_CRITICAL ? "critical" :
	    "warning");
	print_member("text", item->text);
	(void)printf("\"since\": ");
	json_time(stdout, item->alarm != NULL ? item->alarm->since :
	    key->generated);
	(void)printf(", \"record\": ");
	if (item->entry == NULL)
		(void)printf("null");
	else
		entry_print_json(item->entry);
	(void)printf("}");
}

static void
add_item(struct todo *todo, const struct item *item)
{
	const char *contact = config_rotation(todo->tool->config,
	    todo->domain)->contact;

	if (contact == NULL)
		contact = "";
	if (todo->tool->json)
		print_item_json(todo, item, contact);
	else {
		print_headings(todo, contact);
		print_item(todo, item);
	}
	todo->nitems++;
}

/* -- What is to do ------------------------------------------------------- */

/* The trouble with the record of a key, or NULL. */
static const struct alarm *
record_alarm(const struct todo *todo, const struct ks_key *key)
{
	const struct alarm *alarm;
	size_t i;

	for (i = 0; i < todo->alarms.n; i++) {
		alarm = &todo->alarms.list[i];
		if (strcmp(alarm->selector, key->selector) == 0 &&
		    (alarm->trouble == TROUBLE_RECORD ||
		    alarm->trouble == TROUBLE_NEW_RECORD ||
		    alarm->trouble == TROUBLE_OLD_RECORD ||
		    alarm->trouble == TROUBLE_EXPOSED))
			return alarm;
	}
	return NULL;
}

/* A key whose record nobody has seen yet. */
static bool
is_new(const struct todo *todo, const struct ks_key *key)
{
	return key->seen == KS_NEVER &&
	    key_stays_in_use(key, todo->tool->now);
}

/* What a person does about the record of a key; TODO_ACT: nothing. */
static enum todo_action
record_action(const struct todo *todo, const struct ks_key *key,
    const struct alarm *alarm)
{
	if (!todo->view.policy.by_hand)
		return TODO_ACT;
	if (alarm == NULL)
		return is_new(todo, key) ? TODO_ADD_RECORD : TODO_ACT;
	if (alarm->trouble == TROUBLE_OLD_RECORD)
		return key_phase(key, todo->tool->now) >= KEY_REVOKED ?
		    TODO_REMOVE : TODO_REVOKE;
	return alarm->trouble == TROUBLE_EXPOSED ? TODO_REVOKE :
	    TODO_ADD_RECORD;
}

/* What DNS shows of a CNAME. */
static enum dns_verdict
alias_verdict(const struct dns_sight *sight)
{
	enum dns_verdict verdict = DNS_SILENT;
	size_t i;

	for (i = 0; i < sight->nlooks; i++) {
		if (!sight->looks[i].is_alias)
			continue;
		if (sight->looks[i].verdict == DNS_ABSENT ||
		    sight->looks[i].verdict == DNS_WRONG)
			return sight->looks[i].verdict;
		if (sight->looks[i].verdict == DNS_RIGHT)
			verdict = DNS_RIGHT;
	}
	return verdict;
}

/* Ask DNS for a CNAME that may be missing. */
static int
add_alias(struct todo *todo, const struct ks_key *key,
    const struct alarm *alarm)
{
	struct item item = {
		.action = TODO_ADD_CNAME, .key = key, .alarm = alarm
	};
	struct dns_sight sight;
	struct record record;
	struct ks_error error;
	struct entry entry;
	char text[sizeof(sight.summary) + 64];
	enum dns_verdict verdict;
	int r;

	r = domain_view_sight(&todo->view, key, &record, &sight, &error);
	if (r != 0)
		return r == KS_E_NOMEM ? r : alarms_add_fault(&todo->alarms,
		    todo->domain, error.text, todo->tool->now);
	if ((verdict = alias_verdict(&sight)) != DNS_RIGHT) {
		(void)snprintf(text, sizeof(text), "%s%s",
		    verdict == DNS_SILENT ? "unless it exists, which DNS "
		    "does not tell: " : "", sight.summary);
		entry_of_alias(&entry, todo->domain, todo->view.rotation,
		    record.lookup, record.name);
		item.entry = &entry;
		item.text = text;
		add_item(todo, &item);
	}
	dns_sight_finish(&sight);
	return 0;
}

static int
add_key(struct todo *todo, const struct ks_key *key)
{
	struct item item = { .key = key, .alarm = record_alarm(todo, key) };
	struct record record;
	struct ks_error error;
	struct entry entry;
	int r;

	if (key->record[0] != '\0' && (is_new(todo, key) ||
	    (item.alarm != NULL && key_stays_in_use(key, todo->tool->now))) &&
	    (r = add_alias(todo, key, item.alarm)) != 0)
		return r;
	/* The list may have grown. */
	item.alarm = record_alarm(todo, key);
	item.action = record_action(todo, key, item.alarm);
	if (item.action == TODO_ACT)
		return 0;
	r = record_load(todo->tool->ks, todo->domain, key,
	    item.action == TODO_REVOKE || item.action == TODO_REMOVE, &record,
	    &error);
	if (r != 0)
		return r == KS_E_NOMEM ? r : alarms_add_fault(&todo->alarms,
		    todo->domain, error.text, todo->tool->now);
	entry_of_record(&entry, todo->domain, todo->view.rotation, &record);
	item.entry = &entry;
	item.text = item.alarm == NULL ? "" : item.alarm->text;
	add_item(todo, &item);
	return 0;
}

/* Whether the records that are printed for a key say all about a trouble. */
static bool
is_told(const struct todo *todo, const struct alarm *alarm,
    const struct ks_key *key)
{
	return key != NULL && record_alarm(todo, key) == alarm &&
	    record_action(todo, key, alarm) != TODO_ACT;
}

static void
add_troubles(struct todo *todo)
{
	const struct alarm *alarm;
	const struct ks_key *key;
	struct item item = { .action = TODO_ACT };
	size_t i;

	for (i = 0; i < todo->alarms.n; i++) {
		alarm = &todo->alarms.list[i];
		key = ks_state_find(&todo->view.state, alarm->selector);
		if (is_told(todo, alarm, key))
			continue;
		if (!alarm->needs_person) {
			todo->nothers++;
			continue;
		}
		item.key = key;
		item.alarm = alarm;
		item.text = alarm->text;
		add_item(todo, &item);
	}
}

static int
add_domain(struct todo *todo, const char *domain)
{
	size_t i;
	int r;

	todo->domain = domain;
	todo->has_heading = false;
	r = alarms_add_domain(&todo->alarms, &todo->view, &todo->run, domain,
	    todo->tool->now);
	for (i = 0; i < todo->view.state.nkeys && r == 0; i++)
		r = add_key(todo, &todo->view.state.keys[i]);
	if (r == 0)
		add_troubles(todo);
	alarms_finish(&todo->alarms);
	domain_view_close(&todo->view);
	return r;
}

/* -- The command --------------------------------------------------------- */

static int
compare(const void *a, const void *b)
{
	const struct customer *one = a, *other = b;
	int r = strcmp(one->contact, other->contact);

	return r != 0 ? r : strcmp(one->domain, other->domain);
}

/* All domains in the order of their contacts. */
static int
add_all(struct todo *todo, const struct domain_list *list)
{
	struct customer *customers;
	const char *contact;
	size_t i;
	int r = 0;

	if ((customers = calloc(list->n + 1, sizeof(*customers))) == NULL)
		return KS_E_NOMEM;
	for (i = 0; i < list->n; i++) {
		contact = config_rotation(todo->tool->config,
		    list->names[i])->contact;
		customers[i].contact = contact == NULL ? "" : contact;
		customers[i].domain = list->names[i];
	}
	qsort(customers, list->n, sizeof(*customers), compare);
	for (i = 0; i < list->n && r == 0; i++)
		r = add_domain(todo, customers[i].domain);
	free(customers);
	return r;
}

static void
print_end(const struct todo *todo)
{
	if (todo->nitems == 0)
		(void)printf("Nothing to do.\n");
	if (todo->nothers > 0)
		(void)printf("%s%zu other problem%s, at which rotation tries "
		    "again: see\n'%s list --monitor'\n",
		    todo->nitems > 0 ? "\n" : "", todo->nothers,
		    todo->nothers == 1 ? "" : "s", todo->tool->command);
}

int
cmd_todo(struct tool *tool, int argc, char **argv)
{
	struct todo todo = { .tool = tool };
	struct domain_list list;
	int status;

	status = domain_list_init(&list, tool, argc, argv);
	if (status == TOOL_DONE) {
		if (tool->json)
			(void)printf("[");
		if (!tool_run_init(tool, &todo.run))
			status = TOOL_FAILED;
		else if (add_all(&todo, &list) != 0) {
			warnx("out of memory");
			status = TOOL_FAILED;
		} else if (todo.nitems > 0)
			status = TOOL_NOT_YET;
		if (tool->json)
			(void)printf("%s]\n", todo.nitems > 0 ? "\n" : "");
		else if (status != TOOL_FAILED)
			print_end(&todo);
		rotation_run_finish(&todo.run);
	}
	domain_list_finish(&list);
	return status;
}
